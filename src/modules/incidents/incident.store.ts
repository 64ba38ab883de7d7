import type { Prisma } from '../../../generated/prisma/client.ts'
import { actorLabel, type Actor } from '../../auth/actor.ts'
import { uuidv7, type TenantId } from '../../platform/ids.ts'
import type { Postgres } from '../../platform/postgres/postgres.ts'
import { appendAudit } from '../audit/audit.append.ts'
import { incidentChangedTopic, type IncidentChange } from './incident.topics.ts'

type Transaction = Prisma.TransactionClient
type IncidentRow = Prisma.IncidentGetPayload<object>
export type { IncidentRow }

export type NewIncident = Pick<
  Prisma.IncidentUncheckedCreateInput,
  'title' | 'description' | 'severity' | 'source' | 'fingerprint' | 'labels'
>
export type NewEvent = Pick<IncidentChange, 'kind' | 'before' | 'after' | 'note'>

/** While an incident has one of these, the same fingerprint re-fires it instead of opening another. */
const unfinished = ['OPEN', 'INVESTIGATING', 'SUPPRESSED'] as const

/** What the audit log says of each kind of line in the timeline. */
const audited = (incident: IncidentRow, { kind, before, after, note }: NewEvent) => {
  const { number, title, severity, status } = incident
  if (kind === 'OPENED') return { action: 'openIncident', after: { number, title, severity, status } }
  if (kind === 'REFIRED') return { action: 'openIncident', after: { number, occurrences: after } }
  if (kind === 'NOTE_ADDED') return { action: 'addIncidentNote', after: { number, note } }
  return {
    action: 'changeIncidentStatus',
    before: { status: before },
    after: { number, status: after, note },
  }
}

/**
 * The change, its line in the timeline, what subscribers are told and its row in the audit log stand in one transaction: all
 * of them or none. Comes last in it (see `appendAudit`).
 */
const record = async (
  tx: Transaction,
  actor: Actor,
  incident: IncidentRow,
  change: NewEvent,
  at: Date,
): Promise<void> => {
  const { tenantId, id: incidentId, version, number, title, severity, status } = incident
  const id = uuidv7(at.getTime())
  const event = { ...change, actor: actorLabel(actor) }
  await tx.incidentEvent.create({ data: { id, tenantId, incidentId, version, createdAt: at, ...event } })
  const payload: IncidentChange = {
    ...event,
    id,
    incidentId,
    number,
    version,
    title,
    severity,
    status,
    at: at.toISOString(),
  }
  await tx.outboxMessage.create({ data: { id, tenantId, topic: incidentChangedTopic.name, payload } })
  const resource = { resourceType: 'Incident', resourceId: incidentId }
  await appendAudit(tx, tenantId as TenantId, {
    actor,
    requires: 'incident:write',
    ...resource,
    ...audited(incident, change),
  })
}

/** Only this file reads and writes incidents and their timelines. */
export const createIncidentStore = ({ postgres }: { postgres: Postgres }) => ({
  page: (tenant: TenantId, page: Prisma.IncidentFindManyArgs) =>
    postgres
      .forTenant(tenant)
      .incident.findMany({ ...page, where: { AND: [{ tenantId: tenant }, page.where ?? {}] } }),

  count: (tenant: TenantId, where: Prisma.IncidentWhereInput): Promise<number> =>
    postgres.forTenant(tenant).incident.count({ where: { AND: [{ tenantId: tenant }, where] } }),

  find: (tenant: TenantId, id: string, query: Prisma.IncidentDefaultArgs = {}) =>
    postgres.forTenant(tenant).incident.findFirst({ ...query, where: { tenantId: tenant, id } }),

  /**
   * Opens an incident, or lets the unfinished one with the same fingerprint re-fire. Two that open the same at once: the
   * partial unique index refuses the second with P2002, and its caller tries again and finds the first.
   */
  open: (tenant: TenantId, actor: Actor, incident: NewIncident, at: Date): Promise<IncidentRow> =>
    postgres.forTenant(tenant).$transaction(async (tx) => {
      const [refired] = await tx.incident.updateManyAndReturn({
        where: { tenantId: tenant, fingerprint: incident.fingerprint, status: { in: [...unfinished] } },
        data: { occurrences: { increment: 1 }, version: { increment: 1 }, lastSeenAt: at },
      })
      if (refired) {
        const after = String(refired.occurrences)
        await record(tx, actor, refired, { kind: 'REFIRED', before: null, after, note: null }, at)
        return refired
      }
      const { incidentNumber: number } = await tx.tenant.update({
        where: { id: tenant },
        data: { incidentNumber: { increment: 1 } },
        select: { incidentNumber: true },
      })
      const opened = await tx.incident.create({
        data: {
          ...incident,
          id: uuidv7(at.getTime()),
          tenantId: tenant,
          number,
          firstSeenAt: at,
          lastSeenAt: at,
          createdAt: at,
        },
      })
      await record(tx, actor, opened, { kind: 'OPENED', before: null, after: 'OPEN', note: null }, at)
      return opened
    }),

  /** Writes only if the incident still has `version`; null when somebody was faster or there is no such incident. */
  change: (
    tenant: TenantId,
    actor: Actor,
    { id, version }: { id: string; version: number },
    data: Prisma.IncidentUpdateManyMutationInput,
    event: NewEvent,
    at: Date,
  ): Promise<IncidentRow | null> =>
    postgres.forTenant(tenant).$transaction(async (tx) => {
      const [changed] = await tx.incident.updateManyAndReturn({
        where: { tenantId: tenant, id, version },
        data: { ...data, version: { increment: 1 } },
      })
      if (!changed) return null
      await record(tx, actor, changed, event, at)
      return changed
    }),

  /** A note is added whatever the version and makes a new one, its place in the timeline. Null when there is no such incident. */
  addNote: (
    tenant: TenantId,
    actor: Actor,
    id: string,
    note: string,
    at: Date,
  ): Promise<IncidentRow | null> =>
    postgres.forTenant(tenant).$transaction(async (tx) => {
      const [noted] = await tx.incident.updateManyAndReturn({
        where: { tenantId: tenant, id },
        data: { version: { increment: 1 } },
      })
      if (!noted) return null
      await record(tx, actor, noted, { kind: 'NOTE_ADDED', before: null, after: null, note }, at)
      return noted
    }),
})

export type IncidentStore = ReturnType<typeof createIncidentStore>

import type { Prisma } from '../../../generated/prisma/client.ts'
import { uuidv7, type TenantId } from '../../platform/ids.ts'
import type { Postgres } from '../../platform/postgres/postgres.ts'
import { incidentChangedTopic, type IncidentChange } from './incident.topics.ts'

type Transaction = Prisma.TransactionClient
type IncidentRow = Prisma.IncidentGetPayload<object>
export type { IncidentRow }

export type NewIncident = Pick<
  Prisma.IncidentUncheckedCreateInput,
  'title' | 'description' | 'severity' | 'source' | 'fingerprint' | 'labels'
>
export type NewEvent = Pick<IncidentChange, 'kind' | 'actor' | 'before' | 'after' | 'note'>

/** While an incident has one of these, the same fingerprint re-fires it instead of opening another. */
const unfinished = ['OPEN', 'INVESTIGATING', 'SUPPRESSED'] as const

/** The change, its line in the timeline and what subscribers are told stand in one transaction: all of them or none. */
const record = async (tx: Transaction, incident: IncidentRow, event: NewEvent, at: Date): Promise<void> => {
  const { tenantId, id: incidentId, version } = incident
  const id = uuidv7(at.getTime())
  await tx.incidentEvent.create({ data: { id, tenantId, incidentId, version, createdAt: at, ...event } })
  const { number, title, severity, status } = incident
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
  open: (tenant: TenantId, incident: NewIncident, actor: string, at: Date): Promise<IncidentRow> =>
    postgres.forTenant(tenant).$transaction(async (tx) => {
      const [refired] = await tx.incident.updateManyAndReturn({
        where: { tenantId: tenant, fingerprint: incident.fingerprint, status: { in: [...unfinished] } },
        data: { occurrences: { increment: 1 }, version: { increment: 1 }, lastSeenAt: at },
      })
      if (refired) {
        await record(
          tx,
          refired,
          { kind: 'REFIRED', actor, before: null, after: String(refired.occurrences), note: null },
          at,
        )
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
      await record(tx, opened, { kind: 'OPENED', actor, before: null, after: 'OPEN', note: null }, at)
      return opened
    }),

  /** Writes only if the incident still has `version`; null when somebody was faster or there is no such incident. */
  change: (
    tenant: TenantId,
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
      await record(tx, changed, event, at)
      return changed
    }),

  /** A note is added whatever the version and makes a new one, its place in the timeline. Null when there is no such incident. */
  addNote: (
    tenant: TenantId,
    id: string,
    actor: string,
    note: string,
    at: Date,
  ): Promise<IncidentRow | null> =>
    postgres.forTenant(tenant).$transaction(async (tx) => {
      const [noted] = await tx.incident.updateManyAndReturn({
        where: { tenantId: tenant, id },
        data: { version: { increment: 1 } },
      })
      if (!noted) return null
      await record(tx, noted, { kind: 'NOTE_ADDED', actor, before: null, after: null, note }, at)
      return noted
    }),
})

export type IncidentStore = ReturnType<typeof createIncidentStore>

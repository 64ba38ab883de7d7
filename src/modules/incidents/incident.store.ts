import type { Prisma } from '../../../generated/prisma/client.ts'
import { actorLabel } from '../../auth/actor.ts'
import type { Permit } from '../../auth/permit.ts'
import { uuidv7 } from '../../platform/ids.ts'
import { outboxEvent, type OutboxEvent } from '../../platform/outbox.ts'
import type { PrismaTransaction } from '../../platform/postgres/postgres.ts'
import { rowsOf } from '../../platform/postgres/rows.ts'
import type { Change } from '../audit/audit.change.ts'
import type { Core } from '../core.ts'
import { refireMerged } from './incident-merged.store.ts'
import { incidentChangedTopic, type IncidentChange } from './incident.topics.ts'

export type IncidentRow = Prisma.IncidentGetPayload<object>
export type NewIncident = Pick<
  Prisma.IncidentUncheckedCreateInput,
  'title' | 'description' | 'severity' | 'source' | 'fingerprint' | 'labels'
>
export type NewEvent = Pick<IncidentChange, 'kind' | 'before' | 'after' | 'note'>

export type Writer = Permit<'incident:write'>

/** While an incident has one of these, the same fingerprint re-fires it instead of opening another. */
export const unfinished = ['OPEN', 'INVESTIGATING', 'SUPPRESSED'] as const

/** What the audit log says of each kind of event in the timeline. */
const audited = (incident: IncidentRow, { kind, before, after, note }: NewEvent) => {
  const { number, title, severity, status } = incident
  if (kind === 'OPENED') return { as: 'openIncident', after: { number, title, severity, status } }
  if (kind === 'REFIRED') return { as: 'openIncident', after: { number, occurrences: after } }
  if (kind === 'NOTE_ADDED') return { as: 'addIncidentNote', after: { number, note } }
  if (kind === 'ASSIGNED')
    return { as: 'assignIncident', before: { assignee: before }, after: { number, assignee: after, note } }
  if (kind === 'SEVERITY_CHANGED')
    return {
      as: 'changeIncidentSeverity',
      before: { severity: before },
      after: { number, severity: after, note },
    }
  if (kind === 'MERGED') return { as: 'mergeIncidents', after: { number, mergedInto: after, note } }
  return { as: 'changeIncidentStatus', before: { status: before }, after: { number, status: after, note } }
}

/** Writes the event of a change into the timeline, and answers those that tell subscribers of it. */
export const inTimeline = async (
  tx: PrismaTransaction,
  { actor }: Writer,
  incident: IncidentRow,
  change: NewEvent,
  at: Date,
): Promise<readonly OutboxEvent[]> => {
  const { tenantId, id: incidentId, version, number, title, severity, status } = incident
  const id = uuidv7(at.getTime())
  const event = { ...change, actor: actorLabel(actor) }
  await tx.incidentEvent.create({ data: { id, tenantId, incidentId, version, createdAt: at, ...event } })
  const right = { id, incidentId, number, version, title, severity, status, at: at.toISOString() }
  return [outboxEvent(incidentChangedTopic, id, { ...event, ...right })]
}

/** Writes the event of a change into the timeline, lets routes look at it, and answers what else has to be told of it. */
export const recorded = async (
  tx: PrismaTransaction,
  permit: Writer,
  incident: IncidentRow,
  change: NewEvent,
  at: Date,
): Promise<Change<IncidentRow>> => {
  const { tenantId, id: incidentId } = incident
  const events = await inTimeline(tx, permit, incident, change, at)
  // Who is told of it is decided later, by whoever takes this row away. One that is there already is held until this change is
  // committed: taken before, it would be gone without anybody having seen the change.
  await tx.$executeRaw`INSERT INTO incident_signals (tenant_id, incident_id)
    VALUES (${tenantId}::uuid, ${incidentId}::uuid)
    ON CONFLICT (tenant_id, incident_id) DO UPDATE SET incident_id = excluded.incident_id`
  return {
    result: incident,
    audit: { of: ['Incident', incidentId], ...audited(incident, change) },
    events,
  }
}

/** Incidents and their timelines; what people do with one that is open is in `incident-handling.store.ts`. */
export const createIncidentStore = ({ postgres, changes }: Pick<Core, 'postgres' | 'changes'>) => ({
  reads: rowsOf(postgres, 'incident'),
  eventReads: rowsOf(postgres, 'incidentEvent'),

  /**
   * Opens an incident, or lets the unfinished one with the same fingerprint re-fire, or the one that it was merged into. Two that open the same
   * at once: the partial unique index refuses the second with P2002, and its caller tries again and finds the
   * first.
   */
  open: (permit: Writer, incident: NewIncident, at: Date) => {
    const tenantId = permit.tenant
    return changes(
      permit,
      async (tx) => {
        const [own] = await tx.incident.updateManyAndReturn({
          where: { tenantId, fingerprint: incident.fingerprint, status: { in: [...unfinished] } },
          data: { occurrences: { increment: 1 }, version: { increment: 1 }, lastSeenAt: at },
        })
        const refired = own ?? (await refireMerged(tx, tenantId, incident.fingerprint, at))
        if (refired) {
          const after = String(refired.occurrences)
          return recorded(tx, permit, refired, { kind: 'REFIRED', before: null, after, note: null }, at)
        }
        const { incidentNumber: number } = await tx.tenant.update({
          where: { id: tenantId },
          data: { incidentNumber: { increment: 1 } },
          select: { incidentNumber: true },
        })
        const times = { firstSeenAt: at, lastSeenAt: at, createdAt: at }
        const opened = await tx.incident.create({
          data: { ...incident, id: uuidv7(at.getTime()), tenantId, number, ...times },
        })
        return recorded(tx, permit, opened, { kind: 'OPENED', before: null, after: 'OPEN', note: null }, at)
      },
      (tx, id) => tx.incident.findFirst({ where: { tenantId, id } }),
    )
  },

  /**
   * Writes only if the incident still has `version`; null when somebody was faster or there is no such
   * incident.
   */
  change: (
    permit: Writer,
    { id, version }: { id: string; version: number },
    data: Prisma.IncidentUncheckedUpdateManyInput,
    event: NewEvent,
    at: Date,
  ) =>
    changes(permit, async (tx) => {
      const [changed] = await tx.incident.updateManyAndReturn({
        where: { tenantId: permit.tenant, id, version },
        data: { ...data, version: { increment: 1 } },
      })
      return changed ? recorded(tx, permit, changed, event, at) : null
    }),

  /**
   * A note is added whatever the version and makes a new one, its place in the timeline. Null when there is
   * no such incident.
   */
  addNote: (permit: Writer, id: string, note: string, at: Date) =>
    changes(permit, async (tx) => {
      const [noted] = await tx.incident.updateManyAndReturn({
        where: { tenantId: permit.tenant, id },
        data: { version: { increment: 1 } },
      })
      if (!noted) return null
      return recorded(tx, permit, noted, { kind: 'NOTE_ADDED', before: null, after: null, note }, at)
    }),
})

export type IncidentStore = ReturnType<typeof createIncidentStore>

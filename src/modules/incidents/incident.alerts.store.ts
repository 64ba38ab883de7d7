import type { Prisma } from '../../../generated/prisma/client.ts'
import type { IncidentSeverity } from '../../../generated/prisma/enums.ts'
import type { Permit } from '../../auth/permit.ts'
import { uuidv7 } from '../../platform/ids.ts'
import type { OutboxEvent } from '../../platform/outbox.ts'
import type { PrismaTransaction } from '../../platform/postgres/postgres.ts'
import { lastsMerged, refireMerged } from './incident-merged.store.ts'
import { recorded, unfinished, type IncidentRow, type NewEvent } from './incident.store.ts'

/** Whose incident: that of a series of an alert rule. */
export type OfSeries = { readonly ruleId: string; readonly fingerprint: string }
/** What an alert rule tells of a breach that begins. */
export type Fired = Pick<IncidentRow, 'title' | 'description' | 'severity'> & {
  readonly labels: Prisma.InputJsonObject
  readonly value: number | null
  readonly threshold: number
  readonly note: string
  readonly reopenSince: Date
}
/** What an alert rule tells of a breach that goes on. */
export type Lasting = {
  readonly times: number
  readonly value: number | null
  readonly severity?: IncidentSeverity | undefined
}
type Writer = Permit<'incident:write'>

/** Why one is opened while its series goes on. */
const STILL = 'still in breach'

/** Only what is like this is opened again. */
const reopenable = { status: 'RESOLVED', mergedIntoId: null } as const
const isReopenable = ({ status, mergedIntoId }: IncidentRow): boolean =>
  status === reopenable.status && mergedIntoId === reopenable.mergedIntoId

/** Numbers that the columns (nine decimals) can't hold, or not to a thousandth, are told by the timeline alone. */
const decimal = (value: number | null): number | null => {
  if (value === null || Math.abs(value) >= 1e28) return null
  return Math.abs(Number(value.toFixed(9)) - value) <= Math.abs(value) / 1_000 ? value : null
}

/**
 * What alert rules do to incidents, within a transaction of theirs: each answers the events that tell of it. An incident
 * that people have closed or that is not there any more is left as it is.
 */
export const alertedIncidents = {
  /** Goes on with the unfinished incident, opens the one again that was resolved since, or opens a new one. */
  fire: async (
    tx: PrismaTransaction,
    permit: Writer,
    { ruleId, fingerprint }: OfSeries,
    fired: Fired,
    at: Date,
  ): Promise<readonly OutboxEvent[]> => {
    const tenantId = permit.tenant
    const { note, reopenSince, ...fields } = fired
    const numbers = { value: decimal(fields.value), threshold: decimal(fields.threshold) }
    const again = {
      ...numbers,
      occurrences: { increment: 1 },
      version: { increment: 1 },
      lastSeenAt: at,
      ruleId,
    }
    const [refired] = await tx.incident.updateManyAndReturn({
      where: { tenantId, fingerprint, status: { in: [...unfinished] } },
      data: { ...again, severity: fields.severity },
    })
    if (refired)
      return events(tx, permit, refired, at, {
        kind: 'REFIRED',
        before: null,
        after: String(refired.occurrences),
        note,
      })
    const merged = await refireMerged(tx, tenantId, fingerprint, at)
    if (merged)
      return events(tx, permit, merged, at, {
        kind: 'REFIRED',
        before: null,
        after: String(merged.occurrences),
        note,
      })
    const resolved = await tx.incident.findFirst({
      where: { tenantId, fingerprint, ...reopenable, resolvedAt: { gte: reopenSince } },
      orderBy: { number: 'desc' },
    })
    if (resolved)
      return (
        (await reopened(tx, permit, resolved.id, { ...again, severity: fields.severity }, note, at)) ??
        alertedIncidents.fire(tx, permit, { ruleId, fingerprint }, fired, at)
      )
    return opened(tx, permit, { ruleId, fingerprint }, { ...fields, ...numbers }, note, at)
  },

  /** Raises or lowers its severity, unless it is that already. */
  level: (
    tx: PrismaTransaction,
    permit: Writer,
    of: OfSeries,
    { severity, value, note }: { severity: IncidentSeverity; value: number | null; note: string },
    at: Date,
  ) =>
    change(tx, permit, of, at, ({ severity: before }) =>
      before === severity
        ? undefined
        : {
            data: { severity, value: decimal(value), lastSeenAt: at },
            event: { kind: 'SEVERITY_CHANGED', before, after: severity, note },
          },
    ),

  /**
   * It goes on. Nothing that people have to hear of: its version stays. One that somebody has resolved meanwhile is opened
   * again, since it is not over. One that was merged counts for the other while that is unfinished, and is opened anew then.
   */
  lasts: async (
    tx: PrismaTransaction,
    permit: Writer,
    { ruleId, fingerprint }: OfSeries,
    lasting: Lasting,
    at: Date,
  ): Promise<readonly OutboxEvent[]> => {
    const tenantId = permit.tenant
    const { times, value, severity } = lasting
    const data = { occurrences: { increment: times }, lastSeenAt: at, value: decimal(value) }
    const { count } = await tx.incident.updateMany({
      where: { tenantId, fingerprint, status: { in: [...unfinished] } },
      data,
    })
    const latest =
      count === 0 &&
      (await tx.incident.findFirst({ where: { tenantId, fingerprint }, orderBy: { number: 'desc' } }))
    if (!latest) return []
    const now = { value: decimal(value), ...(severity && { severity }) } // it may have risen since
    if (isReopenable(latest))
      return (
        (await reopened(tx, permit, latest.id, { ...data, ...now }, STILL, at)) ??
        alertedIncidents.lasts(tx, permit, { ruleId, fingerprint }, lasting, at)
      )
    if (latest.mergedIntoId === null || (await lastsMerged(tx, tenantId, fingerprint, times, at))) return []
    const { title, description, threshold } = latest
    const again = { title, description, threshold, severity: latest.severity, ...now }
    const labels = latest.labels as Prisma.InputJsonObject
    return opened(tx, permit, { ruleId, fingerprint }, { ...again, labels }, STILL, at)
  },

  note: (tx: PrismaTransaction, permit: Writer, of: OfSeries, note: string, at: Date) =>
    change(tx, permit, of, at, () => ({
      data: {},
      event: { kind: 'NOTE_ADDED', before: null, after: null, note },
    })),

  /** It is over. One that somebody has suppressed is resolved too. */
  resolve: (
    tx: PrismaTransaction,
    permit: Writer,
    of: OfSeries,
    { note }: { readonly note: string },
    at: Date,
  ) =>
    change(tx, permit, of, at, ({ status, firstSeenAt }) => ({
      data: {
        status: 'RESOLVED',
        resolvedAt: at < firstSeenAt ? firstSeenAt : at,
        resolvedBy: permit.actor.name,
      },
      event: { kind: 'STATUS_CHANGED', before: status, after: 'RESOLVED', note },
    })),
}

const events = async (
  tx: PrismaTransaction,
  permit: Writer,
  incident: IncidentRow,
  at: Date,
  event: NewEvent,
): Promise<readonly OutboxEvent[]> => (await recorded(tx, permit, incident, event, at)).events ?? []

/** Opens a new one. */
const opened = async (
  tx: PrismaTransaction,
  permit: Writer,
  of: OfSeries,
  fields: Pick<Fired, 'title' | 'description' | 'severity' | 'labels'> &
    Pick<Prisma.IncidentUncheckedCreateInput, 'value' | 'threshold'>,
  note: string,
  at: Date,
): Promise<readonly OutboxEvent[]> => {
  const tenantId = permit.tenant
  const { incidentNumber: number } = await tx.tenant.update({
    where: { id: tenantId },
    data: { incidentNumber: { increment: 1 } },
    select: { incidentNumber: true },
  })
  const times = { firstSeenAt: at, lastSeenAt: at, createdAt: at }
  const id = uuidv7(at.getTime())
  const incident = await tx.incident.create({
    data: { ...fields, ...times, ...of, id, tenantId, number, source: 'alert-rule' },
  })
  return events(tx, permit, incident, at, { kind: 'OPENED', before: null, after: 'OPEN', note })
}

/** Opens one again that was resolved; undefined where somebody changed it meanwhile, and it has to be looked at again. */
const reopened = async (
  tx: PrismaTransaction,
  permit: Writer,
  id: string,
  data: Prisma.IncidentUpdateManyMutationInput & { readonly ruleId?: string },
  note: string,
  at: Date,
): Promise<readonly OutboxEvent[] | undefined> => {
  const [incident] = await tx.incident.updateManyAndReturn({
    where: { tenantId: permit.tenant, id, ...reopenable },
    data: { ...data, status: 'OPEN', resolvedAt: null, resolvedBy: null, version: { increment: 1 } },
  })
  return (
    incident &&
    events(tx, permit, incident, at, { kind: 'STATUS_CHANGED', before: 'RESOLVED', after: 'OPEN', note })
  )
}

/** Changes the unfinished incident of a series, held meanwhile; nothing when there is none. */
const change = async (
  tx: PrismaTransaction,
  permit: Writer,
  { fingerprint }: OfSeries,
  at: Date,
  work: (
    incident: IncidentRow,
  ) => { readonly data: Prisma.IncidentUpdateInput; readonly event: NewEvent } | undefined,
): Promise<readonly OutboxEvent[]> => {
  const tenantId = permit.tenant
  await tx.$queryRaw`SELECT 1 FROM incidents WHERE tenant_id = ${tenantId}::uuid AND fingerprint = ${fingerprint}
                       AND status IN ('OPEN', 'INVESTIGATING', 'SUPPRESSED') FOR NO KEY UPDATE`
  const found = await tx.incident.findFirst({
    where: { tenantId, fingerprint, status: { in: [...unfinished] } },
  })
  const todo = found && work(found)
  if (!todo) return []
  const changed = await tx.incident.update({
    where: { tenantId_id: { tenantId, id: found.id } },
    data: { ...todo.data, version: { increment: 1 } },
  })
  return events(tx, permit, changed, at, todo.event)
}

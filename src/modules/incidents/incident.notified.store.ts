import type { Permit } from '../../auth/permit.ts'
import type { OutboxEvent } from '../../platform/outbox.ts'
import type { PrismaTransaction } from '../../platform/postgres/postgres.ts'
import { inTimeline } from './incident.store.ts'

/** A message about an incident that was delivered: to which channel, and what it told. */
export type Delivered = {
  readonly incidentId: string
  readonly channel: string
  readonly what: string
  readonly at: Date
}

/**
 * Tells in the timeline of an incident that a message about it was delivered, within a transaction that holds the incident's
 * row. Answers the events that tell of it. No route has to look at the incident for that.
 */
export const notedDelivery = async (
  tx: PrismaTransaction,
  permit: Permit<'incident:write'>,
  { incidentId, channel, what, at }: Delivered,
): Promise<readonly OutboxEvent[]> => {
  const incident = await tx.incident.update({
    where: { tenantId_id: { tenantId: permit.tenant, id: incidentId } },
    data: { version: { increment: 1 } },
  })
  const change = { kind: 'NOTIFIED', before: null, after: channel, note: what } as const
  return inTimeline(tx, permit, incident, change, at)
}

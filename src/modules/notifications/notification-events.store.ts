import type { DeliveryFailure } from '../../../generated/prisma/enums.ts'
import { uuidv7, type TenantId } from '../../platform/ids.ts'
import { outboxEvent, type OutboxEvent } from '../../platform/outbox.ts'
import type { PrismaTransaction } from '../../platform/postgres/postgres.ts'
import type { NotificationRow } from './notification.store.ts'
import { notificationChangedTopic } from './notification.topics.ts'

/** What of a message its events tell. */
export type Told = Pick<
  NotificationRow,
  'id' | 'channelId' | 'kind' | 'dedupKey' | 'status' | 'attempts' | 'lastError'
>

/** The event of a message as it is now; `failure` of the attempt that it tells of, if it failed. */
export const changeOf = (row: Told, at: Date, failure: DeliveryFailure | null = null): OutboxEvent => {
  const { id: notificationId, channelId, kind, dedupKey, status, attempts, lastError } = row
  const id = uuidv7(at.getTime())
  const error = status === 'DELIVERED' ? null : lastError
  const what = { notificationId, channelId, kind, dedupKey, status, failure, error, attempts }
  return outboxEvent(notificationChangedTopic, id, { id, ...what, at: at.toISOString() })
}

/** For who has no `changes`: puts events into the outbox, in the transaction that they tell of. */
export const putEvents = async (
  tx: PrismaTransaction,
  tenantId: TenantId,
  events: readonly OutboxEvent[],
): Promise<void> => {
  if (events.length > 0)
    await tx.outboxMessage.createMany({ data: events.map((event) => ({ ...event, tenantId })) })
}

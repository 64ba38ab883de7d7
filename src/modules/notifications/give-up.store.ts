import type { Prisma } from '../../../generated/prisma/client.ts'
import type { TenantId } from '../../platform/ids.ts'
import type { OutboxEvent } from '../../platform/outbox.ts'
import type { PrismaTransaction } from '../../platform/postgres/postgres.ts'
import { changeOf } from './notification-events.store.ts'

/** Why what waits for a channel that is switched off is given up. */
const SWITCHED_OFF = 'The channel was switched off.'

/** In one transaction, oldest first; what is left over is given up by the clock. */
export const GIVEN_UP_AT_ONCE = 1_000

/** Gives up what waits, of a channel that is switched off. Answers the events that tell of it. */
export const giveUp = async (
  tx: PrismaTransaction,
  tenant: TenantId,
  which: Prisma.NotificationWhereInput,
  at: Date,
): Promise<OutboxEvent[]> => {
  const waiting = { ...which, tenantId: tenant, status: 'PENDING' } as const
  const oldest = await tx.notification.findMany({
    where: waiting,
    select: { id: true },
    orderBy: { id: 'asc' },
    take: GIVEN_UP_AT_ONCE,
  })
  const rows = await tx.notification.updateManyAndReturn({
    where: { ...waiting, id: { in: oldest.map(({ id }) => id) } },
    data: { status: 'FAILED', endedAt: at, lastError: SWITCHED_OFF, claimedUntil: null },
    select: {
      id: true,
      channelId: true,
      kind: true,
      dedupKey: true,
      status: true,
      attempts: true,
      lastError: true,
    },
  })
  return rows.map((row) => changeOf(row, at))
}

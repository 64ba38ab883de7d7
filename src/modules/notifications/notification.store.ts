import type { Prisma } from '../../../generated/prisma/client.ts'
import type { Permit } from '../../auth/permit.ts'
import { rowsOf, type Rows } from '../../platform/postgres/rows.ts'
import type { TenantId } from '../../platform/ids.ts'
import type { Core } from '../core.ts'
import { enqueue } from './enqueue.store.ts'
import { changeOf } from './notification-events.store.ts'

export type NotificationRow = Prisma.NotificationGetPayload<object>
type Writer = Permit<'notification:write'>
/** What previews read of other domains. */
export type IncidentReads = Pick<Rows<'incident', TenantId>, 'find' | 'page'>
export type RuleReads = Pick<Rows<'alertRule', TenantId>, 'find'>

/** What people read and do of messages; they are written by `enqueue.store.ts` and `delivery.store.ts`. */
export const createNotificationStore = ({ postgres, changes }: Pick<Core, 'postgres' | 'changes'>) => ({
  reads: rowsOf(postgres, 'notification'),
  attemptReads: rowsOf(postgres, 'notificationAttempt'),
  incidentReads: rowsOf(postgres, 'notificationIncident'),

  /** For who decides on messages in no transaction of its own. */
  enqueue: (tenant: TenantId, messages: Parameters<typeof enqueue>[2], at: Date): Promise<void> =>
    postgres.forTenant(tenant).$transaction((tx) => enqueue(tx, tenant, messages, at)),

  /**
   * Makes a message due now. Null when there is none; 'delivered', 'off' and 'over' (the end of its breach was delivered, or
   * is on its way) when nothing is to be sent.
   */
  retry: (permit: Writer, id: string, at: Date) =>
    changes<'notification:write', NotificationRow | 'delivered' | 'off' | 'over'>(permit, async (tx) => {
      const tenantId = permit.tenant
      await tx.$queryRaw`SELECT 1 FROM notifications WHERE tenant_id = ${tenantId}::uuid AND id = ${id}::uuid FOR UPDATE`
      const before = await tx.notification.findFirst({ where: { tenantId, id }, include: { channel: true } })
      if (!before) return null
      if (before.status === 'DELIVERED') return { result: 'delivered', audit: null }
      if (!before.channel.enabled) return { result: 'off', audit: null }
      if (before.kind === 'FIRING') {
        // Held, so that nobody claims an end meanwhile.
        const ends = await tx.$queryRaw<{ taken: boolean }[]>`
          SELECT status = 'DELIVERED' OR coalesce(claimed_until > ${at}, false) AS taken FROM notifications
           WHERE tenant_id = ${tenantId}::uuid AND channel_id = ${before.channelId}::uuid AND dedup_key = ${before.dedupKey}
             AND id > ${id}::uuid AND kind = 'RESOLVED' FOR UPDATE`
        if (ends.some(({ taken }) => taken)) return { result: 'over', audit: null }
      }
      const result = await tx.notification.update({
        where: { tenantId_id: { tenantId, id } },
        data: { status: 'PENDING', endedAt: null, nextAttemptAt: at, retriedAfter: before.attempts },
      })
      const fields = { before: { status: before.status }, after: { status: result.status } }
      const audit = { as: 'retryNotification', of: ['Notification', id], ...fields } as const
      return { result, audit, events: [changeOf(result, at)] }
    }),
})

export type NotificationStore = ReturnType<typeof createNotificationStore>

import { uuidv7, type TenantId } from '../../platform/ids.ts'
import type { PrismaTransaction } from '../../platform/postgres/postgres.ts'
import { recordsOf } from '../../platform/postgres/records.ts'
import type { Message } from './message.ts'
import { changeOf, putEvents } from './notification-events.store.ts'

const AT_ONCE = 50

/**
 * Messages to channels, in the transaction that decided on them. A channel that is switched off or gone gets
 * none: whoever switches it off waits for this transaction, and then gives up its messages too. Who calls it pokes the sender after the commit (`notifications.service.poke`).
 */
export const enqueue = async (
  tx: PrismaTransaction,
  tenant: TenantId,
  messages: readonly { readonly channelId: string; readonly message: Message }[],
  at: Date,
): Promise<void> => {
  // In parts: one message may be large, and an outage has many of them.
  for (let first = 0; first < messages.length; first += AT_ONCE)
    await put(tx, tenant, messages.slice(first, first + AT_ONCE), at)
}

const put = async (
  tx: PrismaTransaction,
  tenant: TenantId,
  messages: readonly { readonly channelId: string; readonly message: Message }[],
  at: Date,
): Promise<void> => {
  const rows = messages.map(({ channelId, message }) => ({
    id: uuidv7(at.getTime()),
    channel_id: channelId,
    kind: message.kind,
    dedup_key: message.dedupKey,
    message,
  }))
  const put = await tx.$queryRaw<{ id: string }[]>`
    INSERT INTO notifications (id, tenant_id, channel_id, kind, dedup_key, message, next_attempt_at, created_at)
    SELECT m.id, c.tenant_id, c.id, m.kind, m.dedup_key, m.message, ${at}, ${at}
      FROM jsonb_to_recordset(${recordsOf(rows)}::text::jsonb)
             AS m (id uuid, channel_id uuid, kind notification_kind, dedup_key text, message jsonb)
      JOIN notification_channels c ON c.tenant_id = ${tenant}::uuid AND c.id = m.channel_id AND c.enabled
     ORDER BY m.id
       FOR SHARE OF c
    RETURNING id`
  const queued = new Set(put.map(({ id }) => id))
  const state = { status: 'PENDING', attempts: 0, lastError: null } as const
  const changes = rows
    .filter(({ id }) => queued.has(id))
    .map(({ id, channel_id: channelId, kind, dedup_key: dedupKey }) =>
      changeOf({ id, channelId, kind, dedupKey, ...state }, at),
    )
  await putEvents(tx, tenant, changes)
  const told = messages.flatMap(({ message: { incidents } }, n) =>
    incidents.map((incident) => ({
      id: uuidv7(at.getTime()),
      notification_id: rows[n]!.id,
      incident_id: incident.id,
    })),
  )
  if (told.length === 0) return
  // Not of messages to a channel that gets none, nor of an incident that there is none of, as in samples.
  await tx.$executeRaw`
    INSERT INTO notification_incidents (id, tenant_id, notification_id, incident_id, created_at)
    SELECT t.id, n.tenant_id, n.id, i.id, ${at}
      FROM jsonb_to_recordset(${recordsOf(told)}::text::jsonb) AS t (id uuid, notification_id uuid, incident_id uuid)
      JOIN notifications n ON n.tenant_id = ${tenant}::uuid AND n.id = t.notification_id
      JOIN incidents i ON i.tenant_id = ${tenant}::uuid AND i.id = t.incident_id
     ORDER BY i.id, t.id
    ON CONFLICT (tenant_id, notification_id, incident_id) DO NOTHING`
}

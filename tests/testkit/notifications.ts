import { enqueue } from '../../src/modules/notifications/enqueue.store.ts'
import type { Message } from '../../src/modules/notifications/message.ts'
import { exampleIncident, messageOf } from '../../src/modules/notifications/sample-message.ts'
import type { TenantId } from '../../src/platform/ids.ts'
import type { Postgres } from '../../src/platform/postgres/postgres.ts'

/** Lets channels lead to receivers of this machine. */
export const toThisMachine = { NOTIFY_PRIVATE_TARGETS: '127.0.0.0/8' }

/** A message as routes make one. */
export const aMessage = (given: Partial<Message> = {}): Message => ({
  ...messageOf(exampleIncident(new Date('2026-11-29T12:00:00Z')), new Date('2026-11-29T12:00:00Z')),
  ...given,
})

/** Puts messages into the queue as who decides on them does. */
export const enqueued = (
  postgres: Postgres,
  tenant: TenantId,
  messages: readonly { readonly channelId: string; readonly message: Message }[],
  at = new Date(),
): Promise<void> => postgres.forTenant(tenant).$transaction((tx) => enqueue(tx, tenant, messages, at))

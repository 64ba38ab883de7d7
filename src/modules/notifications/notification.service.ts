import type { Permit } from '../../auth/permit.ts'
import type { Clock } from '../../platform/clock.ts'
import type { TenantId } from '../../platform/ids.ts'
import { ConflictError, NotFoundError } from '../../platform/problems.ts'
import type { ChannelRow, ChannelStore } from './channel.store.ts'
import type { LinkTo } from './links.ts'
import { message } from './message.ts'
import type { NotificationRow, NotificationStore } from './notification.store.ts'
import { rendered } from './templates.ts'

type Words = { readonly subject: string; readonly text: string }

/** What people do with messages. `poke` says that something is due. */
export const createNotificationService = (deps: {
  readonly store: NotificationStore
  readonly channels: Pick<ChannelStore, 'reads'>
  readonly linkTo: LinkTo
  readonly poke: () => void
  readonly clock: Clock
}) => {
  const { store, linkTo, poke, clock } = deps
  return {
    /** Says that messages were committed. Returns at once; never throws. */
    poke,

    /** Messages of who has no transaction to put them into. */
    tell: async (tenant: TenantId, messages: Parameters<NotificationStore['enqueue']>[1]): Promise<void> => {
      await store.enqueue(tenant, messages, new Date(clock.now()))
      poke()
    },

    /**
     * Has it sent now. Throws NotFoundError, and ConflictError when it is delivered, when the end of its breach is, or when its
     * channel is switched off.
     */
    retry: async (permit: Permit<'notification:write'>, id: string): Promise<NotificationRow> => {
      const done = await store.retry(permit, id, new Date(clock.now()))
      if (!done) throw new NotFoundError('There is no notification with this id.', ['id'])
      if (done === 'delivered') throw new ConflictError('It was delivered already.', ['id'])
      if (done === 'off') throw new ConflictError('Its channel is switched off. Switch it on first.', ['id'])
      if (done === 'over')
        throw new ConflictError(
          'The end of its breach was delivered already: this message would open it again, and nothing would close it. Have testNotificationChannel show whether the channel works.',
          ['id'],
        )
      poke()
      return done
    },

    /** Its words, by the templates that its channel has now. */
    words: (
      _tenant: TenantId,
      row: Pick<NotificationRow, 'message'>,
      channel: Pick<ChannelRow, 'name' | 'subjectTemplate' | 'bodyTemplate'>,
    ): Words => {
      const templates = { subject: channel.subjectTemplate, body: channel.bodyTemplate }
      return rendered(templates, message.parse(row.message), channel.name, linkTo)
    },
  }
}

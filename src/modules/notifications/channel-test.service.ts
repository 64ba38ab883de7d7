import type { DeliveryFailure } from '../../../generated/prisma/enums.ts'
import type { Permit } from '../../auth/permit.ts'
import type { Clock } from '../../platform/clock.ts'
import { uuidv7 } from '../../platform/ids.ts'
import type { ChannelSecrets } from './channel.secrets.ts'
import { noChannel } from './channel.service.ts'
import type { ChannelRow, ChannelStore } from './channel.store.ts'
import type { LinkTo } from './links.ts'
import { testMessage } from './sample-message.ts'
import type { Attempt } from './sending.ts'
import { rendered } from './templates.ts'

/** What the test of a channel answers: what was tried, and what came of it. */
export type Tested = {
  readonly channel: ChannelRow
  readonly delivered: boolean
  readonly code: DeliveryFailure | null
  readonly error: string | null
  readonly statusCode: number | null
  readonly durationMs: number
}

/** Sends at once, outside of the queue, also to a channel that is switched off. */
export const createChannelTestService = (deps: {
  readonly store: Pick<ChannelStore, 'reads' | 'tested'>
  readonly secrets: Pick<ChannelSecrets, 'open'>
  readonly send: Attempt
  readonly linkTo: LinkTo
  readonly clock: Clock
}) => {
  const { store, secrets, send, linkTo, clock } = deps
  return {
    /** Throws NotFoundError, and ConflictError when it was encrypted with another secret. */
    test: async (permit: Permit<'notificationChannel:write'>, id: string): Promise<Tested> => {
      const channel = await store.reads.find(permit.tenant, { id })
      if (!channel) throw noChannel()
      const to = secrets.open(channel)
      const at = new Date(clock.now())
      const message = testMessage(id, at)
      const templates = { subject: channel.subjectTemplate, body: channel.bodyTemplate }
      const words = rendered(templates, message, channel.name, linkTo)
      const since = performance.now()
      const sent = await send(
        to,
        { id: uuidv7(at.getTime()), message, channel, ...words, url: linkTo({ number: 0 }) },
        at,
      )
      const durationMs = Math.round(performance.now() - since)
      const { code = null, error = null } = sent.failure ?? {}
      await store.tested(permit, channel, { delivered: !sent.failure, code })
      return { channel, delivered: !sent.failure, code, error, statusCode: sent.statusCode, durationMs }
    },
  }
}

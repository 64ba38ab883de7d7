import { Webhook } from 'standardwebhooks'
import type { GuardedPost } from '../../platform/http/guarded-post.ts'
import type { DestinationOf } from './destination.ts'
import { attempted, outcomeOf, type Outgoing, type Send } from './sending.ts'

/** The body of a webhook: the message as it is, and its words. */
export const webhookBody = ({ id, message, channel, subject, text, url }: Outgoing): string =>
  JSON.stringify({
    type: `notification.${message.kind.toLowerCase()}`,
    timestamp: message.at,
    data: { id, channel: channel.name, subject, text, url, ...message },
  })

/** A signature by each secret that is good now, as the specification has it when one is rotated. */
export const signatures = (
  { secret, previous }: Pick<DestinationOf<'WEBHOOK'>, 'secret' | 'previous'>,
  id: string,
  at: Date,
  body: string,
): string =>
  [secret, ...(previous && new Date(previous.until) > at ? [previous.secret] : [])]
    .map((each) => new Webhook(each).sign(id, at, body))
    .join(' ')

/** Sends as Standard Webhooks says: https://www.standardwebhooks.com. */
export const sendWebhook =
  (post: GuardedPost): Send<DestinationOf<'WEBHOOK'>> =>
  (to, what, at) =>
    attempted(async () => {
      const body = webhookBody(what)
      const headers = {
        'content-type': 'application/json',
        'user-agent': 'Heliograph',
        'webhook-id': what.id,
        'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
        'webhook-signature': signatures(to, what.id, at, body),
      }
      return outcomeOf(await post(to.url, { headers, body }), new URL(to.url).host, at)
    })

import type { GuardedPost } from '../../platform/http/guarded-post.ts'
import type { DestinationOf } from './destination.ts'
import type { Message, ToldIncident } from './message.ts'
import { attempted, failed, outcomeOf, type Outgoing, type Send } from './sending.ts'

/** https://developer.pagerduty.com/docs/send-alert-event */
const MAX_SUMMARY = 1_024
/** An event with all of its details; the first ones tell what it is, and the link the rest. */
const MAX_BYTES = 512 * 1_024
const MAX_DETAILS = 10
const MAX_TEXT = 20_000
const severities = { CRITICAL: 'critical', HIGH: 'error', MEDIUM: 'warning', LOW: 'info' } as const

type Event = 'trigger' | 'acknowledge' | 'resolve'

/**
 * What somebody works on is acknowledged there too, unless it became graver: an `acknowledge` would tell nobody of that.
 * Where all that is told is over, and the group is not, the others are such or silenced: nothing is to ring anew.
 */
const actionOf = ({ kind, incidents, raised }: Message): Event => {
  if (kind === 'RESOLVED') return 'resolve'
  if (raised || kind === 'TEST') return 'trigger'
  const open = incidents.filter(({ status }) => status === 'FIRING')
  return open.every((each) => each.acknowledgedBy !== null) ? 'acknowledge' : 'trigger'
}

const details = ({ number, title, status, value, threshold, rule, labels }: ToldIncident) => ({
  number,
  title,
  status,
  value,
  threshold,
  rule: rule?.name ?? null,
  labels,
})

/** The body of an event of the Events API v2, with as many of its incidents as it takes. */
export const pagerDutyBody = (
  { message, subject, text, url, channel }: Outgoing,
  routingKey: string,
  publicUrl: string,
  action: Event = actionOf(message),
): string => {
  const [first] = message.incidents
  const event = (count: number): string =>
    JSON.stringify({
      routing_key: routingKey,
      event_action: action,
      dedup_key: message.dedupKey,
      client: 'Heliograph',
      client_url: publicUrl,
      links: [{ href: url, text: 'Open in Heliograph' }],
      payload: {
        summary: subject.slice(0, MAX_SUMMARY).toWellFormed(),
        source: first?.rule?.name ?? 'Heliograph',
        severity: first ? severities[first.severity] : 'info',
        timestamp: message.at,
        custom_details: {
          channel: channel.name,
          route: message.route,
          groupLabels: message.groupLabels,
          incidents: message.incidents.slice(0, count).map(details),
          count: message.incidents.length + message.more,
          text: text.slice(0, MAX_TEXT).toWellFormed(),
        },
      },
    })
  // Labels may be large: without any incident it always fits.
  let count = MAX_DETAILS
  while (count > 0 && Buffer.byteLength(event(count)) > MAX_BYTES) count -= 1
  return event(count)
}

/** Sends to PagerDuty, or to what takes the same form. What a test opens there is resolved at once. */
export const sendPagerDuty =
  (
    post: GuardedPost,
    { pagerDutyUrl, publicUrl }: { readonly pagerDutyUrl: string; readonly publicUrl: () => string },
  ): Send<DestinationOf<'PAGERDUTY'>> =>
  (to, what, at) =>
    attempted(async () => {
      const headers = { 'content-type': 'application/json', 'user-agent': 'Heliograph' }
      const send = async (action?: Event) => {
        const body = pagerDutyBody(what, to.routingKey, publicUrl(), action)
        return outcomeOf(await post(pagerDutyUrl, { headers, body }), new URL(pagerDutyUrl).host, at)
      }
      const sent = await send()
      if (what.message.kind !== 'TEST' || sent.failure) return sent
      const resolved = await attempted(() => send('resolve'))
      if (!resolved.failure) return sent
      const { code, error } = resolved.failure
      return failed(
        code,
        `The test opened an incident there, which was not resolved: ${error}`,
        resolved.statusCode,
      )
    })

import type { GuardedPost } from '../../platform/http/guarded-post.ts'
import { sendEmail, type MailSettings } from './send-email.ts'
import { sendPagerDuty } from './send-pagerduty.ts'
import { sendSlack } from './send-slack.ts'
import { sendWebhook } from './send-webhook.ts'
import { withDeadline, type Attempt } from './sending.ts'

export type SenderDeps = {
  /** To where people said: their URLs are checked. */
  readonly post: GuardedPost
  /** To where the operator said. */
  readonly postToOperators: GuardedPost
  readonly pagerDutyUrl: string
  readonly mail: MailSettings | null
  readonly publicUrl: () => string
  /** For the whole of an attempt; `SENDING_MS` unless told. */
  readonly deadlineMs?: number
}

/** Sends to any kind of channel. What is not over in time is given up. */
export const createSenders = (deps: SenderDeps): Attempt => {
  const webhook = sendWebhook(deps.post)
  const slack = sendSlack(deps.post)
  const email = sendEmail(deps.mail)
  const pagerDuty = sendPagerDuty(deps.postToOperators, deps)
  return withDeadline((to, what, at, cut) => {
    if (to.kind === 'WEBHOOK') return webhook(to, what, at, cut)
    if (to.kind === 'SLACK') return slack(to, what, at, cut)
    return to.kind === 'EMAIL' ? email(to, what, at, cut) : pagerDuty(to, what, at, cut)
  }, deps.deadlineMs)
}

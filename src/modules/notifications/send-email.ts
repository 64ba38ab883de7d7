import { createHash } from 'node:crypto'
import { createTransport } from 'nodemailer'
import type { DestinationOf } from './destination.ts'
import { failed, type Outgoing, type Send, type Sent } from './sending.ts'

export type MailSettings = { readonly url: string; readonly from: string }

const TIMEOUT_MS = 10_000
const timeouts = {
  connectionTimeout: TIMEOUT_MS,
  greetingTimeout: TIMEOUT_MS,
  socketTimeout: TIMEOUT_MS,
  dnsTimeout: TIMEOUT_MS,
}

/**
 * A mail. What tells of one group of incidents refers to the same mail, which nobody ever sent: so mail programs
 * show it as one thread, whatever the subjects are.
 */
export const mailOf = (
  { id, message, channel, subject, text }: Outgoing,
  { from, to }: { readonly from: string; readonly to: readonly string[] },
) => {
  const thread = createHash('sha256').update(`${channel.id} ${message.dedupKey}`).digest('hex').slice(0, 32)
  const root = `<${thread}@heliograph>`
  return {
    from,
    to: [...to],
    subject,
    text,
    messageId: `<${id}@heliograph>`,
    inReplyTo: root,
    references: [root],
    date: new Date(message.at),
    headers: {
      'Auto-Submitted': 'auto-generated', // so that nobody's absence is answered
      'X-Heliograph-Dedup-Key': message.dedupKey,
    },
  }
}

type Refusal = { readonly recipient?: string; readonly responseCode?: number }
type SmtpError = Refusal & { readonly code?: string; readonly rejectedErrors?: readonly Refusal[] }

/** Who was refused, each with the code of the answer. */
const refusedBy = (host: string, refusals: readonly Refusal[], others: number): Sent => {
  const who = refusals.map(
    ({ recipient, responseCode }) => `${recipient ?? 'an address'} (${responseCode ?? '?'})`,
  )
  const rest = others === 0 ? '' : ` It took it for the ${others} others, who get it no second time.`
  const code = refusals[0]!.responseCode ?? null
  return failed('REJECTED', `The mail server ${host} refused ${who.join(', ')}.${rest}`, code)
}

/** What a mail server said, or that it said nothing. */
const told = (host: string, error: SmtpError): Sent => {
  if (error.rejectedErrors && error.rejectedErrors.length > 0) return refusedBy(host, error.rejectedErrors, 0)
  if (error.responseCode !== undefined)
    return failed('REJECTED', `The mail server ${host} answered ${error.responseCode}.`, error.responseCode)
  if (error.code === 'ETIMEDOUT')
    return failed('TIMED_OUT', `The mail server ${host} did not answer within ${TIMEOUT_MS / 1_000} s.`)
  return failed('UNREACHABLE', `The mail server ${host} can't be reached: ${error.code ?? 'no reason'}.`)
}

const delivered: Sent = { failure: null, statusCode: null, retryAfterMs: null }

/**
 * Sends mails over the operator's own mail server. Where it refuses some addresses, the others have the mail: it is sent again
 * to those alone that have it not, by the addresses that the channel has then.
 */
export const sendEmail = (mail: MailSettings | null): Send<DestinationOf<'EMAIL'>> => {
  if (!mail)
    return () => Promise.resolve(failed('MISCONFIGURED', 'This server sends no mail: SMTP_URL is not set.'))
  const { host } = new URL(mail.url)
  const transport = createTransport({ url: mail.url, ...timeouts })
  return async (to, what, _at, cut) => {
    const left = to.to.filter((address) => !what.deliveredTo?.includes(address))
    if (left.length === 0) return delivered // who was refused is no address of the channel any more
    try {
      const envelope = { from: mail.from, to: left }
      const sent = { ...mailOf(what, { from: mail.from, to: to.to }), envelope, signal: cut }
      const { accepted, rejectedErrors = [] } = await transport.sendMail(sent)
      if (rejectedErrors.length === 0) return delivered
      // As nodemailer writes them, which is not always as people do.
      const took = new Set(accepted.map((address) => address.toLowerCase()))
      const deliveredTo = left.filter((address) => took.has(address.toLowerCase()))
      return { ...refusedBy(host, rejectedErrors as readonly Refusal[], deliveredTo.length), deliveredTo }
    } catch (error) {
      return told(host, error as SmtpError)
    }
  }
}

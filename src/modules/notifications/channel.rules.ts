import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import type { ChannelKind } from '../../../generated/prisma/enums.ts'
import type { Network } from '../../platform/http/target-address.ts'
import { wrongUrl } from '../../platform/http/target-url.ts'
import { ValidationError } from '../../platform/problems.ts'
import { anyText } from '../../platform/texts.ts'
import { channelName } from './channel-name.ts'
import type { Destination } from './destination.ts'
import { wrongTemplate } from './templates.ts'

/** Addresses of one channel: more is a mailing list, which has an address of its own. */
export const MAX_ADDRESSES = 20
/** How long the secret before signs too after it was replaced. */
export const OVERLAP_MS = 24 * 3_600_000

const template = (longest: number) =>
  // One that is too long is not read.
  anyText.max(longest, { abort: true }).superRefine((text, context) => {
    const wrong = wrongTemplate(text)
    if (wrong !== undefined) context.addIssue({ code: 'custom', message: wrong.replace(/\.$/, '') })
  })
export const subjectTemplate = template(1_000).nullish()
export const BODY_CHARACTERS = 20_000
export const bodyTemplate = template(BODY_CHARACTERS).nullish()
const url = z.string().max(2_000).nullish()
const address = z.email('an e-mail address is expected').max(254)

/** Where a channel leads, as people give it: one of these. */
export const targetInput = z.object({
  webhookUrl: url,
  slackUrl: url,
  emailTo: z.array(address).min(1).max(MAX_ADDRESSES).nullish(),
  pagerDutyRoutingKey: z
    .string()
    .regex(/^[0-9a-zA-Z]{32}$/, 'a routing key has 32 letters and digits')
    .nullish(),
})
export const channelInput = targetInput.extend({
  name: channelName,
  enabled: z.boolean().nullish(),
  subjectTemplate,
  bodyTemplate,
})

/** What the operator's settings allow. */
export type Allowed = { readonly networks: readonly Network[]; readonly mail: boolean }

const fields = {
  webhookUrl: 'WEBHOOK',
  slackUrl: 'SLACK',
  emailTo: 'EMAIL',
  pagerDutyRoutingKey: 'PAGERDUTY',
} as const satisfies Record<string, ChannelKind>
type Field = keyof typeof fields
const names = Object.keys(fields) as Field[]

export const makeWebhookSecret = (): string => `whsec_${randomBytes(32).toString('base64')}`

/** The kind that a target of an input is of; undefined without one. Throws ValidationError for two. */
export const givenField = (input: z.output<typeof targetInput>): Field | undefined => {
  const given = names.filter((name) => input[name] != null)
  if (given.length > 1)
    throw new ValidationError(`${given.join(', ')}: a channel has one target.`, [given[1]!])
  return given[0]
}
export const kindOf = (field: Field): ChannelKind => fields[field]

/** Where an input leads. Throws ValidationError for a target that must not be, or can't be reached from here. */
export const destinationOf = (
  input: z.output<typeof targetInput>,
  field: Field,
  allowed: Allowed,
): Destination => {
  const checked = (text: string): string => {
    const wrong = wrongUrl(text, allowed.networks)
    if (wrong !== undefined) throw new ValidationError(`${field}: ${wrong}`, [field])
    return new URL(text).href
  }
  if (field === 'webhookUrl')
    return { kind: 'WEBHOOK', url: checked(input.webhookUrl!), secret: makeWebhookSecret(), previous: null }
  if (field === 'slackUrl') return { kind: 'SLACK', url: checked(input.slackUrl!) }
  if (field === 'pagerDutyRoutingKey') return { kind: 'PAGERDUTY', routingKey: input.pagerDutyRoutingKey! }
  if (!allowed.mail)
    throw new ValidationError('emailTo: this server sends no mail. Set SMTP_URL and MAIL_FROM first.', [
      field,
    ])
  return { kind: 'EMAIL', to: [...new Set(input.emailTo)] }
}

/** What everybody may see of it. */
export const targetOf = (to: Destination): string => {
  if (to.kind === 'EMAIL') return to.to.join(', ')
  return to.kind === 'PAGERDUTY' ? 'PagerDuty' : new URL(to.url).host
}

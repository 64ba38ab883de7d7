import { z } from 'zod'

/** Where a channel leads, with its secrets: what is sealed in its row. */
export const destination = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('WEBHOOK'),
    url: z.string(),
    /** As Standard Webhooks has it: `whsec_` and base64. */
    secret: z.string(),
    /** The one before, which signs too until that time. */
    previous: z.object({ secret: z.string(), until: z.iso.datetime() }).nullable(),
  }),
  z.object({ kind: z.literal('SLACK'), url: z.string() }),
  z.object({ kind: z.literal('EMAIL'), to: z.array(z.string()) }),
  z.object({ kind: z.literal('PAGERDUTY'), routingKey: z.string() }),
])

export type Destination = z.infer<typeof destination>
export type DestinationOf<Kind extends Destination['kind']> = Extract<Destination, { kind: Kind }>

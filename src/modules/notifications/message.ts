import { z } from 'zod'

const labels = z.record(z.string(), z.string())
const instant = z.iso.datetime()

/** An incident as a message tells of it. */
const told = z.object({
  id: z.uuid(),
  number: z.int(),
  title: z.string(),
  description: z.string(),
  severity: z.enum(['LOW', 'MEDIUM', 'HIGH', 'CRITICAL']),
  status: z.enum(['FIRING', 'RESOLVED']),
  /** Those of its group and of its rule. */
  labels,
  /** Who acknowledged it, and null while nobody has. */
  acknowledgedBy: z.string().nullable(),
  startedAt: instant,
  resolvedAt: instant.nullable(),
  occurrences: z.int(),
  /** What was measured last, and what it was held against; null where no rule measured. */
  value: z.number().nullable(),
  threshold: z.number().nullable(),
  /** The rule that opened it, as it is now; null for what people or programs opened. */
  rule: z
    .object({
      id: z.uuid(),
      name: z.string(),
      /** `>`, `>=`, `<`, `<=`, `=` or `!=`. */
      operator: z.string(),
      /** Length of its window in seconds. */
      windowSeconds: z.number(),
    })
    .nullable(),
})

/** What one message says: kept with it, so that each attempt says the same. */
export const message = z.object({
  /** FIRING while one of its incidents is not over. */
  kind: z.enum(['FIRING', 'RESOLVED', 'TEST']),
  /** The same from the first message of a group of incidents to the one that says that all are over. */
  dedupKey: z.string().min(1).max(255),
  /** The route that picked the channel; null where a rule or a person did. */
  route: z.string().nullable(),
  /** The labels that its incidents were put together by. */
  groupLabels: labels,
  /** The gravest first; at most `MAX_TOLD`. */
  incidents: z.array(told),
  /** How many more there are. */
  more: z.int().min(0),
  /** Whether it repeats what was told already, and the step of the escalation, from 1; 0 for none. */
  repeats: z.boolean(),
  escalation: z.int().min(0),
  /** Whether one of its incidents was told before and is graver now; messages that were kept before there was this do not say. */
  raised: z.boolean().default(false),
  at: instant,
})

export type Message = z.infer<typeof message>
export type ToldIncident = z.infer<typeof told>

/** More would make a mail of megabytes; the rest is a number and a link. */
export const MAX_TOLD = 50

import { z } from 'zod'
import { IncidentSeverity } from '../../../generated/prisma/enums.ts'

const at = z.iso.datetime()
const number = z.number().nullable()

/**
 * Something that is to be done to the incident of a series. It stands in the row of the series from the statement that
 * changed its state until the transaction that does it: so it is done once, whoever dies when.
 */
export const act = z.discriminatedUnion('kind', [
  /** The series fires: opens an incident, or goes on with the one that is there. */
  z.object({
    kind: z.literal('fire'),
    at,
    title: z.string(),
    description: z.string(),
    severity: z.enum(IncidentSeverity),
    labels: z.record(z.string(), z.string()),
    value: number,
    threshold: z.number(),
    note: z.string(),
    /** One that was resolved since then is opened again. */
    reopenSince: at,
  }),
  /** It has another level. */
  z.object({
    kind: z.literal('level'),
    at,
    severity: z.enum(IncidentSeverity),
    value: number,
    note: z.string(),
  }),
  /** It is still in breach: so many ticks more. */
  z.object({
    kind: z.literal('last'),
    at,
    times: z.number().int(),
    value: number,
    /** Of an incident that is opened for it again: its own may be of before a rise. Rows of older programs have none. */
    severity: z.enum(IncidentSeverity).optional(),
  }),
  /** Something that the timeline tells. */
  z.object({ kind: z.literal('note'), at, note: z.string() }),
  /** It is over. */
  z.object({ kind: z.literal('resolve'), at, value: number, note: z.string() }),
])
export type Act = z.infer<typeof act>

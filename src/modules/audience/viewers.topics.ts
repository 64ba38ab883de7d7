import { z } from 'zod'
import { defineStateTopic } from '../../platform/bus/topics.ts'

/**
 * The latest sample of one key in a batch: internal name, edge node, country, connection type, time of the
 * sample (ms), viewers. A tuple, because a digest may carry thousands.
 */
const sample = z.tuple([z.string(), z.string(), z.string(), z.string(), z.int(), z.int().min(0)]).readonly()

/** What one insert changed for a tenant. */
const digest = z
  .object({
    /** When it was inserted: of two samples with the same time the one that arrived later counts. */
    ingestedAtMs: z.int(),
    // Without a bound on the number: one that refused a batch would stop the writer, and a batch is bounded
    // by itself.
    samples: z.array(sample).readonly(),
  })
  .readonly()

export type ViewersDigest = z.output<typeof digest>

/**
 * State topic `viewers` of a tenant, published by the ingest writer after each insert: so a snapshot that is
 * taken after joining holds everything that no message tells.
 */
export const viewersTopic = defineStateTopic({ name: 'viewers', version: 1, payload: digest })

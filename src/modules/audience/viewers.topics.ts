import { z } from 'zod'
import { defineStateTopic } from '../../platform/bus/topics.ts'

/**
 * One key's latest sample of a batch: stream, edge node, country, connection type, time of the sample (ms), viewers.
 * A tuple, because a digest may carry thousands.
 */
const sample = z.tuple([z.string(), z.string(), z.string(), z.string(), z.int(), z.int().min(0)])

/** What one ClickHouse insert changed for a tenant: the rows are what `ingest/datasets/viewer-samples.ts` calls a digest. */
export type ViewersDigest = {
  /** When it was inserted: of two samples with the same time the one that arrived later counts. */
  readonly ingestedAtMs: number
  readonly samples: readonly Readonly<z.output<typeof sample>>[]
}

// Without a bound on the number: one that refused a batch would stop the writer, and a batch is bounded by itself.
const payload: z.ZodType<ViewersDigest> = z.object({
  ingestedAtMs: z.int(),
  samples: z.array(sample),
})

/**
 * State topic `viewers` of a tenant, published by the ingest writer after each insert: so a snapshot that is taken after
 * joining holds everything that no message tells.
 */
export const viewersTopic = defineStateTopic({ name: 'viewers', version: 1, payload })

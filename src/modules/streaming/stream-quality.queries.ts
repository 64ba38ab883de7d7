import { z } from 'zod'
import type { ClickHouse } from '../../platform/clickhouse/client.ts'
import { instant, whole } from '../../platform/clickhouse/query.ts'
import { sql } from '../../platform/clickhouse/sql.ts'
import type { Clock } from '../../platform/clock.ts'
import { changesOf, type Change } from './changes.queries.ts'

export type Quality = {
  readonly width: number | null
  readonly height: number | null
  /** Empty for unknown. */
  readonly codec: string
}
export type QualityChange = Change<Quality>

const looked = [
  { of: sql`rows.width`, own: sql`own_width`, before: sql`width_before`, after: sql`width_after` },
  { of: sql`rows.height`, own: sql`own_height`, before: sql`height_before`, after: sql`height_after` },
  {
    of: sql`nullIf(toString(rows.codec), '')`,
    own: sql`own_codec`,
    before: sql`codec_before`,
    after: sql`codec_after`,
  },
]

const row = z
  .object({
    internal_name: z.string(),
    node_id: z.string(),
    at: instant,
    width_before: whole.nullable(),
    width_after: whole.nullable(),
    height_before: whole.nullable(),
    height_after: whole.nullable(),
    codec_before: z.string().nullable(),
    codec_after: z.string().nullable(),
  })
  .transform((each) => ({
    internalName: each.internal_name,
    nodeId: each.node_id,
    time: each.at,
    before: { width: each.width_before, height: each.height_before, codec: each.codec_before ?? '' },
    after: { width: each.width_after, height: each.height_after, codec: each.codec_after ?? '' },
  }))

/** When the size of a picture or its codec changed, by the samples of health. */
export const createQualityChangeQueries = (deps: {
  readonly clickHouse: ClickHouse
  readonly clock: Clock
}) => ({
  qualityChanges: changesOf<Quality>({
    ...deps,
    name: 'streaming.qualityChanges',
    table: 'stream_health_samples',
    from: sql`stream_health_samples AS rows`,
    values: looked,
    row,
  }),
})

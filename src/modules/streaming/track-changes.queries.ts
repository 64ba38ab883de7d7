import { z } from 'zod'
import type { ClickHouse } from '../../platform/clickhouse/client.ts'
import { instant, measured } from '../../platform/clickhouse/query.ts'
import { sql } from '../../platform/clickhouse/sql.ts'
import type { Clock } from '../../platform/clock.ts'
import { changesOf, type Change } from './changes.queries.ts'
import type { Quality } from './stream-quality.queries.ts'

export type TrackQuality = Quality & {
  readonly trackCount: number | null
  /** Empty for unknown. */
  readonly qualityTier: string
}
export type TrackChange = Change<TrackQuality>

const looked = [
  { of: sql`rows.width`, own: sql`own_width`, before: sql`width_before`, after: sql`width_after` },
  { of: sql`rows.height`, own: sql`own_height`, before: sql`height_before`, after: sql`height_after` },
  {
    of: sql`nullIf(toString(rows.codec), '')`,
    own: sql`own_codec`,
    before: sql`codec_before`,
    after: sql`codec_after`,
  },
  { of: sql`rows.track_count`, own: sql`own_count`, before: sql`count_before`, after: sql`count_after` },
  {
    of: sql`nullIf(toString(rows.quality_tier), '')`,
    own: sql`own_tier`,
    before: sql`tier_before`,
    after: sql`tier_after`,
  },
]

const row = z
  .object({
    internal_name: z.string(),
    node_id: z.string(),
    at: instant,
    width_before: measured,
    width_after: measured,
    height_before: measured,
    height_after: measured,
    codec_before: z.string().nullable(),
    codec_after: z.string().nullable(),
    count_before: measured,
    count_after: measured,
    tier_before: z.string().nullable(),
    tier_after: z.string().nullable(),
  })
  .transform((each) => ({
    internalName: each.internal_name,
    nodeId: each.node_id,
    time: each.at,
    before: {
      width: each.width_before,
      height: each.height_before,
      codec: each.codec_before ?? '',
      trackCount: each.count_before,
      qualityTier: each.tier_before ?? '',
    },
    after: {
      width: each.width_after,
      height: each.height_after,
      codec: each.codec_after ?? '',
      trackCount: each.count_after,
      qualityTier: each.tier_after ?? '',
    },
  }))

/** What changed from one track list of a stream to the next, on each edge node. */
export const createTrackChangeQueries = (deps: {
  readonly clickHouse: ClickHouse
  readonly clock: Clock
}) => ({
  trackChanges: changesOf<TrackQuality>({
    ...deps,
    name: 'streaming.trackChanges',
    table: 'track_list_events',
    from: sql`track_list_events AS rows`,
    values: looked,
    row,
  }),
})

import { z } from 'zod'
import { countBuckets, rangeOf, type Window } from '../../platform/buckets.ts'
import { bucketOf } from '../../platform/clickhouse/bucket.ts'
import type { ClickHouse, QueryOptions } from '../../platform/clickhouse/client.ts'
import { defineQuery, whole } from '../../platform/clickhouse/query.ts'
import { seriesOfRows, type SeriesOf } from '../../platform/clickhouse/series-rows.ts'
import { p, scoped, sql, type Sql } from '../../platform/clickhouse/sql.ts'
import { chooseTable } from '../../platform/clickhouse/tables.ts'
import type { Clock } from '../../platform/clock.ts'
import { AppError } from '../../platform/errors.ts'
import type { TenantId } from '../../platform/ids.ts'
import {
  healthOf,
  nothingMeasured,
  type HealthSums,
  type StreamHealthValues,
} from './stream-health-values.ts'

export type StreamHealthSeries = SeriesOf<StreamHealthValues>
/** `time` is the start of the bucket. */
export type StreamHealthPoint = StreamHealthSeries['points'][number]

export type StreamHealthAsk = Window & { readonly internalNames: readonly string[] }

export type StreamHealthSeriesQueries = {
  /**
   * One series for each name, also for names without a sample, in one query. Throws LIMIT_EXCEEDED above
   * 60,000 points, and for a range whose samples are not kept any more.
   */
  healthSeries(
    tenant: TenantId,
    ask: StreamHealthAsk,
    options?: QueryOptions,
  ): Promise<Map<string, StreamHealthSeries>>
}

/** An answer has 50,000 points of series at most; a bucket is 20 numbers here, so these are 20 MB from the store. */
const MAX_POINTS_AT_ONCE = 60_000

const tables = [
  { table: 'stream_health_5m', everyMs: 300_000 },
  { table: 'stream_health_samples', everyMs: 1_000 },
] as const

/** A sample as a row of the rollup that has it alone: both tables are added up by one statement. */
const parts: Readonly<Record<(typeof tables)[number]['table'], Sql>> = {
  stream_health_5m: sql`SELECT * FROM stream_health_5m`,
  stream_health_samples: sql`
    SELECT internal_name, time, 1 AS samples,
           isNotNull(health_score) AS health_scores, ifNull(health_score, 0) AS health_score_sum,
           health_score AS health_score_min, health_score AS health_score_max,
           isNotNull(bitrate_kbps) AS bitrates, ifNull(bitrate_kbps, 0) AS bitrate_sum,
           isNotNull(fps) AS fps_count, ifNull(fps, 0) AS fps_sum,
           isNotNull(frame_jitter_ms) AS jitters, ifNull(frame_jitter_ms, 0) AS jitter_sum,
           isNotNull(keyframe_stability_ms) AS keyframe_stabilities,
           ifNull(keyframe_stability_ms, 0) AS keyframe_stability_sum,
           if(isNull(rows.packets_lost), 0, ifNull(rows.packets_sent, 0)) AS packets_sent,
           if(isNull(rows.packets_sent), 0, ifNull(rows.packets_lost, 0)) AS packets_lost,
           buffer_state = 'FULL' AS buffer_full, buffer_state = 'EMPTY' AS buffer_empty,
           buffer_state = 'DRY' AS buffer_dry, buffer_state = 'RECOVER' AS buffer_recover,
           issues != '' AS with_issues
    FROM stream_health_samples AS rows`,
}

const count = whole
/**
 * Decimals and sums travel as text or numbers, by the server's settings; a mean is as near as a double is, also of a sum
 * beyond 2^53, which some thousand samples of what ingest takes may have.
 */
const decimal = z.union([z.string(), z.number()]).transform(Number)

const row = z.object({
  subject: z.string(),
  start: count,
  whole: count,
  all: count,
  scored: count,
  score: decimal,
  least_score: decimal.nullable(),
  most_score: decimal.nullable(),
  with_bitrate: count,
  bitrate: decimal,
  with_fps: count,
  fps: decimal,
  with_jitter: count,
  jitter: decimal,
  with_keyframes: count,
  keyframes: decimal,
  sent: decimal,
  lost: decimal,
  dry: count,
  with_state: count,
  troubled: count,
})

const valuesOf = (sums: HealthSums | undefined): StreamHealthValues =>
  sums ? healthOf(sums) : nothingMeasured

export const createStreamHealthSeriesQueries = (deps: {
  readonly clickHouse: ClickHouse
  readonly clock: Clock
}): StreamHealthSeriesQueries => ({
  healthSeries: async (tenant, ask, options) => {
    const { internalNames } = ask
    if (internalNames.length === 0) return new Map()
    if (countBuckets(ask) * internalNames.length > MAX_POINTS_AT_ONCE)
      throw new AppError(
        'LIMIT_EXCEEDED',
        'These are too many points. Ask for fewer streams or a coarser step.',
      )
    const { table, buckets } = chooseTable(tables, ask, deps.clock.now())
    const where = scoped(tenant, rangeOf(buckets), { hours: table === 'stream_health_samples' })
    const query = defineQuery({
      name: 'streaming.healthSeries',
      shared: true,
      tenant,
      sql: sql`
        SELECT internal_name AS subject, ${bucketOf(buckets, sql`toUnixTimestamp(time)`)} AS start, grouping(start) AS whole,
               sum(samples) AS all, sum(health_scores) AS scored, sum(health_score_sum) AS score,
               min(health_score_min) AS least_score, max(health_score_max) AS most_score,
               sum(bitrates) AS with_bitrate, sum(bitrate_sum) AS bitrate,
               sum(fps_count) AS with_fps, sum(fps_sum) AS fps,
               sum(jitters) AS with_jitter, sum(jitter_sum) AS jitter,
               sum(keyframe_stabilities) AS with_keyframes, sum(keyframe_stability_sum) AS keyframes,
               sum(packets_sent) AS sent, sum(packets_lost) AS lost, sum(buffer_dry) AS dry,
               sum(buffer_full + buffer_empty + buffer_dry + buffer_recover) AS with_state,
               sum(with_issues) AS troubled
        FROM (${parts[table]} WHERE ${where} AND internal_name IN (${p.texts(internalNames)}))
        GROUP BY GROUPING SETS ((subject, start), (subject))`,
      row,
    })
    const rows = await deps.clickHouse.query(query, options)
    return seriesOfRows(internalNames, buckets, rows, valuesOf)
  },
})

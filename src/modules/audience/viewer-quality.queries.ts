import { z } from 'zod'
import type { ClickHouse, QueryOptions } from '../../platform/clickhouse/client.ts'
import { defineQuery, whole } from '../../platform/clickhouse/query.ts'
import { p, sql, type Sql } from '../../platform/clickhouse/sql.ts'
import type { Clock } from '../../platform/clock.ts'
import type { TenantId } from '../../platform/ids.ts'
import { thousandth } from '../../ingest/fields.ts'
import { dimensions, groupColumns } from './viewer-dimensions.queries.ts'
import type { ViewersBy } from './viewer-groups.ts'
import { thousandths } from './viewer-series.queries.ts'
import { samplesIn } from './viewer-slots.queries.ts'
import { keyColumns, subjectOf, subjectsOf, type ViewerRange } from './viewer-subjects.queries.ts'

/** How well viewers were served. `docs/viewers.md` has the formulas. Null where no sample says it. */
export type ViewerQuality = {
  readonly connectionQuality: number | null
  readonly bufferHealth: number | null
  readonly bandwidthBps: number | null
}
type GroupQuality = ViewerQuality & { readonly key: string; readonly countryCode: string }

type Ask = ViewerRange & {
  /** What groups are asked for, if any. */
  readonly groups?: { readonly by: ViewersBy; readonly keys: readonly string[] }
}

export type ViewerQualityQueries = {
  /**
   * Of each subject the quality of all its viewers of the range, and of its groups of these keys. It is known of
   * as long as samples are kept: throws LIMIT_EXCEEDED for a range that begins before.
   */
  viewerQuality(
    tenant: TenantId,
    ask: Ask,
    options?: QueryOptions,
  ): Promise<Map<string, { readonly all: ViewerQuality; readonly groups: readonly GroupQuality[] }>>
}

const row = z.object({
  subject: z.string(),
  group_key: z.string(),
  group_country: z.string(),
  whole,
  quality: thousandths,
  quality_viewers: thousandths,
  buffer: thousandths,
  buffer_viewers: thousandths,
  bandwidth: thousandths,
  bandwidth_minutes: whole,
})
type Row = z.infer<typeof row>

/**
 * A sample counts by its viewers and the part of its key's minute that it is, so a key that reports more often
 * weighs no more. Trap: all is counted in whole numbers (millionths of a viewer), since only their sums are the
 * same in whatever order rows come.
 */
const weighted = (score: Sql) => ({
  scored: sql`ifNull(sum(toInt128(${score} * 1000) * viewer_count), 0) * 1000000`,
  viewers: sql`toInt128(sumIf(viewer_count, ${score} IS NOT NULL)) * 1000000`,
})
const [quality, buffer] = [weighted(sql`connection_score`), weighted(sql`buffer_score`)]

const qualityQuery = (tenant: TenantId, ask: Ask, nowMs: number) => {
  const by = ask.groups?.by
  const attribute = by && dimensions[by].attribute
  const named = by ? groupColumns(by) : sql`'' AS group_key, '' AS group_country`
  return defineQuery({
    name: 'audience.viewerQuality',
    shared: true,
    tenant,
    sql: sql`
      SELECT subject, group_key, group_country, grouping(group_key) AS whole,
             toFloat64(sum(intDiv(scored, key_samples))) AS quality,
             toFloat64(sum(intDiv(scored_viewers, key_samples))) AS quality_viewers,
             toFloat64(sum(intDiv(buffered, key_samples))) AS buffer,
             toFloat64(sum(intDiv(buffered_viewers, key_samples))) AS buffer_viewers,
             toFloat64(sum(intDiv(bandwidth_sum, greatest(key_bandwidths, 1)))) AS bandwidth,
             uniqExactIf(slot, bandwidths > 0) AS bandwidth_minutes
      FROM (
        SELECT ${subjectOf(ask)}, ${named}, slot, key_samples, key_bandwidths, bandwidths,
               scored, scored_viewers, buffered, buffered_viewers, bandwidth_sum
        FROM (
          SELECT ${keyColumns}, intDiv(toUnixTimestamp(time), 60) AS slot, ${attribute ?? sql`''`} AS attribute,
                 sum(count()) OVER (PARTITION BY slot, ${keyColumns}) AS key_samples,
                 count(bandwidth_bps) AS bandwidths,
                 sum(bandwidths) OVER (PARTITION BY slot, ${keyColumns}) AS key_bandwidths,
                 ${quality.scored} AS scored, ${quality.viewers} AS scored_viewers,
                 ${buffer.scored} AS buffered, ${buffer.viewers} AS buffered_viewers,
                 toInt128(ifNull(sum(bandwidth_bps), 0)) AS bandwidth_sum
          FROM viewer_samples WHERE ${samplesIn(tenant, ask, nowMs)}
          GROUP BY slot, ${keyColumns}, attribute
        )
      )
      GROUP BY GROUPING SETS ((subject, group_key, group_country), (subject))
      HAVING whole OR group_key IN (${p.texts(ask.groups?.keys ?? [])})`,
    row,
  })
}

/** Of what no sample of the range tells. */
export const unknown: ViewerQuality = { connectionQuality: null, bufferHealth: null, bandwidthBps: null }

const meanOf = (scored: number, viewers: number): number | null =>
  viewers > 0 ? thousandth(scored / viewers / 1000) : null

/** A group's bandwidth is over the minutes in which any of the whole is known, so that those of groups add up. */
const qualityOf = (own: Row, all: Row): ViewerQuality => ({
  connectionQuality: meanOf(own.quality, own.quality_viewers),
  bufferHealth: meanOf(own.buffer, own.buffer_viewers),
  bandwidthBps: own.bandwidth_minutes > 0 ? Math.round(own.bandwidth / all.bandwidth_minutes) : null,
})

/** The quality of what was watched. Every function reads the rows of the tenant alone. */
export const createViewerQualityQueries = (deps: {
  readonly clickHouse: ClickHouse
  readonly clock: Clock
}): ViewerQualityQueries => ({
  viewerQuality: async (tenant, ask, options) => {
    const subjects = subjectsOf(ask)
    if (subjects.length === 0) return new Map()
    const rows = await deps.clickHouse.query(qualityQuery(tenant, ask, deps.clock.now()), options)
    const found = Map.groupBy(rows, ({ subject }) => subject)
    return new Map(
      subjects.map((subject) => {
        const own = found.get(subject) ?? []
        const all = own.find((each) => each.whole)
        if (!all) return [subject, { all: unknown, groups: [] }]
        const groups = own
          .filter((each) => !each.whole)
          .map((each) => ({
            key: each.group_key,
            countryCode: each.group_country,
            ...qualityOf(each, all),
          }))
        return [subject, { all: qualityOf(all, all), groups }]
      }),
    )
  },
})

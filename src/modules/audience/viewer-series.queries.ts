import { z } from 'zod'
import type { ClickHouse, QueryOptions } from '../../platform/clickhouse/client.ts'
import { defineQuery, whole } from '../../platform/clickhouse/query.ts'
import { p, scoped, sql, type Sql } from '../../platform/clickhouse/sql.ts'
import { chooseTable } from '../../platform/clickhouse/tables.ts'
import type { Clock } from '../../platform/clock.ts'
import { AppError } from '../../platform/errors.ts'
import type { TenantId } from '../../platform/ids.ts'
import { pointCount, type TimeRange } from '../../platform/time-range.ts'
import { averageOf, fillSeries, noBuckets, slotSeconds, type ViewerSeries } from './viewer-series.ts'

export type StreamRange = {
  readonly internalNames: readonly string[]
  readonly range: TimeRange
  /** From `chooseStep`, which bounds the number of points. */
  readonly stepMs: number
}

export type CountryViewers = {
  /** ISO 3166-1 alpha-2, `ZZ` for unknown. */
  readonly countryCode: string
  /**
   * Over the slots in which the stream has samples, so that the countries' averages add up to the stream's.
   */
  readonly average: number
  readonly peak: number
  readonly samples: number
}

export type ViewerSeriesQueries = {
  /**
   * One series for each name, also for names without a sample, in one query. Throws LIMIT_EXCEEDED above
   * 300,000 points, and for a range whose samples are not kept any more.
   */
  viewerSeries(tenant: TenantId, ask: StreamRange, options?: QueryOptions): Promise<Map<string, ViewerSeries>>
  /** For each name its countries, largest average first, over the same aligned range as the series. */
  viewerCountries(
    tenant: TenantId,
    ask: StreamRange,
    options?: QueryOptions,
  ): Promise<Map<string, CountryViewers[]>>
}

/**
 * A page of 100 streams with 3,000 points each: about 20 MB of answer, which is where one request has to end.
 */
const MAX_SERIES_POINTS = 300_000

/**
 * The five-minute rollup answers every step that is a multiple of it: a series is of whole buckets, so none
 * of them is cut.
 */
const tables = [
  { table: 'viewer_samples_5m', everyMs: 300_000 },
  { table: 'viewer_samples', everyMs: 1_000 },
] as const

const where = (tenant: TenantId, { internalNames, range }: StreamRange, options?: { hours: boolean }): Sql =>
  sql`${scoped(tenant, range, options)} AND internal_name IN (${p.texts(internalNames)})`

/**
 * One row a key and slot: audience in thousandths of a viewer, peak, samples. A key's mean is rounded to
 * thousandths before keys are added up: sums of whole numbers come out the same in any order, sums of floats
 * don't.
 */
const keySlots = {
  viewer_samples: (tenant: TenantId, ask: StreamRange) => sql`
    SELECT internal_name, country_code,
           intDiv(toUnixTimestamp(time), ${p.uInt32(slotSeconds(ask.stepMs))}) * ${p.uInt32(slotSeconds(ask.stepMs))} AS slot,
           count() AS samples,
           toUInt64(round(1000 * sum(viewer_count) / samples)) AS milli_viewers,
           max(viewer_count) AS peak
    FROM viewer_samples WHERE ${where(tenant, ask, { hours: true })}
    GROUP BY internal_name, slot, country_code, connection_type, node_id`,
  // Parts that are not merged yet hold several rows of a key and bucket: their minutes are added up here.
  viewer_samples_5m: (tenant: TenantId, ask: StreamRange) => sql`
    SELECT internal_name, country_code, bucket + 60 * minute AS slot,
           sum(minute_count) AS samples,
           toUInt64(round(1000 * sum(minute_sum) / samples)) AS milli_viewers,
           max(minute_peak) AS peak
    FROM (
      SELECT internal_name, country_code, connection_type, node_id, toUnixTimestamp(time) AS bucket, minute, minute_count,
             minute_sums.2[indexOf(minute_sums.1, minute)] AS minute_sum,
             minute_peaks.2[indexOf(minute_peaks.1, minute)] AS minute_peak
      FROM viewer_samples_5m ARRAY JOIN minute_counts.1 AS minute, minute_counts.2 AS minute_count
      WHERE ${where(tenant, ask)}
    )
    GROUP BY internal_name, slot, country_code, connection_type, node_id`,
} as const

const seriesQuery = (tenant: TenantId, ask: StreamRange, slots: Sql) =>
  defineQuery({
    name: 'audience.viewerSeries',
    tenant,
    sql: sql`
      SELECT internal_name, groupArray(bucket) AS starts, groupArray(slot_count) AS slots,
             groupArray(bucket_milli_viewers) AS milli_viewers, groupArray(bucket_peak) AS peaks,
             groupArray(bucket_samples) AS samples
      FROM (
        SELECT internal_name, intDiv(slot, ${p.uInt32(ask.stepMs / 1000)}) * ${p.uInt32(ask.stepMs / 1000)} AS bucket,
               count() AS slot_count, sum(slot_milli_viewers) AS bucket_milli_viewers,
               max(slot_peak) AS bucket_peak, sum(slot_samples) AS bucket_samples
        FROM (
          SELECT internal_name, slot, sum(milli_viewers) AS slot_milli_viewers, sum(peak) AS slot_peak,
                 sum(samples) AS slot_samples
          FROM (${slots}) GROUP BY internal_name, slot
        )
        GROUP BY internal_name, bucket
      )
      GROUP BY internal_name`,
    row: z.object({
      internal_name: z.string(),
      starts: z.array(whole),
      slots: z.array(whole),
      milli_viewers: z.array(whole),
      peaks: z.array(whole),
      samples: z.array(whole),
    }),
  })

const countriesQuery = (tenant: TenantId, slots: Sql) =>
  defineQuery({
    name: 'audience.viewerCountries',
    tenant,
    sql: sql`
      SELECT internal_name, country_code, sum(country_milli_viewers) AS milli_viewers, max(country_peak) AS peak,
             sum(country_samples) AS samples, max(stream_slots) AS slots
      FROM (
        SELECT internal_name, country_code, sum(milli_viewers) AS country_milli_viewers, sum(peak) AS country_peak,
               sum(samples) AS country_samples, uniqExact(slot) OVER (PARTITION BY internal_name) AS stream_slots
        FROM (${slots}) GROUP BY internal_name, slot, country_code
      )
      GROUP BY internal_name, country_code`,
    row: z.object({
      internal_name: z.string(),
      country_code: z.string(),
      milli_viewers: whole,
      peak: whole,
      samples: whole,
      slots: whole,
    }),
  })

/** Viewers over time. Every function reads the rows of the tenant alone, whatever the names are. */
export const createViewerSeriesQueries = (deps: {
  readonly clickHouse: ClickHouse
  readonly clock: Clock
}): ViewerSeriesQueries => {
  const { clickHouse, clock } = deps
  const sourceOf = (tenant: TenantId, ask: StreamRange) => {
    const { table, range } = chooseTable(tables, ask.range, ask.stepMs, clock.now())
    return { range, slots: keySlots[table](tenant, { ...ask, range }) }
  }

  return {
    async viewerSeries(tenant, ask, options) {
      if (pointCount(ask.range, ask.stepMs) * ask.internalNames.length > MAX_SERIES_POINTS) {
        throw new AppError(
          'LIMIT_EXCEEDED',
          'These are too many points. Ask for fewer streams or a coarser step.',
        )
      }
      if (ask.internalNames.length === 0) return new Map()
      const { range, slots } = sourceOf(tenant, ask)
      const rows = await clickHouse.query(seriesQuery(tenant, ask, slots), options)
      const found = new Map(
        rows.map(({ internal_name, milli_viewers, ...lists }) => [
          internal_name,
          { ...lists, milliViewers: milli_viewers },
        ]),
      )
      return new Map(
        ask.internalNames.map((name) => [name, fillSeries(range, ask.stepMs, found.get(name) ?? noBuckets)]),
      )
    },
    async viewerCountries(tenant, ask, options) {
      const countries = new Map<string, CountryViewers[]>(ask.internalNames.map((name) => [name, []]))
      if (countries.size === 0) return countries
      const { slots } = sourceOf(tenant, ask)
      for (const row of await clickHouse.query(countriesQuery(tenant, slots), options)) {
        countries.get(row.internal_name)?.push({
          countryCode: row.country_code,
          average: averageOf(row.milli_viewers, row.slots) ?? 0,
          peak: row.peak,
          samples: row.samples,
        })
      }
      for (const list of countries.values()) {
        list.sort((a, b) => b.average - a.average || (a.countryCode < b.countryCode ? -1 : 1))
      }
      return countries
    },
  }
}

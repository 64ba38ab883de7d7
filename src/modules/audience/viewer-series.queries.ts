import { z } from 'zod'
import type { ClickHouse, QueryOptions } from '../../platform/clickhouse/client.ts'
import { defineQuery, whole } from '../../platform/clickhouse/query.ts'
import { p, sql, type Sql } from '../../platform/clickhouse/sql.ts'
import type { Clock } from '../../platform/clock.ts'
import { AppError } from '../../platform/errors.ts'
import type { TenantId } from '../../platform/ids.ts'
import { pointCount } from '../../platform/time-range.ts'
import { fillSeries, measure, noBuckets, type ViewerSeries } from './viewer-series.ts'
import { slotsOf, type StreamRange } from './viewer-slots.queries.ts'

export type CountryViewers = {
  /** ISO 3166-1 alpha-2, `ZZ` for unknown. */
  readonly countryCode: string
  /** Over the minutes in which the stream was measured, so that the countries' averages add up to the stream's. */
  readonly average: number
  readonly peak: number
  readonly viewerMinutes: number
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
 * What a sum of audiences is read as. A sum over days may pass 2^53, which no number of samples may turn into
 * an error: from there on a double is as near as an average needs.
 */
const thousandths = z.number()

const seriesQuery = (tenant: TenantId, ask: StreamRange, slots: Sql) =>
  defineQuery({
    name: 'audience.viewerSeries',
    tenant,
    sql: sql`
      SELECT internal_name, groupArray(bucket) AS starts, groupArray(slot_count) AS slots,
             groupArray(bucket_milli_viewers) AS milli_viewers, groupArray(bucket_peak) AS milli_peaks,
             groupArray(bucket_samples) AS samples
      FROM (
        SELECT internal_name, intDiv(slot, ${p.uInt32(ask.stepMs / 1000)}) * ${p.uInt32(ask.stepMs / 1000)} AS bucket,
               count() AS slot_count, sum(slot_milli_viewers) AS bucket_milli_viewers,
               max(slot_milli_viewers) AS bucket_peak, sum(slot_samples) AS bucket_samples
        FROM (
          SELECT internal_name, slot, sum(toFloat64(milli_viewers)) AS slot_milli_viewers, sum(samples) AS slot_samples
          FROM (${slots}) GROUP BY internal_name, slot
        )
        GROUP BY internal_name, bucket
      )
      GROUP BY internal_name`,
    row: z.object({
      internal_name: z.string(),
      starts: z.array(whole),
      slots: z.array(whole),
      milli_viewers: z.array(thousandths),
      milli_peaks: z.array(thousandths),
      samples: z.array(whole),
    }),
  })

const countriesQuery = (tenant: TenantId, slots: Sql) =>
  defineQuery({
    name: 'audience.viewerCountries',
    tenant,
    sql: sql`
      SELECT internal_name, country_code, sum(country_milli_viewers) AS milli_viewers,
             max(country_milli_viewers) AS milli_peak, sum(country_samples) AS samples, max(stream_slots) AS slots
      FROM (
        SELECT internal_name, country_code, sum(toFloat64(milli_viewers)) AS country_milli_viewers,
               sum(samples) AS country_samples, uniqExact(slot) OVER (PARTITION BY internal_name) AS stream_slots
        FROM (${slots}) GROUP BY internal_name, slot, country_code
      )
      GROUP BY internal_name, country_code`,
    row: z.object({
      internal_name: z.string(),
      country_code: z.string(),
      milli_viewers: thousandths,
      milli_peak: thousandths,
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
  return {
    async viewerSeries(tenant, ask, options) {
      if (pointCount(ask.range, ask.stepMs) * ask.internalNames.length > MAX_SERIES_POINTS) {
        throw new AppError(
          'LIMIT_EXCEEDED',
          'These are too many points. Ask for fewer streams or a coarser step.',
        )
      }
      if (ask.internalNames.length === 0) return new Map()
      const { range, slots } = slotsOf(tenant, ask, clock.now())
      const rows = await clickHouse.query(seriesQuery(tenant, ask, slots), options)
      const found = new Map(
        rows.map(({ internal_name, milli_viewers, milli_peaks, ...lists }) => [
          internal_name,
          { ...lists, milliViewers: milli_viewers, milliPeaks: milli_peaks },
        ]),
      )
      return new Map(
        ask.internalNames.map((name) => [name, fillSeries(range, ask.stepMs, found.get(name) ?? noBuckets)]),
      )
    },
    async viewerCountries(tenant, ask, options) {
      const countries = new Map<string, CountryViewers[]>(ask.internalNames.map((name) => [name, []]))
      if (countries.size === 0) return countries
      const { slots } = slotsOf(tenant, ask, clock.now())
      for (const row of await clickHouse.query(countriesQuery(tenant, slots), options)) {
        const { milli_viewers: milliViewers, milli_peak: milliPeak, slots, samples } = row
        const { average, peak, viewerMinutes } = measure({ milliViewers, milliPeak, slots }, ask.stepMs)
        countries
          .get(row.internal_name)
          ?.push({ countryCode: row.country_code, average, peak, viewerMinutes, samples })
      }
      for (const list of countries.values())
        list.sort((a, b) => b.average - a.average || (a.countryCode < b.countryCode ? -1 : 1))
      return countries
    },
  }
}

import { z } from 'zod'
import { countBuckets, type Buckets, type Window } from '../../platform/buckets.ts'
import { bucketOf } from '../../platform/clickhouse/bucket.ts'
import type { ClickHouse, QueryOptions } from '../../platform/clickhouse/client.ts'
import { defineQuery, whole } from '../../platform/clickhouse/query.ts'
import { sql, type Sql } from '../../platform/clickhouse/sql.ts'
import type { Clock } from '../../platform/clock.ts'
import { AppError } from '../../platform/errors.ts'
import type { TenantId } from '../../platform/ids.ts'
import { fillSeries, noBuckets, type ViewerSeries } from './viewer-series.ts'
import { slotsOf } from './viewer-slots.queries.ts'
import { subjectOf, subjectsOf, type ViewerRange } from './viewer-subjects.queries.ts'

export type ViewerSeriesQueries = {
  /**
   * One series for each name, also for names without a sample, in one query; or one of all samples of the
   * filter, by the name TOGETHER, whose peak is the highest sum of a minute and no sum of peaks. Throws
   * LIMIT_EXCEEDED above 300,000 points, and for a range whose samples are not kept any more.
   */
  viewerSeries(tenant: TenantId, ask: ViewerRange, options?: QueryOptions): Promise<Map<string, ViewerSeries>>
}

/**
 * A page of 100 streams with 3,000 points each: about 20 MB of answer, which is where one request has to end.
 */
const MAX_SERIES_POINTS = 300_000

/** Throws LIMIT_EXCEEDED for `lines` lines of more points than one answer may have. */
export const checkPoints = (lines: number, window: Window, fewer: string): void => {
  if (countBuckets(window) * lines > MAX_SERIES_POINTS)
    throw new AppError(
      'LIMIT_EXCEEDED',
      `These are too many points. Ask for fewer ${fewer} or a coarser step.`,
    )
}

/**
 * What a sum of audiences is read as. A sum over days may pass 2^53, which no number of samples may turn into
 * an error: from there on a double is as near as an average needs.
 */
export const thousandths = z.number()

type Slots = { readonly buckets: Buckets; readonly slots: Sql; readonly subject: Sql }

const seriesQuery = (tenant: TenantId, { buckets, slots, subject }: Slots) =>
  defineQuery({
    name: 'audience.viewerSeries',
    shared: true,
    tenant,
    sql: sql`
      SELECT subject, groupArray(bucket) AS starts, groupArray(slot_count) AS slots,
             groupArray(bucket_milli_viewers) AS milli_viewers, groupArray(bucket_peak) AS milli_peaks,
             groupArray(bucket_samples) AS samples
      FROM (
        SELECT subject, ${bucketOf(buckets, sql`slot`)} AS bucket,
               count() AS slot_count, sum(slot_milli_viewers) AS bucket_milli_viewers,
               max(slot_milli_viewers) AS bucket_peak, sum(slot_samples) AS bucket_samples
        FROM (
          SELECT ${subject}, slot, sum(toFloat64(milli_viewers)) AS slot_milli_viewers, sum(samples) AS slot_samples
          FROM (${slots}) GROUP BY subject, slot
        )
        GROUP BY subject, bucket
      )
      GROUP BY subject`,
    row: z.object({
      subject: z.string(),
      starts: z.array(whole),
      slots: z.array(whole),
      milli_viewers: z.array(thousandths),
      milli_peaks: z.array(thousandths),
      samples: z.array(whole),
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
      const subjects = subjectsOf(ask)
      checkPoints(subjects.length, ask, 'streams')
      if (subjects.length === 0) return new Map()
      const { buckets, slots } = slotsOf(tenant, ask, clock.now())
      const rows = await clickHouse.query(
        seriesQuery(tenant, { buckets, slots, subject: subjectOf(ask) }),
        options,
      )
      const found = new Map(
        rows.map(({ subject, milli_viewers, milli_peaks, ...lists }) => [
          subject,
          { ...lists, milliViewers: milli_viewers, milliPeaks: milli_peaks },
        ]),
      )
      return new Map(subjects.map((name) => [name, fillSeries(buckets, found.get(name) ?? noBuckets)]))
    },
  }
}

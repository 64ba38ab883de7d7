import { z } from 'zod'
import { pointsOf, type Buckets } from '../../platform/buckets.ts'
import { bucketOf } from '../../platform/clickhouse/bucket.ts'
import type { ClickHouse, QueryOptions } from '../../platform/clickhouse/client.ts'
import { defineQuery, whole } from '../../platform/clickhouse/query.ts'
import { p, sql, type Sql } from '../../platform/clickhouse/sql.ts'
import type { Clock } from '../../platform/clock.ts'
import type { TenantId } from '../../platform/ids.ts'
import { dimensions, groupColumns } from './viewer-dimensions.queries.ts'
import type { GroupKey, ViewersBy } from './viewer-groups.ts'
import { checkPoints, thousandths } from './viewer-series.queries.ts'
import { measure, unmeasured, type Measured, type ViewerPoint } from './viewer-series.ts'
import { slotsOf } from './viewer-slots.queries.ts'
import { subjectOf, subjectsOf, type ViewerRange } from './viewer-subjects.queries.ts'

/** A part of a series. Its average is over the minutes that the whole was measured in, so that parts add up. */
export type ViewerGroup = GroupKey &
  Measured & {
    readonly average: number
    readonly peak: number
    /** Part of the viewer minutes of the whole, 0 to 1; null where nobody watched. */
    readonly share: number | null
  }
export type ViewerGroupPoints = {
  readonly groups: readonly (GroupKey & { readonly points: readonly ViewerPoint[] })[]
  /** Of a group that was not found: a newer sample may have put its viewers elsewhere meanwhile. */
  readonly none: readonly ViewerPoint[]
}

type Ask = ViewerRange & { readonly by: ViewersBy }

export type ViewerBreakdownQueries = {
  /**
   * Of each subject its groups over the whole range, largest first: the `first` of them. Cities and places are
   * known of as long as samples are kept. Throws what `viewerSeries` throws.
   */
  viewerGroups(
    tenant: TenantId,
    ask: Ask & { readonly first: number },
    options?: QueryOptions,
  ): Promise<Map<string, ViewerGroup[]>>
  /** Of each subject its groups of these keys over time. A bucket in which the whole was measured is measured. */
  viewerGroupPoints(
    tenant: TenantId,
    ask: Ask & { readonly keys: readonly string[] },
    options?: QueryOptions,
  ): Promise<Map<string, ViewerGroupPoints>>
}

const row = z.object({
  subject: z.string(),
  group_key: z.string(),
  group_country: z.string(),
  whole,
  starts: z.array(whole),
  slots: z.array(whole),
  milli_viewers: z.array(thousandths),
  milli_peaks: z.array(thousandths),
  samples: z.array(whole),
})
type Row = z.infer<typeof row>

type Statement = { readonly name: string; readonly buckets: Buckets; readonly slots: Sql; readonly end: Sql }

/** Of each subject the row of the whole first, then its groups, largest first. */
const groupsQuery = (tenant: TenantId, ask: Ask, statement: Statement) =>
  defineQuery({
    name: `audience.${statement.name}`,
    shared: true,
    tenant,
    sql: sql`
      SELECT subject, group_key, group_country, whole, groupArray(bucket) AS starts, groupArray(slot_count) AS slots,
             groupArray(bucket_milli_viewers) AS milli_viewers, groupArray(bucket_peak) AS milli_peaks,
             groupArray(bucket_samples) AS samples
      FROM (
        SELECT subject, group_key, group_country, bucket, grouping(group_key) AS whole, uniqExact(slot) AS slot_count,
               sum(slot_milli_viewers) AS bucket_milli_viewers, max(slot_milli_viewers) AS bucket_peak,
               sum(slot_samples) AS bucket_samples
        FROM (
          SELECT ${subjectOf(ask)}, ${groupColumns(ask.by)}, slot, ${bucketOf(statement.buckets, sql`slot`)} AS bucket,
                 sum(toFloat64(milli_viewers)) AS slot_milli_viewers, sum(samples) AS slot_samples
          FROM (${statement.slots}) GROUP BY subject, group_key, group_country, slot
        )
        GROUP BY GROUPING SETS ((subject, group_key, group_country, bucket), (subject, bucket))
      )
      GROUP BY subject, group_key, group_country, whole
      ${statement.end}`,
    row,
  })

const groupOf = (by: ViewersBy, own: Row, all: Row, stepMs: number): ViewerGroup => {
  const [milliViewers = 0, ofAll = 0] = [own.milli_viewers[0], all.milli_viewers[0]]
  const of = { milliViewers, milliPeak: own.milli_peaks[0]!, slots: all.slots[0]! }
  return {
    by,
    key: own.group_key,
    countryCode: own.group_country,
    ...measure(of, stepMs),
    samples: own.samples[0]!,
    share: ofAll > 0 ? milliViewers / ofAll : null,
  }
}

const pointsIn = (buckets: Buckets, own: Row | undefined, all: Row | undefined): ViewerPoint[] => {
  const places = (of: Row | undefined) => new Map(of?.starts.map((start, at) => [start * 1000, at]))
  const [ofOwn, ofAll] = [places(own), places(all)]
  return pointsOf(buckets, (time): ViewerPoint => {
    const [at, within] = [ofOwn.get(time.getTime()) ?? -1, ofAll.get(time.getTime())]
    if (!all || within === undefined) return { time, ...unmeasured }
    const [milliViewers = 0, milliPeak = 0] = [own?.milli_viewers[at], own?.milli_peaks[at]]
    const of = { milliViewers, milliPeak, slots: all.slots[within]! }
    return { time, ...measure(of, buckets.stepMs), samples: own?.samples[at] ?? 0 }
  })
}

/** Without the whole, which comes with every group, there is none. */
const bySubject = async <T>(
  ask: Ask,
  rows: Promise<readonly Row[]>,
  answer: (groups: readonly Row[], all: Row | undefined) => T,
): Promise<Map<string, T>> => {
  const found = Map.groupBy(await rows, ({ subject }) => subject)
  return new Map(
    subjectsOf(ask).map((subject) => {
      const all = found.get(subject)?.find((each) => each.whole)
      return [subject, answer(found.get(subject)?.filter((each) => !each.whole) ?? [], all)]
    }),
  )
}

/** Parts of the viewers over time. Every function reads the rows of the tenant alone. */
export const createViewerBreakdownQueries = (deps: {
  readonly clickHouse: ClickHouse
  readonly clock: Clock
}): ViewerBreakdownQueries => {
  const { clickHouse, clock } = deps
  return {
    viewerGroups: async (tenant, ask, options) => {
      if (subjectsOf(ask).length === 0) return new Map()
      const { buckets, slots } = slotsOf(tenant, ask, clock.now(), dimensions[ask.by].attribute)
      // One bucket for all: no more is told than asked for.
      const one = { ...buckets, starts: buckets.starts.slice(0, 1), even: false }
      const end = sql`ORDER BY whole DESC, arraySum(milli_viewers) DESC, group_key, group_country
        LIMIT ${p.uInt32(ask.first + 1)} BY subject`
      const rows = clickHouse.query(
        groupsQuery(tenant, ask, { name: 'viewerGroups', buckets: one, slots, end }),
        options,
      )
      return bySubject(ask, rows, (groups, all) =>
        groups.map((own) => groupOf(ask.by, own, all!, ask.stepMs)),
      )
    },
    viewerGroupPoints: async (tenant, ask, options) => {
      checkPoints(subjectsOf(ask).length * ask.keys.length, ask, 'groups')
      const { buckets, slots } = slotsOf(tenant, ask, clock.now(), dimensions[ask.by].attribute)
      const end = sql`HAVING whole OR group_key IN (${p.texts(ask.keys)})`
      const rows = clickHouse.query(
        groupsQuery(tenant, ask, { name: 'viewerGroupPoints', buckets, slots, end }),
        options,
      )
      return bySubject(ask, rows, (groups, all) => ({
        groups: groups.map((own) => ({
          by: ask.by,
          key: own.group_key,
          countryCode: own.group_country,
          points: pointsIn(buckets, own, all),
        })),
        none: pointsIn(buckets, undefined, all),
      }))
    },
  }
}

import { z } from 'zod'
import { pointsOf, rangeOf, seriesOf, type Buckets, type Window } from '../../platform/buckets.ts'
import { bucketOf } from '../../platform/clickhouse/bucket.ts'
import type { ClickHouse, QueryOptions } from '../../platform/clickhouse/client.ts'
import { defineQuery, whole } from '../../platform/clickhouse/query.ts'
import type { SeriesOf } from '../../platform/clickhouse/series-rows.ts'
import { p, sql, type Sql } from '../../platform/clickhouse/sql.ts'
import { chooseTable, reaches } from '../../platform/clickhouse/tables.ts'
import type { Clock } from '../../platform/clock.ts'
import type { TenantId } from '../../platform/ids.ts'
import { keyOf, metricWhere, partsOf, type MetricAsk } from './metric-filter.queries.ts'
import { increasesOf, type Increases } from './metric-increases.queries.ts'
import { binOf, percentileBins } from '../../platform/clickhouse/sketch.ts'
import { valuesOf, type MetricSums, type MetricValues } from './metric-values.ts'

export type MetricSeries = SeriesOf<MetricValues>
export type MetricSeriesAsk = MetricAsk & Window
/** `parts` are the values of the names that were asked by, in their order. */
export type MetricGroup = MetricValues & Pick<MetricSeries, 'points'> & { readonly parts: readonly string[] }

export type MetricSeriesQueries = {
  /**
   * The points of a filter per bucket and in all. The step comes from `chooseStep`, which bounds the buckets.
   * Throws as ClickHouse.query, and LIMIT_EXCEEDED for a range whose points are not kept any more. Where only
   * the rollup reaches that far back, increases and rates of counters are null.
   */
  series(tenant: TenantId, ask: MetricSeriesAsk, options?: QueryOptions): Promise<MetricSeries>
  /** The same by service, host or labels: the `first` groups, largest sum first. */
  groups(
    tenant: TenantId,
    ask: MetricSeriesAsk & { readonly by: readonly string[]; readonly first: number },
    options?: QueryOptions,
  ): Promise<readonly MetricGroup[]>
}

const tables = [
  { table: 'metric_points_1m', everyMs: 60_000 },
  { table: 'metric_points_10s', everyMs: 10_000 },
  { table: 'metric_points', everyMs: 1_000 },
] as const

type Table = (typeof tables)[number]['table']

const merged = sql`
  sum(points) AS points_count, sumIf(points, kind = 'COUNTER') AS counter_points,
  sumIf(points, kind = 'HISTOGRAM') AS observations, min(value_min) AS least, max(value_max) AS most,
  argMaxMerge(value_last) AS newest, sumMap(bins) AS all_bins`
const mergedTotal = sql`sumKahanMerge(value_sum)`
const counted: Readonly<Record<Table, { readonly from: Sql; readonly total: Sql; readonly rest: Sql }>> = {
  metric_points_1m: { from: sql`FROM metric_points_1m`, total: mergedTotal, rest: merged },
  metric_points_10s: { from: sql`FROM metric_points_10s`, total: mergedTotal, rest: merged },
  metric_points: {
    from: sql`FROM metric_points`,
    total: sql`sumKahan(value)`,
    rest: sql`
      count() AS points_count, countIf(kind = 'COUNTER') AS counter_points,
      countIf(kind = 'HISTOGRAM') AS observations, min(value) AS least, max(value) AS most,
      argMax(value, (time, value)) AS newest,
      sumMap(if(kind = 'COUNTER', CAST(map(), 'Map(Int32, UInt64)'), ${binOf(sql`value`)})) AS all_bins`,
  },
}

const number = z.union([z.string(), z.number()]).transform(Number)
const row = z.object({
  group_key: z.string(),
  start: whole,
  whole,
  points_count: whole,
  counter_points: whole,
  observations: whole,
  total: number,
  least: number,
  most: number,
  newest: number,
  found_bins: z.array(z.number()),
})

type Found = { all?: MetricSums; readonly at: Map<number, MetricSums> }

/** `increases` are unknown where their rows are not kept any more. */
const valuesIn = (
  buckets: Buckets,
  found: Found | undefined,
  increases: Increases | 'unknown' | undefined,
) => {
  const { starts, endMs } = buckets
  const increaseAt = (startMs: number) =>
    increases === 'unknown' ? undefined : (increases?.at.get(startMs) ?? 0)
  const all = increases === 'unknown' ? undefined : (increases?.all ?? 0)
  let index = 0
  const points = pointsOf(buckets, (time) => {
    const startMs = time.getTime()
    const lengthMs = (starts[(index += 1)] ?? endMs) - startMs
    return { time, ...valuesOf(found?.at.get(startMs), { lengthMs, increase: increaseAt(startMs) }) }
  })
  return { ...valuesOf(found?.all, { lengthMs: endMs - (starts[0] ?? endMs), increase: all }), points }
}

export const createMetricSeriesQueries = (deps: {
  readonly clickHouse: ClickHouse
  readonly clock: Clock
}): MetricSeriesQueries => {
  const { clickHouse, clock } = deps
  /** By the key of each group: the `first` of them, all without it. */
  const read = async (
    tenant: TenantId,
    ask: MetricSeriesAsk & { readonly by: readonly string[]; readonly first?: number },
    options?: QueryOptions,
  ) => {
    const { by, first, filter, project } = ask
    const { table, buckets } = chooseTable(tables, ask, clock.now())
    const inRange = { filter, project, range: rangeOf(buckets) }
    const where = metricWhere(tenant, inRange, { hours: table === 'metric_points' })
    const { from, total, rest } = counted[table]
    const key = keyOf(by)
    const top = sql`
      SELECT ${key} AS group_key ${from} WHERE ${where}
      GROUP BY group_key ORDER BY ${total} DESC, group_key LIMIT ${p.uInt32(first ?? 0)}`
    const query = defineQuery({
      name: first === undefined ? 'metrics.series' : 'metrics.groups',
      shared: true,
      tenant,
      sql: sql`
        SELECT group_key, start, whole, points_count, counter_points, observations, total, least, most, newest,
               ${percentileBins(sql`all_bins`)} AS found_bins
        FROM (
          SELECT ${key} AS group_key, ${bucketOf(buckets, sql`toUnixTimestamp(time)`)} AS start,
                 grouping(start) AS whole, ${total} AS total, ${rest}
          ${from}
          WHERE ${where} ${first === undefined ? sql`` : sql`AND ${key} IN (${top})`}
          GROUP BY GROUPING SETS ((group_key, start), (group_key))
        )`,
      row,
    })
    const found = new Map<string, Found>()
    for (const each of await clickHouse.query(query, options)) {
      const own = found.get(each.group_key) ?? { at: new Map<number, MetricSums>() }
      found.set(each.group_key, own)
      if (each.whole) own.all = each
      else own.at.set(each.start * 1_000, each)
    }
    const counters = [...found].filter(([, { all }]) => all && all.counter_points > 0).map(([of]) => of)
    const kept = reaches('metric_points', inRange.range, clock.now())
    const keys = first === undefined ? undefined : counters
    const increases =
      kept && counters.length > 0
        ? await increasesOf(clickHouse, tenant, { filter, project, buckets, by, keys }, options)
        : undefined
    return { buckets, found, increasesFor: (of: string) => (kept ? increases?.get(of) : 'unknown') }
  }

  return {
    series: async (tenant, ask, options) => {
      const { buckets, found, increasesFor } = await read(tenant, { ...ask, by: [] }, options)
      const [of = ''] = found.keys()
      return { ...seriesOf(buckets), ...valuesIn(buckets, found.get(of), increasesFor(of)) }
    },
    groups: async (tenant, ask, options) => {
      const { buckets, found, increasesFor } = await read(tenant, ask, options)
      const groups = Array.from(found, ([of, sums]) => ({
        key: of,
        parts: partsOf(of),
        ...valuesIn(buckets, sums, increasesFor(of)),
      }))
      return groups
        .toSorted((a, b) => (b.sum ?? 0) - (a.sum ?? 0) || (a.key < b.key ? -1 : 1))
        .map(({ key: _key, ...group }) => group)
    },
  }
}

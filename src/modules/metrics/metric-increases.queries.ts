import { z } from 'zod'
import { rangeOf, type Buckets } from '../../platform/buckets.ts'
import { bucketOf } from '../../platform/clickhouse/bucket.ts'
import type { ClickHouse, QueryOptions } from '../../platform/clickhouse/client.ts'
import { defineQuery, whole } from '../../platform/clickhouse/query.ts'
import { joinSql, p, sql } from '../../platform/clickhouse/sql.ts'
import type { TenantId } from '../../platform/ids.ts'
import { keyOf, metricWhere, type MetricAsk } from './metric-filter.queries.ts'

/** As far apart as two points of a series may be and still be neighbours; above it the series begins anew. */
export const NEIGHBOUR_MS = 3_600_000

type Ask = Omit<MetricAsk, 'range'> & {
  readonly buckets: Buckets
  readonly by: readonly string[]
  /** Of which groups, by their keys; of all unless given. */
  readonly keys?: readonly string[] | undefined
}

/** By how much the counters of a group rose: in all, and by the start of the bucket in milliseconds. */
export type Increases = { readonly all: number; readonly at: ReadonlyMap<number, number> }

const number = z.union([z.string(), z.number()]).transform(Number)

/**
 * The increases of counters by group, exact over resets in whatever order points came.
 *
 * Of each series (one name, project, environment, service, host and set of labels) each point is compared with the
 * one before it in time. The rule of a reset is that of Prometheus
 * (prometheus.io/docs/prometheus/latest/querying/functions/#increase, #resets): a value smaller than the one before
 * is a reset of the counter to 0, and the increase is the new value; else it is the difference. It belongs to the
 * bucket of the later point, and increases of series are added up. A first point increases nothing, since nothing
 * is known of when it rose. Unlike Prometheus nothing is extrapolated to the edges of a bucket, and the point before
 * it counts: so the increases of buckets add up to that of the range, and one of whole numbers is whole.
 *
 * It reads the raw rows, also where rollups answer the rest: `0014_metric_points.sql` says why no rollup can tell.
 * Throws as ClickHouse.query.
 */
export const increasesOf = async (
  clickHouse: ClickHouse,
  tenant: TenantId,
  { buckets, by, keys, ...ask }: Ask,
  options?: QueryOptions,
): Promise<ReadonlyMap<string, Increases>> => {
  const { from, to } = rangeOf(buckets)
  const range = { from: new Date(from.getTime() - NEIGHBOUR_MS), to }
  const held = [
    metricWhere(tenant, { ...ask, range }, { hours: true }),
    sql`kind = 'COUNTER'`,
    ...(keys ? [sql`${keyOf(by)} IN (${p.texts(keys)})`] : []),
  ]
  const query = defineQuery({
    name: 'metrics.increases',
    shared: true,
    tenant,
    // Of two points at one time the larger is the later.
    sql: sql`
      SELECT group_key, ${bucketOf(buckets, sql`toUnixTimestamp(at)`)} AS start, grouping(start) AS whole,
             sumKahan(if(reading < previous, reading, reading - previous)) AS increase
      FROM (
        SELECT ${keyOf(by)} AS group_key, time AS at, value AS reading,
               lagInFrame(time, 1, toDateTime64(0, 3, 'UTC')) OVER own AS before,
               lagInFrame(value) OVER own AS previous
        FROM metric_points
        WHERE ${joinSql(held, ' AND ')}
        WINDOW own AS (PARTITION BY series_id ORDER BY time, value ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)
      )
      WHERE at >= ${p.dateTime(from)} AND toUnixTimestamp64Milli(at) - toUnixTimestamp64Milli(before) <= ${p.uInt32(NEIGHBOUR_MS)}
      GROUP BY GROUPING SETS ((group_key, start), (group_key))`,
    row: z.object({ group_key: z.string(), start: whole, whole, increase: number }),
  })
  const found = new Map<string, { all: number; at: Map<number, number> }>()
  for (const row of await clickHouse.query(query, options)) {
    const own = found.get(row.group_key) ?? { all: 0, at: new Map<number, number>() }
    found.set(row.group_key, own)
    if (row.whole) own.all = row.increase
    else own.at.set(row.start * 1_000, row.increase)
  }
  return found
}

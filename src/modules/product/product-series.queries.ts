import { z } from 'zod'
import { pointsOf, rangeOf, seriesOf, type Window } from '../../platform/buckets.ts'
import type { ClickHouse, QueryOptions } from '../../platform/clickhouse/client.ts'
import { defineQuery, whole } from '../../platform/clickhouse/query.ts'
import { bucketOf } from '../../platform/clickhouse/bucket.ts'
import { p, sql, type Sql } from '../../platform/clickhouse/sql.ts'
import { chooseTable } from '../../platform/clickhouse/tables.ts'
import type { Clock } from '../../platform/clock.ts'
import { columnsOf, type Filter } from '../../platform/filter-tree.ts'
import type { TenantId } from '../../platform/ids.ts'
import type { TimeRange } from '../../platform/time-range.ts'
import { isOfRollup, productWhere, type ProductAsk } from './product-filter.queries.ts'

/** Events, and different users among those that have one. Users of a whole are never the sum of its parts. */
export type ProductCounts = { readonly count: number; readonly users: number }
export type ProductPoint = ProductCounts & { readonly time: Date }
export type ProductSeriesAsk = ProductAsk & Window

/** `from` and `to` are the asked range in whole buckets. */
export type ProductSeries = TimeRange &
  Omit<Window, 'range'> &
  ProductCounts & { readonly points: readonly ProductPoint[] }
export type ProductTypeSeries = ProductCounts & {
  readonly eventType: string
  readonly points: readonly ProductPoint[]
}

const tablesFor = (filter: Filter) => {
  const answers = [...columnsOf(filter)].every(isOfRollup)
  return [
    { table: 'product_events_1h', everyMs: 3_600_000, answers },
    { table: 'product_events_1m', everyMs: 60_000, answers },
    { table: 'product_events', everyMs: 1_000 },
  ] as const
}

const merged = sql`sum(events) AS events_count, uniqCombined64IfMerge(users) AS people`
const counted: Readonly<Record<ReturnType<typeof tablesFor>[number]['table'], Sql>> = {
  product_events_1h: sql`${merged} FROM product_events_1h`,
  product_events_1m: sql`${merged} FROM product_events_1m`,
  product_events: sql`count() AS events_count, uniqCombined64If(user_id, user_id != '') AS people FROM product_events`,
}

export type ProductSeriesQueries = {
  /**
   * Events and users of the filter per bucket and in all. The step comes from `chooseStep`, which bounds the
   * points. Users are estimated with an error of about 0.5 % above some thousand, and exact below. Throws as
   * ClickHouse.query, and LIMIT_EXCEEDED for a range whose events are not kept any more.
   */
  series(tenant: TenantId, ask: ProductSeriesAsk, options?: QueryOptions): Promise<ProductSeries>
  /** The same of each type, most events first: the `first` of them. */
  types(
    tenant: TenantId,
    ask: ProductSeriesAsk & { readonly first: number },
    options?: QueryOptions,
  ): Promise<readonly ProductTypeSeries[]>
}

const none: ProductCounts = { count: 0, users: 0 }

export const createProductSeriesQueries = (deps: {
  readonly clickHouse: ClickHouse
  readonly clock: Clock
}): ProductSeriesQueries => {
  const chosen = (tenant: TenantId, ask: ProductSeriesAsk) => {
    const { table, buckets } = chooseTable(tablesFor(ask.filter), ask, deps.clock.now())
    const inRange = { ...ask, range: rangeOf(buckets) }
    const where = productWhere(tenant, inRange, { hours: table === 'product_events' })
    const bucket = sql`${bucketOf(buckets, sql`toUnixTimestamp(time)`)} AS start`
    const points = (found: ReadonlyMap<number, ProductCounts> | undefined): ProductPoint[] =>
      pointsOf(buckets, (time) => ({ time, ...(found?.get(time.getTime()) ?? none) }))
    return { table, buckets, where, bucket, points }
  }

  return {
    series: async (tenant, ask, options) => {
      const { table, buckets, where, bucket, points } = chosen(tenant, ask)
      const query = defineQuery({
        name: 'product.series',
        shared: true,
        tenant,
        sql: sql`
          SELECT ${bucket}, grouping(start) AS whole, ${counted[table]}
          WHERE ${where}
          GROUP BY GROUPING SETS ((start), ())`,
        row: z.object({ start: whole, whole, events_count: whole, people: whole }),
      })
      const found = new Map<number, ProductCounts>()
      let total = none
      for (const { start, whole: isTotal, events_count: count, people } of await deps.clickHouse.query(
        query,
        options,
      )) {
        if (isTotal) total = { count, users: people }
        else found.set(start * 1000, { count, users: people })
      }
      return { ...seriesOf(buckets), ...total, points: points(found) }
    },

    types: async (tenant, ask, options) => {
      const { table, where, bucket, points } = chosen(tenant, ask)
      const query = defineQuery({
        name: 'product.types',
        shared: true,
        tenant,
        sql: sql`
          WITH top AS (
            SELECT event_type, ${counted[table]} WHERE ${where}
            GROUP BY event_type ORDER BY events_count DESC, event_type LIMIT ${p.uInt32(ask.first)})
          SELECT event_type, ${bucket}, grouping(start) AS whole, ${counted[table]}
          WHERE ${where} AND event_type IN (SELECT event_type FROM top)
          GROUP BY GROUPING SETS ((event_type, start), (event_type))`,
        row: z.object({ event_type: z.string(), start: whole, whole, events_count: whole, people: whole }),
      })
      const totals = new Map<string, ProductCounts>()
      const found = new Map<string, Map<number, ProductCounts>>()
      for (const row of await deps.clickHouse.query(query, options)) {
        const counts = { count: row.events_count, users: row.people }
        if (row.whole) totals.set(row.event_type, counts)
        else {
          const own = found.get(row.event_type) ?? new Map<number, ProductCounts>()
          found.set(row.event_type, own.set(row.start * 1000, counts))
        }
      }
      return [...totals]
        .map(([eventType, total]) => ({ eventType, ...total, points: points(found.get(eventType)) }))
        .toSorted((a, b) => b.count - a.count || (a.eventType < b.eventType ? -1 : 1))
    },
  }
}

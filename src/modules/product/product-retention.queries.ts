import { z } from 'zod'
import { cutBuckets } from '../../platform/buckets.ts'
import { bucketOf } from '../../platform/clickhouse/bucket.ts'
import type { ClickHouse, QueryOptions } from '../../platform/clickhouse/client.ts'
import { defineQuery, whole } from '../../platform/clickhouse/query.ts'
import { sql, type Sql } from '../../platform/clickhouse/sql.ts'
import { requireKept } from '../../platform/clickhouse/tables.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Filter } from '../../platform/filter-tree.ts'
import type { TenantId } from '../../platform/ids.ts'
import { dayAt } from '../../platform/time-zone.ts'
import { productWhere, type ProductAsk } from './product-filter.queries.ts'

const DAY_MS = 86_400_000

export type ProductCohort = {
  /** The day in the time zone: YYYY-MM-DD. */
  readonly day: string
  /** Users whose first matching event of the range was on that day. */
  readonly users: number
  /** How many of them came back so many days later, from the same day (0) on. */
  readonly returned: readonly number[]
}

export type ProductRetentionQueries = {
  /**
   * Who came back: users by the day of their first `start` event in the range, and on how many of the days
   * after it they had a `back` event. Days are those of the time zone.
   */
  retention(
    tenant: TenantId,
    ask: Omit<ProductAsk, 'filter'> & {
      readonly start: Filter
      readonly back: Filter
      readonly timezone: string
    },
    options?: QueryOptions,
  ): Promise<readonly ProductCohort[]>
}

export const createProductRetentionQueries = (deps: {
  readonly clickHouse: ClickHouse
  readonly clock: Clock
}): ProductRetentionQueries => ({
  retention: async (tenant, { start, back, timezone, ...ask }, options) => {
    requireKept('product_events', ask.range, deps.clock.now())
    // Days as those of every series: ClickHouse's own database of zones lacks some names.
    const buckets = cutBuckets({ range: ask.range, stepMs: DAY_MS, zone: timezone })
    const dayOf = (time: Sql) => bucketOf(buckets, sql`toUnixTimestamp(${time})`)
    const query = defineQuery({
      name: 'product.retention',
      shared: true,
      tenant,
      sql: sql`
        WITH
          firsts AS (
            SELECT user_id, ${dayOf(sql`min(time)`)} AS day
            FROM product_events WHERE ${productWhere(tenant, { ...ask, filter: start })} AND user_id != ''
            GROUP BY user_id),
          days AS (
            SELECT DISTINCT user_id, ${dayOf(sql`time`)} AS seen
            FROM product_events WHERE ${productWhere(tenant, { ...ask, filter: back })} AND user_id != '')
        SELECT day, NULL AS seen, count() AS people FROM firsts GROUP BY day
        UNION ALL
        SELECT firsts.day AS day, days.seen AS seen, count() AS people
        FROM firsts INNER JOIN days ON days.user_id = firsts.user_id
        WHERE seen >= day GROUP BY firsts.day, days.seen`,
      row: z.object({ day: whole, seen: whole.nullable(), people: whole }),
    })
    const places = new Map(buckets.starts.map((startMs, at) => [startMs / 1000, at]))
    const cohorts = new Map<number, { users: number; returned: number[] }>()
    const rows = await deps.clickHouse.query(query, options)
    for (const { day, seen, people } of rows) {
      const cohort = cohorts.get(day) ?? { users: 0, returned: [] }
      cohorts.set(day, cohort)
      if (seen === null) cohort.users = people
      else cohort.returned[places.get(seen)! - places.get(day)!] = people
    }
    return [...cohorts]
      .toSorted(([one], [other]) => one - other)
      .map(([day, { users, returned }]) => ({
        day: dayAt(day * 1000, timezone),
        users,
        returned: Array.from(returned, (each) => each ?? 0),
      }))
  },
})

import { z } from 'zod'
import type { ClickHouse, QueryOptions } from '../../platform/clickhouse/client.ts'
import { defineQuery, whole } from '../../platform/clickhouse/query.ts'
import { p, sql } from '../../platform/clickhouse/sql.ts'
import { requireKept } from '../../platform/clickhouse/tables.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Filter } from '../../platform/filter-tree.ts'
import type { TenantId } from '../../platform/ids.ts'
import { productWhere, type ProductAsk } from './product-filter.queries.ts'

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
    const zone = p.text(timezone)
    const query = defineQuery({
      name: 'product.retention',
      shared: true,
      tenant,
      sql: sql`
        WITH
          firsts AS (
            SELECT user_id, toDate(min(time), ${zone}) AS day
            FROM product_events WHERE ${productWhere(tenant, { ...ask, filter: start })} AND user_id != ''
            GROUP BY user_id),
          days AS (
            SELECT DISTINCT user_id, toDate(time, ${zone}) AS seen
            FROM product_events WHERE ${productWhere(tenant, { ...ask, filter: back })} AND user_id != '')
        SELECT toString(day) AS day, -1 AS later, count() AS people FROM firsts GROUP BY day
        UNION ALL
        SELECT toString(firsts.day) AS day, dateDiff('day', firsts.day, days.seen) AS later, count() AS people
        FROM firsts INNER JOIN days ON days.user_id = firsts.user_id
        WHERE later >= 0 GROUP BY firsts.day, later`,
      row: z.object({ day: z.string(), later: whole, people: whole }),
    })
    const cohorts = new Map<string, { users: number; returned: number[] }>()
    const rows = await deps.clickHouse.query(query, options)
    for (const { day, later, people } of rows) {
      const cohort = cohorts.get(day) ?? { users: 0, returned: [] }
      cohorts.set(day, cohort)
      if (later < 0) cohort.users = people
      else cohort.returned[later] = people
    }
    return [...cohorts]
      .map(([day, { users, returned }]) => ({
        day,
        users,
        returned: Array.from(returned, (each) => each ?? 0),
      }))
      .toSorted((a, b) => (a.day < b.day ? -1 : 1))
  },
})

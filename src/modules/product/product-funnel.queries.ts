import { z } from 'zod'
import type { ClickHouse, QueryOptions } from '../../platform/clickhouse/client.ts'
import { defineQuery, whole } from '../../platform/clickhouse/query.ts'
import { joinSql, p, sql } from '../../platform/clickhouse/sql.ts'
import { requireKept } from '../../platform/clickhouse/tables.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Filter } from '../../platform/filter-tree.ts'
import type { TenantId } from '../../platform/ids.ts'
import { eventSql, productWhere, type ProductAsk } from './product-filter.queries.ts'

export type ProductFunnelQueries = {
  /**
   * Of the users who met the first step: how many went on to each next one, in order, the last within
   * `withinMs` of the first. A user counts once, by the best run in the range. Answers a number for each step.
   */
  funnel(
    tenant: TenantId,
    ask: Omit<ProductAsk, 'filter'> & { readonly steps: readonly Filter[]; readonly withinMs: number },
    options?: QueryOptions,
  ): Promise<readonly number[]>
}

export const createProductFunnelQueries = (deps: {
  readonly clickHouse: ClickHouse
  readonly clock: Clock
}): ProductFunnelQueries => ({
  funnel: async (tenant, { steps, withinMs, ...ask }, options) => {
    requireKept('product_events', ask.range, deps.clock.now())
    const conditions = joinSql(steps.map(eventSql), ', ')
    const query = defineQuery({
      name: 'product.funnel',
      shared: true,
      tenant,
      // Without strict_once an event that meets two steps is taken for both of them.
      sql: sql`
        SELECT reached, count() AS people FROM (
          SELECT windowFunnel(${p.uInt64(withinMs)}, 'strict_once')(toUInt64(toUnixTimestamp64Milli(time)), ${conditions}) AS reached
          FROM product_events
          WHERE ${productWhere(tenant, { ...ask, filter: { any: steps } })} AND user_id != ''
          GROUP BY user_id)
        WHERE reached > 0 GROUP BY reached`,
      row: z.object({ reached: whole, people: whole }),
    })
    const rows = await deps.clickHouse.query(query, options)
    // Who reached a step has reached all before it.
    return steps.map((_step, at) =>
      rows.reduce((sum, { reached, people }) => (reached > at ? sum + people : sum), 0),
    )
  },
})

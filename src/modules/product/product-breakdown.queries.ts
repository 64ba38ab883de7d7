import { z } from 'zod'
import type { ClickHouse, QueryOptions } from '../../platform/clickhouse/client.ts'
import { defineQuery, whole } from '../../platform/clickhouse/query.ts'
import { rawJson, readRawJson } from '../../platform/clickhouse/raw-json.ts'
import { p, sql } from '../../platform/clickhouse/sql.ts'
import { requireKept } from '../../platform/clickhouse/tables.ts'
import type { Clock } from '../../platform/clock.ts'
import type { TenantId } from '../../platform/ids.ts'
import { productWhere, type ProductAsk } from './product-filter.queries.ts'
import type { ProductCounts } from './product-series.queries.ts'

export type ProductGroup = ProductCounts & {
  /** As it was sent, with its type; undefined for events without the property. */
  readonly value: unknown
}
export type ProductBreakdown = ProductCounts & { readonly groups: readonly ProductGroup[] }

export type ProductBreakdownQueries = {
  /**
   * Events and users by the value of a property, most events first: the `first` of them, and of all events in
   * the range. `path` leads to it, one name a level. Throws as ClickHouse.query, and LIMIT_EXCEEDED for a
   * range whose events are not kept any more.
   */
  breakdown(
    tenant: TenantId,
    ask: ProductAsk & { readonly path: readonly string[]; readonly first: number },
    options?: QueryOptions,
  ): Promise<ProductBreakdown>
}

export const createProductBreakdownQueries = (deps: {
  readonly clickHouse: ClickHouse
  readonly clock: Clock
}): ProductBreakdownQueries => ({
  breakdown: async (tenant, ask, options) => {
    requireKept('product_events', ask.range, deps.clock.now())
    const query = defineQuery({
      name: 'product.breakdown',
      shared: true,
      tenant,
      sql: sql`
        SELECT if((${rawJson(sql`properties`, ask.path)} AS raw) = 'null', '', raw) AS value, grouping(value) AS whole,
               count() AS events_count, uniqCombined64If(user_id, user_id != '') AS people
        FROM product_events
        WHERE ${productWhere(tenant, ask)}
        GROUP BY GROUPING SETS ((value), ())
        ORDER BY whole DESC, events_count DESC, value LIMIT ${p.uInt32(ask.first + 1)}`,
      row: z.object({ value: z.string(), whole, events_count: whole, people: whole }),
    })
    const rows = await deps.clickHouse.query(query, options)
    const counts = (row: (typeof rows)[number]): ProductCounts => ({
      count: row.events_count,
      users: row.people,
    })
    const all = rows.find((row) => row.whole)
    if (!all) throw new TypeError('a grouping set without columns answers one row')
    const groups = rows
      .filter((row) => !row.whole)
      .map((row) => ({
        value: readRawJson(row.value),
        ...counts(row),
      }))
    return { ...counts(all), groups }
  },
})

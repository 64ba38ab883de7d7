import { z } from 'zod'
import type { ClickHouse, QueryOptions } from '../../platform/clickhouse/client.ts'
import { factPage } from '../../platform/clickhouse/page.ts'
import { defineQuery, instant, whole } from '../../platform/clickhouse/query.ts'
import { sql } from '../../platform/clickhouse/sql.ts'
import { requireKept } from '../../platform/clickhouse/tables.ts'
import type { Clock } from '../../platform/clock.ts'
import type { FactPage, PageAsk } from '../../platform/fact-page.ts'
import type { TenantId } from '../../platform/ids.ts'
import { parseJson } from '../../platform/json.ts'
import { productWhere, type ProductAsk } from './product-filter.queries.ts'

/** With the digits of whole numbers beyond 2^53. */
const json = z.string().transform((text) => parseJson(text)?.value as object)

const eventRow = z
  .object({
    event_id: z.string(),
    at: instant,
    event_type: z.string(),
    user_id: z.string(),
    session_id: z.string(),
    properties: json,
  })
  .transform((row) => ({
    eventId: row.event_id,
    time: row.at,
    eventType: row.event_type,
    userId: row.user_id,
    sessionId: row.session_id,
    properties: row.properties,
  }))

export type ProductEvent = z.output<typeof eventRow>

export type ProductEventQueries = {
  /**
   * A page of events, newest first. Throws as ClickHouse.query, BAD_REQUEST for a cursor that isn't one, and
   * LIMIT_EXCEEDED for a range whose events are not kept any more.
   */
  page(
    tenant: TenantId,
    ask: ProductAsk,
    page: PageAsk,
    options?: QueryOptions,
  ): Promise<FactPage<ProductEvent>>
  count(tenant: TenantId, ask: ProductAsk, options?: QueryOptions): Promise<number>
}

export const createProductEventQueries = (deps: {
  readonly clickHouse: ClickHouse
  readonly clock: Clock
}): ProductEventQueries => ({
  page: async (tenant, ask, page, options) => {
    requireKept('product_events', ask.range, deps.clock.now())
    return factPage(page, ({ within, tail }) =>
      deps.clickHouse.query(
        defineQuery({
          name: 'product.eventPage',
          tenant,
          sql: sql`
            SELECT event_id, toUnixTimestamp64Milli(time) AS at, event_type, user_id, session_id, properties
            FROM product_events
            WHERE ${productWhere(tenant, ask)} ${within}
            ${tail}`,
          row: eventRow,
        }),
        options,
      ),
    )
  },

  count: async (tenant, ask, options) => {
    requireKept('product_events', ask.range, deps.clock.now())
    const query = defineQuery({
      name: 'product.eventCount',
      tenant,
      sql: sql`SELECT count() AS events FROM product_events WHERE ${productWhere(tenant, ask)}`,
      row: z.object({ events: whole }),
    })
    const [row] = await deps.clickHouse.query(query, options)
    if (!row) throw new TypeError('count() answers one row')
    return row.events
  },
})

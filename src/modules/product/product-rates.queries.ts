import { z } from 'zod'
import type { ClickHouse } from '../../platform/clickhouse/client.ts'
import { defineQuery, whole } from '../../platform/clickhouse/query.ts'
import { scoped, sql } from '../../platform/clickhouse/sql.ts'
import type { Clock } from '../../platform/clock.ts'
import type { TenantId } from '../../platform/ids.ts'
import { RATE_WINDOW_MS, secondOf, type SecondCount } from './product-rates.count.ts'

export type ProductRateQueries = {
  /** Events of each project, type and second of the last minute. Throws as ClickHouse.query. */
  lastMinute(tenant: TenantId): Promise<readonly SecondCount[]>
}

export const createProductRateQueries = (deps: {
  readonly clickHouse: ClickHouse
  readonly clock: Clock
}): ProductRateQueries => ({
  lastMinute: async (tenant) => {
    const nowMs = secondOf(deps.clock.now())
    // Clocks of producers run ahead: what is of the next seconds counts when they come.
    const range = { from: new Date(nowMs - RATE_WINDOW_MS), to: new Date(nowMs + RATE_WINDOW_MS) }
    const query = defineQuery({
      name: 'product.lastMinute',
      tenant,
      sql: sql`
        SELECT project_id, event_type, toUnixTimestamp(time) AS second, count() AS events
        FROM product_events
        WHERE ${scoped(tenant, range, { hours: true })}
        GROUP BY project_id, event_type, second`,
      row: z.object({ project_id: z.string(), event_type: z.string(), second: whole, events: whole }),
    })
    const rows = await deps.clickHouse.query(query)
    return rows.map((row) => ({
      project: row.project_id,
      eventType: row.event_type,
      secondMs: row.second * 1_000,
      count: row.events,
    }))
  },
})

import { z } from 'zod'
import type { ClickHouse } from '../../platform/clickhouse/client.ts'
import { factReads, type FactReads } from '../../platform/clickhouse/fact-reads.ts'
import { instant } from '../../platform/clickhouse/query.ts'
import { sql } from '../../platform/clickhouse/sql.ts'
import type { Clock } from '../../platform/clock.ts'
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

/** The list of events. */
export const createProductEventQueries = (deps: {
  readonly clickHouse: ClickHouse
  readonly clock: Clock
}): FactReads<ProductAsk, ProductEvent> =>
  factReads({
    ...deps,
    name: 'product.event',
    table: 'product_events',
    select: sql`event_id, toUnixTimestamp64Milli(time) AS at, event_type, user_id, session_id, properties`,
    row: eventRow,
    from: sql`product_events`,
    where: productWhere,
  })

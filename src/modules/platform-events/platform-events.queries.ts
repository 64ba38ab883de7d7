import { z } from 'zod'
import type { ClickHouse } from '../../platform/clickhouse/client.ts'
import { factReads, type FactReads } from '../../platform/clickhouse/fact-reads.ts'
import { instant } from '../../platform/clickhouse/query.ts'
import { sql } from '../../platform/clickhouse/sql.ts'
import type { Clock } from '../../platform/clock.ts'
import { parseJson } from '../../platform/json.ts'
import { platformEventWhere, type PlatformEventAsk } from './platform-event-filter.queries.ts'

const eventRow = z
  .object({
    event_id: z.string(),
    at: instant,
    project_id: z.string(),
    environment_id: z.string(),
    service: z.string(),
    host: z.string(),
    type: z.string(),
    version: z.string(),
    message: z.string(),
    // With the digits of whole numbers beyond 2^53.
    body: z.string().transform((text) => parseJson(text)?.value as object),
  })
  .transform((row) => ({
    eventId: row.event_id,
    time: row.at,
    projectId: row.project_id,
    environmentId: row.environment_id,
    service: row.service,
    host: row.host,
    type: row.type,
    version: row.version,
    message: row.message,
    body: row.body,
  }))

/** Its project and environment are the nil UUID for none. */
export type PlatformEvent = z.output<typeof eventRow>

/** The list of events. */
export const createPlatformEventQueries = (deps: {
  readonly clickHouse: ClickHouse
  readonly clock: Clock
}): FactReads<PlatformEventAsk, PlatformEvent> =>
  factReads({
    ...deps,
    name: 'platformEvents.event',
    table: 'platform_events',
    select: sql`event_id, toUnixTimestamp64Milli(time) AS at, project_id, environment_id, service, host, type, version,
                message, body`,
    row: eventRow,
    from: sql`platform_events`,
    where: platformEventWhere,
  })

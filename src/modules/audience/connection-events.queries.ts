import { z } from 'zod'
import type { ClickHouse } from '../../platform/clickhouse/client.ts'
import { factReadsBy, type FactReadsBy } from '../../platform/clickhouse/fact-reads.ts'
import { instant, whole } from '../../platform/clickhouse/query.ts'
import { sql } from '../../platform/clickhouse/sql.ts'
import type { Clock } from '../../platform/clock.ts'
import { connectionEventTypes } from './connection-event-type.ts'
import { connectionWhere, type ConnectionAsk } from './connection-filter.queries.ts'

const eventRow = z
  .object({
    event_id: z.string(),
    at: instant,
    internal_name: z.string(),
    session_id: z.string(),
    event_type: z.enum(connectionEventTypes),
    node_id: z.string(),
    connector: z.string(),
    address: z.string(),
    user_agent: z.string(),
    country_code: z.string(),
    city: z.string(),
    latitude: z.number(),
    longitude: z.number(),
    session_duration_s: whole,
    bytes_transferred: whole,
  })
  .transform((row) => ({
    eventId: row.event_id,
    time: row.at,
    internalName: row.internal_name,
    sessionId: row.session_id,
    eventType: row.event_type,
    nodeId: row.node_id,
    connector: row.connector,
    address: row.address,
    userAgent: row.user_agent,
    countryCode: row.country_code,
    city: row.city,
    latitude: row.latitude,
    longitude: row.longitude,
    sessionSeconds: row.session_duration_s,
    bytes: row.bytes_transferred,
  }))

export type ConnectionEvent = z.output<typeof eventRow>

/** The list of events, of the tenant and of each of some streams by their internal names. */
export const createConnectionEventQueries = (deps: {
  readonly clickHouse: ClickHouse
  readonly clock: Clock
}): FactReadsBy<ConnectionAsk, ConnectionEvent> =>
  factReadsBy({
    ...deps,
    name: 'audience.connection',
    table: 'connection_events',
    select: sql`event_id, toUnixTimestamp64Milli(time) AS at, internal_name, session_id, event_type, node_id,
                connector, address, user_agent, country_code, city, latitude, longitude, session_duration_s,
                bytes_transferred`,
    row: eventRow,
    from: sql`connection_events`,
    where: connectionWhere,
    by: sql`internal_name`,
    keyOf: ({ internalName }) => internalName,
    of: (ask, keys) => ({ ...ask, keys }),
  })

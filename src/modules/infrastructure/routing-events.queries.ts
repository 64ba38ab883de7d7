import { z } from 'zod'
import type { ClickHouse } from '../../platform/clickhouse/client.ts'
import { factReadsBy, type FactReadsBy } from '../../platform/clickhouse/fact-reads.ts'
import { instant } from '../../platform/clickhouse/query.ts'
import { sql } from '../../platform/clickhouse/sql.ts'
import type { Clock } from '../../platform/clock.ts'
import { parseJson } from '../../platform/json.ts'
import { routingWhere, type RoutingAsk } from './routing-filter.queries.ts'
import { outcomeOf, scoresOf } from './routing.rules.ts'

const object = z.string().transform((text) => parseJson(text)?.value as object)
/** Decimals travel as numbers or as text. */
const measured = z.union([z.string(), z.number()]).transform(Number).nullable()

const eventRow = z
  .object({
    event_id: z.string(),
    at: instant,
    internal_name: z.string(),
    selected_node: z.string(),
    status: z.string(),
    details: z.string(),
    score: measured,
    client_address: z.string(),
    client_country: z.string(),
    client_region: z.string(),
    client_city: z.string(),
    client_latitude: z.number().nullable(),
    client_longitude: z.number().nullable(),
    node_latitude: z.number().nullable(),
    node_longitude: z.number().nullable(),
    distance_km: measured,
    node_scores: object,
    routing_metadata: object,
  })
  .transform((row) => ({
    eventId: row.event_id,
    time: row.at,
    internalName: row.internal_name,
    nodeName: row.selected_node,
    outcome: outcomeOf(row.selected_node, row.status),
    status: row.status,
    details: row.details,
    score: row.score,
    clientAddress: row.client_address,
    countryCode: row.client_country,
    region: row.client_region,
    city: row.client_city,
    latitude: row.client_latitude,
    longitude: row.client_longitude,
    nodeLatitude: row.node_latitude,
    nodeLongitude: row.node_longitude,
    distanceKm: row.distance_km,
    scores: scoresOf(row.node_scores),
    metadata: row.routing_metadata,
  }))

export type RoutingEvent = z.output<typeof eventRow>

const declared = {
  table: 'routing_events',
  select: sql`event_id, toUnixTimestamp64Milli(time) AS at, internal_name, selected_node, status, details, score,
              client_address, client_country, client_region, client_city, client_latitude, client_longitude,
              node_latitude, node_longitude, distance_km, node_scores, routing_metadata`,
  row: eventRow,
  from: sql`routing_events`,
  where: routingWhere,
} as const

export type RoutingEventQueries = {
  /** Of the tenant, and of each of some edge nodes by their slugs. */
  readonly ofNodes: FactReadsBy<RoutingAsk, RoutingEvent>
  /** Of each of some streams by their internal names. */
  readonly ofStreams: FactReadsBy<RoutingAsk, RoutingEvent>
}

/** Decisions of routers, as lists. */
export const createRoutingEventQueries = (deps: {
  readonly clickHouse: ClickHouse
  readonly clock: Clock
}): RoutingEventQueries => ({
  ofNodes: factReadsBy({
    ...deps,
    ...declared,
    name: 'infrastructure.routing',
    by: sql`selected_node`,
    keyOf: ({ nodeName }) => nodeName,
    of: (ask, keys) => ({ ...ask, keys }),
  }),
  ofStreams: factReadsBy({
    ...deps,
    ...declared,
    name: 'infrastructure.streamRouting',
    by: sql`internal_name`,
    keyOf: ({ internalName }) => internalName,
    of: (ask, internalNames) => ({ ...ask, internalNames }),
  }),
})

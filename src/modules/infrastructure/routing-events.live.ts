import { liveFacts } from '../../ingest/live.ts'
import { routingEvents } from './routing-events.dataset.ts'
import { routingEventStoredTopic } from './routing-events.topics.ts'
import { outcomeOf } from './routing.rules.ts'

/** Tells of every routing decision that was stored. */
export const routingEventsLive = liveFacts(routingEvents, routingEventStoredTopic, (row) => ({
  eventId: row.event_id,
  time: new Date(row.time).toISOString(),
  internalName: row.internal_name,
  nodeName: row.selected_node,
  outcome: outcomeOf(row.selected_node, row.status),
  status: row.status,
  details: row.details,
  score: row.score ?? null,
  clientAddress: row.client_address,
  countryCode: row.client_country,
  region: row.client_region,
  city: row.client_city,
  latitude: row.client_latitude ?? null,
  longitude: row.client_longitude ?? null,
  nodeLatitude: row.node_latitude ?? null,
  nodeLongitude: row.node_longitude ?? null,
  distanceKm: row.distance_km ?? null,
  scores: row.node_scores,
  metadata: row.routing_metadata,
}))

import { liveFacts } from '../../ingest/live.ts'
import { connectionEvents } from './connection-events.dataset.ts'
import { connectionEventStoredTopic } from './connection-events.topics.ts'

/** Tells of every connection event that was stored. */
export const connectionEventsLive = liveFacts(connectionEvents, connectionEventStoredTopic, (row) => ({
  eventId: row.event_id,
  time: new Date(row.time).toISOString(),
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
  // A field of 64 bits may come as text; its bound is far below 2^53.
  bytes: Number(row.bytes_transferred),
}))

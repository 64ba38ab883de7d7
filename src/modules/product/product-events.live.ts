import { liveFacts } from '../../ingest/live.ts'
import { productEvents } from './product-events.dataset.ts'
import { productEventStoredTopic } from './product-events.topics.ts'

/** Tells of every event that was stored. */
export const productEventsLive = liveFacts(productEvents, productEventStoredTopic, (row) => ({
  eventId: row.event_id,
  time: new Date(row.time).toISOString(),
  project: row.project,
  eventType: row.event_type,
  userId: row.user_id,
  sessionId: row.session_id,
  properties: row.properties,
}))

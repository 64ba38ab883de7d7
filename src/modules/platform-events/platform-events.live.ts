import { liveFacts } from '../../ingest/live.ts'
import { platformEvents } from './platform-events.dataset.ts'
import { platformEventStoredTopic } from './platform-events.topics.ts'

/** Tells of every event that was stored. */
export const platformEventsLive = liveFacts(platformEvents, platformEventStoredTopic, (row) => ({
  eventId: row.event_id,
  time: new Date(row.time).toISOString(),
  projectId: row.project,
  environmentId: row.environment,
  service: row.service,
  host: row.host,
  type: row.type,
  version: row.version,
  message: row.message,
  body: row.body,
}))

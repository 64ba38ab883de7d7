import { liveFacts } from '../../ingest/live.ts'
import { logEvents } from './log-events.dataset.ts'
import { logEventStoredTopic } from './log.topics.ts'

/** Tells of every line that was stored, for tenants with a subscriber. */
export const logEventsLive = liveFacts(logEvents, logEventStoredTopic, (row) => ({
  eventId: row.event_id,
  time: new Date(row.time).toISOString(),
  projectId: row.project,
  environmentId: row.environment,
  service: row.service,
  host: row.host,
  level: row.level,
  message: row.message,
  traceId: row.trace_id,
  attributes: row.attributes,
}))

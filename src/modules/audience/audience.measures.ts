import { defineMeasure } from '../../ingest/measure.ts'
import { connectionEvents } from './connection-events.dataset.ts'
import { viewerSamples } from './viewer-samples.dataset.ts'

/** What alert rules can ask of who watches. */
export const audienceMeasures = [
  defineMeasure(viewerSamples, {
    labels: ['internal_name', 'node_id', 'connection_type', 'country_code', 'city'],
    values: ['viewer_count', 'connection_quality', 'buffer_health', 'bandwidth'],
    stepMs: 10_000,
  }),
  defineMeasure(connectionEvents, {
    labels: ['internal_name', 'node_id', 'event_type', 'connector', 'country_code', 'city'],
    texts: ['user_agent'],
    values: ['session_duration_s', 'bytes_transferred'],
    stepMs: 5_000,
  }),
]

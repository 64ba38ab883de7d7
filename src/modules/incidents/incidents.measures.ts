import { defineMeasure } from '../../ingest/measure.ts'
import { logEvents } from './log-events.dataset.ts'

/** What alert rules can ask of logs. */
export const incidentsMeasures = [
  defineMeasure(logEvents, {
    labels: ['level', 'service', 'host', 'project', 'environment', 'trace_id'],
    texts: ['message'],
    attributes: 'attributes',
    stepMs: 5_000,
  }),
]

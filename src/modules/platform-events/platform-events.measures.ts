import { defineMeasure } from '../../ingest/measure.ts'
import { platformEvents } from './platform-events.dataset.ts'

/** What alert rules can ask of what was done to the platform. */
export const platformEventsMeasures = [
  defineMeasure(platformEvents, {
    labels: ['type', 'service', 'host', 'version', 'project', 'environment'],
    texts: ['message'],
    stepMs: 5_000,
  }),
]

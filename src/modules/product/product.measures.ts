import { defineMeasure } from '../../ingest/measure.ts'
import { productEvents } from './product-events.dataset.ts'

/** What alert rules can ask of what people do in a product. */
export const productMeasures = [
  defineMeasure(productEvents, {
    labels: ['event_type', 'project', 'environment'],
    texts: ['user_id', 'session_id'],
    stepMs: 5_000,
  }),
]

import type { Measure } from '../ingest/measure.ts'
import { audienceMeasures } from './audience/audience.measures.ts'
import { incidentsMeasures } from './incidents/incidents.measures.ts'
import { infrastructureMeasures } from './infrastructure/infrastructure.measures.ts'
import { metricsMeasures } from './metrics/metrics.measures.ts'
import { platformEventsMeasures } from './platform-events/platform-events.measures.ts'
import { productMeasures } from './product/product.measures.ts'
import { streamingMeasures } from './streaming/streaming.measures.ts'

/** What alert rules can ask of each dataset, one line a domain. */
export const measures: ReadonlyMap<string, Measure> = new Map(
  [
    ...audienceMeasures,
    ...incidentsMeasures,
    ...infrastructureMeasures,
    ...metricsMeasures,
    ...platformEventsMeasures,
    ...productMeasures,
    ...streamingMeasures,
  ].map((measure) => [measure.dataset, measure]),
)

import type { Dataset } from '../ingest/dataset.ts'
import { audienceDatasets } from './audience/audience.datasets.ts'
import { incidentsDatasets } from './incidents/incidents.datasets.ts'
import { infrastructureDatasets } from './infrastructure/infrastructure.datasets.ts'
import { platformEventsDatasets } from './platform-events/platform-events.datasets.ts'
import { metricsDatasets } from './metrics/metrics.datasets.ts'
import { productDatasets } from './product/product.datasets.ts'
import { streamingDatasets } from './streaming/streaming.datasets.ts'

/**
 * Every dataset that ingest takes, one line a domain. Apart from `modules.ts`, so that `heliograph ingest`
 * knows their names without loading the graph.
 */
export const datasets: readonly Dataset[] = [
  ...audienceDatasets,
  ...incidentsDatasets,
  ...infrastructureDatasets,
  ...platformEventsDatasets,
  ...metricsDatasets,
  ...productDatasets,
  ...streamingDatasets,
]

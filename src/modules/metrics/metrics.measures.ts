import { defineMeasure } from '../../ingest/measure.ts'
import { metricPoints } from './metric-points.dataset.ts'

/** What alert rules can ask of metrics. */
export const metricsMeasures = [
  defineMeasure(metricPoints, {
    labels: ['name', 'service', 'host', 'kind', 'unit', 'project', 'environment'],
    attributes: 'labels',
    values: ['value'],
    stepMs: 10_000,
    counters: { series: 'series_id', kind: 'kind' },
  }),
]

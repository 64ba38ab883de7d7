import type { Core } from '../core.ts'
import { createMetricNameQueries } from './metric-names.queries.ts'
import './metric-names.schema.ts'
import { createMetricPointQueries } from './metric-points.queries.ts'
import './metric-points.schema.ts'
import { createMetricSeriesQueries } from './metric-series.queries.ts'
import './metric-series.schema.ts'

/** Gauges, counters and histograms of the tenant's own services. */
export const createMetrics = (core: Core) => ({
  metrics: {
    queries: {
      ...createMetricPointQueries(core),
      ...createMetricSeriesQueries(core),
      ...createMetricNameQueries(core),
    },
  },
})

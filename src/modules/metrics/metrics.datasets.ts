import { metricPoints } from './metric-points.dataset.ts'

export const metricsDatasets = [metricPoints]

export const metricKinds = ['GAUGE', 'COUNTER', 'HISTOGRAM'] as const
export type MetricKind = (typeof metricKinds)[number]

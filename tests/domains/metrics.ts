import { uuidv7 } from '../../src/platform/ids.ts'
import type { DomainFixture } from './fixture.ts'

export const metrics: DomainFixture = {
  facts: ({ word, viewers }) => ({
    metric_points: ['GAUGE', 'COUNTER', 'HISTOGRAM'].flatMap((kind) =>
      [1, 2].map((number) => ({
        event_id: uuidv7(),
        time: new Date(Date.now() - 1_000 * (3 - number)).toISOString(),
        service: `${word}-service`,
        host: `${word}-host`,
        name: `${word}.${kind.toLowerCase()}`,
        kind,
        unit: '1',
        value: viewers * number,
        labels: { route: `/${word}` },
      })),
    ),
  }),

  longest: {
    'Analytics.metricLabels': 100,
    'Analytics.metricNames': 1_000,
    'MetricLabel.values': 100,
    'MetricPoint.labels': 32,
    'MetricSeries.groups': 50,
    'MetricSeries.points': 3_000,
    'MetricSeriesGroup.labels': 8,
    'MetricSeriesGroup.points': 3_000,
  },

  literals: ({ word }) => ({
    'Analytics.metricSeries.name': `"${word}.counter"`,
    'Analytics.metricSeries.range': '{ last: "PT10M" }',
    'Analytics.metricSeries.step': '"PT5M"',
    'Analytics.metricLabels.name': `"${word}.counter"`,
    'Analytics.metricLabels.first': '10',
    'Analytics.metricNames.first': '10',
    'Query.metricPoints.first': '100',
    'MetricSeries.groups.by': '["service", "route"]',
    'MetricSeries.groups.first': '10',
  }),
}

import { builder } from '../../graphql/builder.ts'
import { clockOf } from '../../graphql/context.ts'
import { defineFactList } from '../../graphql/fact-list.ts'
import { Label } from '../../graphql/labels.ts'
import { resolveRange } from '../../platform/time-range.ts'
import { filterArgs, metricAskOf, MetricFilter, MetricKindEnum, rangeArgs } from './metric-filter.schema.ts'
import type { MetricPoint } from './metric-points.queries.ts'

const MetricPointRef = builder.objectRef<MetricPoint>('MetricPoint').implement({
  description: 'One point of a metric, as it was sent.',
  fields: (t) => ({
    eventId: t.exposeString('eventId', {
      description: 'Id of the point (a UUID): the same point sent twice counts once.',
    }),
    time: t.expose('time', { type: 'DateTime', description: 'Time at which it was measured.' }),
    name: t.exposeString('name', { description: 'Name of the metric.' }),
    kind: t.expose('kind', { type: MetricKindEnum, description: 'Kind of the metric.' }),
    unit: t.exposeString('unit', { description: 'Unit, as UCUM writes it; empty for none.' }),
    value: t.exposeFloat('value', { description: 'Value; of a counter its running total.' }),
    service: t.exposeString('service', {
      description: 'Service that sent the point; empty when it did not say.',
    }),
    host: t.exposeString('host', { description: 'Host that sent the point; empty when it did not say.' }),
    labels: t.field({
      type: [Label],
      description: 'Further names and values, by name.',
      extensions: { cost: { small: true, items: 32 } },
      resolve: ({ labels }) =>
        Object.entries(labels)
          .map(([name, value]) => ({ name, value }))
          .toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    }),
  }),
})

const MetricPoints = defineFactList({ of: MetricPointRef, items: 'points of metrics' })
MetricPoints.root('metricPoints', {
  action: 'metric:read',
  description: 'Points of metrics as they were sent, newest first.',
  args: { ...filterArgs, ...rangeArgs },
  ask: ({ filter, range }, context) =>
    metricAskOf({ filter }, resolveRange(range ?? {}, clockOf(context)), context),
  check: ({ filter, range }, clock) => {
    MetricFilter.parse(filter)
    resolveRange(range ?? {}, clock)
  },
  rows: ({ metrics }) => metrics.queries,
})

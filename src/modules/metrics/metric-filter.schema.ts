import { projectOf } from '../../auth/viewer.ts'
import { builder } from '../../graphql/builder.ts'
import type { Context } from '../../graphql/context.ts'
import { defineFilter, is } from '../../graphql/filters.ts'
import { TimeRangeInput } from '../../graphql/series.ts'
import type { TimeRange } from '../../platform/time-range.ts'
import { metricKinds, type MetricKind } from './metric-kind.ts'
import type { MetricAsk } from './metric-filter.queries.ts'

const meanings: Readonly<Record<MetricKind, string>> = {
  GAUGE: 'A value as it was read, such as a temperature.',
  COUNTER: 'A running total, which begins at 0 again when its service restarts.',
  HISTOGRAM: 'One observation, such as the duration of a request.',
}

export const MetricKindEnum = builder.enumType('MetricKind', {
  description: 'What the values of a metric are.',
  values: Object.fromEntries(
    metricKinds.map((kind) => [kind, { value: kind, description: meanings[kind] }]),
  ) as Record<MetricKind, { value: MetricKind; description: string }>,
})

export const MetricFilter = defineFilter(
  'Metric',
  {
    name: is.text('Name of the metric.'),
    kind: is.oneOf(MetricKindEnum, 'Kind of the metric.'),
    service: is.text('Service that sent the points.'),
    host: is.text('Host that sent the points.'),
    label: is.labels('Value of one label, by its name.'),
  },
  'points of metrics',
)

export const filterArgs = builder.args((t) => ({
  filter: t.field({ type: MetricFilter.type, description: 'Conditions on the points.' }),
}))
export const rangeArgs = builder.args((t) => ({
  range: t.field({ type: TimeRangeInput, description: 'Window of the points (default: the last 24 hours).' }),
}))
export const nameArgs = builder.args((t) => ({
  name: t.string({
    required: true,
    description: 'Name of the metric, such as http.server.request.duration.',
  }),
}))

/** What a credential may ask of metrics: one that is for a project sees the points of that project alone. */
export const metricAskOf = (
  { name, filter }: { readonly name?: string; readonly filter?: object | null | undefined },
  range: TimeRange,
  { viewer }: Context,
): MetricAsk => {
  const given = MetricFilter.parse(filter)
  const ofName = { column: 'name', operator: 'eq', value: name } as const
  return {
    filter: name === undefined ? given : { all: [ofName, given] },
    range,
    project: projectOf(viewer),
  }
}

import { Analytics } from '../../graphql/analytics.schema.ts'
import { builder, type GraphTypes } from '../../graphql/builder.ts'
import { tenantOf } from '../../graphql/context.ts'
import { Label } from '../../graphql/labels.ts'
import { asksClickHouseFor, type Check, type FieldCost } from '../../graphql/limits/cost.ts'
import { Series, seriesField, seriesPoints } from '../../graphql/series.ts'
import { AppError } from '../../platform/errors.ts'
import { filterArgs, metricAskOf, MetricFilter, nameArgs } from './metric-filter.schema.ts'
import type { MetricGroup, MetricSeries, MetricSeriesAsk } from './metric-series.queries.ts'
import type { MetricValues } from './metric-values.ts'

/** More lines than a chart can show apart. */
export const MAX_GROUPS = 50
/** More names than a table shows side by side. */
export const MAX_NAMES = 8

const ERROR = 'at most 1.1 % from the exact one'

/** What a bucket and the whole window tell alike. */
const valueFields = <T extends MetricValues>(t: PothosSchemaTypes.ObjectFieldBuilder<GraphTypes, T>) => {
  const builderOf = t as unknown as PothosSchemaTypes.ObjectFieldBuilder<GraphTypes, MetricValues>
  const value = (name: Exclude<keyof MetricValues, 'count'>, description: string) =>
    builderOf.exposeFloat(name, { nullable: true, description })
  const measured = (name: Exclude<keyof MetricValues, 'count'>, description: string) =>
    value(name, `${description}; null where there is no point.`)
  const percentile = (name: 'p50' | 'p90' | 'p95' | 'p99', rank: string) =>
    value(
      name,
      `${rank} of gauges and histograms (${ERROR}); null for counters, and where there is no point.`,
    )
  return {
    count: builderOf.expose('count', { type: 'BigInt', description: 'Number of points.' }),
    sum: measured('sum', 'Sum of the values'),
    avg: measured('avg', 'Mean of the values'),
    min: measured('min', 'Lowest value'),
    max: measured('max', 'Highest value'),
    last: measured('last', 'Value of the latest point, the largest of several at that time'),
    increase: value(
      'increase',
      'By how much counters rose, over resets, added up over their series; null where there is no counter, and before the 90 days for which points are kept.',
    ),
    rate: value(
      'rate',
      'Increase a second of counters, or number of observations a second of histograms; null for gauges, and where `increase` is null for a counter.',
    ),
    p50: percentile('p50', 'Median'),
    p90: percentile('p90', '90th percentile'),
    p95: percentile('p95', '95th percentile'),
    p99: percentile('p99', '99th percentile'),
  }
}

const Point = builder.objectRef<MetricSeries['points'][number]>('MetricSeriesPoint').implement({
  description: 'One bucket of a series of a metric.',
  fields: (t) => ({
    time: t.expose('time', { type: 'DateTime', description: 'Start of the bucket.' }),
    ...valueFields(t),
  }),
})

const points = {
  type: [Point] as [typeof Point],
  description: 'All buckets, oldest first.',
  extensions: seriesPoints,
}

type Group = MetricGroup & { readonly by: readonly string[] }
const MetricSeriesGroup = builder.objectRef<Group>('MetricSeriesGroup').implement({
  description: 'Points of a metric that have the values of some labels in common.',
  fields: (t) => ({
    labels: t.field({
      type: [Label],
      description:
        'What they have in common, in the order of `by`; the value is empty for points without such a label.',
      extensions: { cost: { small: true, items: MAX_NAMES } },
      resolve: ({ by, parts }) => by.map((name, at) => ({ name, value: parts[at] ?? '' })),
    }),
    ...valueFields(t),
    points: t.field({ ...points, resolve: (group) => [...group.points] }),
  }),
})

type GroupArgs = { readonly by: readonly string[]; readonly first: number }
const checkGroups = ({ by, first }: GroupArgs): void => {
  if (by.length < 1 || by.length > MAX_NAMES || new Set(by).size < by.length)
    throw new AppError('BAD_REQUEST', `\`by\` is 1 to ${MAX_NAMES} different names.`)
  if (first < 1 || first > MAX_GROUPS)
    throw new AppError('BAD_REQUEST', `\`first\` is a number from 1 to ${MAX_GROUPS}.`)
}

type Asked = MetricSeries & { readonly ask: MetricSeriesAsk }
const MetricSeriesRef = builder.objectRef<Asked>('MetricSeries').implement({
  interfaces: [Series],
  description: 'A metric over time.',
  fields: (t) => ({
    ...valueFields(t),
    points: t.field({ ...points, resolve: (series) => [...series.points] }),
    groups: t.field({
      type: [MetricSeriesGroup],
      nullable: true,
      description:
        'The same by service, host or labels, largest sum first. What the series itself says is of all groups, also of those left out.',
      args: {
        by: t.arg.stringList({
          required: true,
          description: `Names to group by, together: service, host or those of labels (1-${MAX_NAMES}).`,
        }),
        first: t.arg.int({
          required: true,
          defaultValue: 10,
          description: `Number of groups, largest sum first (1-${MAX_GROUPS}, default 10).`,
        }),
      },
      extensions: {
        ...asksClickHouseFor({
          items: { most: MAX_GROUPS, of: ({ args }) => Number(args.first) },
          passesOn: true,
        }),
        check: checkGroups as unknown as Check,
      } satisfies { cost: FieldCost; check: Check },
      resolve: async ({ ask }, { by, first }, context) => {
        checkGroups({ by, first })
        const { queries } = context.modules.metrics
        const groups = await queries.groups(tenantOf(context), { ...ask, by, first }, context)
        return groups.map((group) => ({ ...group, by }))
      },
    }),
  }),
})

builder.objectField(Analytics, 'metricSeries', (t) =>
  t.field(
    seriesField({
      type: MetricSeriesRef,
      action: 'metric:read',
      description: 'A metric over time.',
      args: { ...nameArgs, ...filterArgs },
      check: ({ filter }) => void MetricFilter.parse(filter as object | undefined),
      load: async (window, context, { name, filter }) => {
        const ask = { ...metricAskOf({ name, filter }, window.range, context), ...window }
        return { ...(await context.modules.metrics.queries.series(tenantOf(context), ask, context)), ask }
      },
    }),
  ),
)

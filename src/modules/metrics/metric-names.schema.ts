import { Analytics } from '../../graphql/analytics.schema.ts'
import { builder } from '../../graphql/builder.ts'
import { clockOf, tenantOf, type Context } from '../../graphql/context.ts'
import { asksClickHouseFor, type FieldCost } from '../../graphql/limits/cost.ts'
import { needs } from '../../graphql/needs.ts'
import type { Clock } from '../../platform/clock.ts'
import { AppError } from '../../platform/errors.ts'
import { resolveRange } from '../../platform/time-range.ts'
import {
  filterArgs,
  metricAskOf,
  MetricFilter,
  MetricKindEnum,
  nameArgs,
  rangeArgs,
} from './metric-filter.schema.ts'
import type { MetricLabel, MetricLabelValue, MetricName } from './metric-names.queries.ts'

/** As many as a picker can show. */
export const MAX_NAMES = 1_000
/** A point has 32, and two fields; services of one name may use others. */
export const MAX_LABELS = 100
export const MAX_VALUES = 100

type Args = {
  readonly name?: string
  readonly filter?: object | null | undefined
  readonly range?: Parameters<typeof resolveRange>[0] | null | undefined
  readonly first: number
}
const checkFor =
  (most: number) =>
  ({ first, filter, range }: Args, clock: Clock): void => {
    if (first < 1 || first > most)
      throw new AppError('BAD_REQUEST', `\`first\` is a number from 1 to ${most.toLocaleString('en')}.`)
    MetricFilter.parse(filter)
    resolveRange(range ?? {}, clock)
  }
const [checkNames, checkLabels] = [checkFor(MAX_NAMES), checkFor(MAX_VALUES)]
const askIn = (args: Args, context: Context) => ({
  ...metricAskOf(args, resolveRange(args.range ?? {}, clockOf(context)), context),
  first: args.first,
})

const Name = builder.objectRef<MetricName>('MetricName').implement({
  description: 'A metric that points were sent of, with one kind and unit.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Name.' }),
    kind: t.expose('kind', { type: MetricKindEnum, description: 'Kind.' }),
    unit: t.exposeString('unit', { description: 'Unit, as UCUM writes it; empty for none.' }),
    points: t.expose('points', { type: 'BigInt', description: 'Number of points in the window.' }),
    series: t.expose('series', {
      type: 'BigInt',
      description: 'Number of different series in the window: of combinations of service, host and labels.',
    }),
    lastSeenAt: t.expose('lastSeenAt', { type: 'DateTime', description: 'Time of the latest point.' }),
  }),
})

const Value = builder.objectRef<MetricLabelValue>('MetricLabelValue').implement({
  description: 'A value of a label.',
  fields: (t) => ({
    value: t.exposeString('value', { description: 'Value.' }),
    points: t.expose('points', { type: 'BigInt', description: 'Number of points with this value.' }),
  }),
})

const LabelRef = builder.objectRef<MetricLabel>('MetricLabel').implement({
  description: 'A name by which points of a metric can be told apart.',
  fields: (t) => ({
    name: t.exposeString('name', {
      description: 'Name of the label; service and host are fields of a point.',
    }),
    points: t.expose('points', { type: 'BigInt', description: 'Number of points that have one.' }),
    valueCount: t.expose('valueCount', {
      type: 'BigInt',
      description: 'Number of different values, also of those left out.',
    }),
    values: t.field({
      type: [Value],
      description: 'Values, most points first.',
      extensions: {
        cost: { small: true, items: { most: MAX_VALUES, of: ({ parent }) => Number(parent.first) } },
      } satisfies { cost: FieldCost },
      resolve: ({ values }) => [...values],
    }),
  }),
})

builder.objectFields(Analytics, (t) => ({
  metricNames: t.field({
    type: [Name],
    nullable: true,
    description: `Metrics that there are points of in the minutes of a window, most points first. ${needs('metric:read')}`,
    extensions: {
      ...asksClickHouseFor({
        small: true,
        items: { most: MAX_NAMES, of: ({ args }) => Number(args.first) },
      }),
      check: checkNames,
    },
    authScopes: { action: 'metric:read' },
    args: {
      first: t.arg.int({
        required: true,
        defaultValue: 100,
        description: 'Number of names, most points first (1-1,000, default 100).',
      }),
      ...filterArgs,
      ...rangeArgs,
    },
    resolve: async (_parent, args, context) => {
      checkNames(args, clockOf(context))
      return [
        ...(await context.modules.metrics.queries.names(tenantOf(context), askIn(args, context), context)),
      ]
    },
  }),
  metricLabels: t.field({
    type: [LabelRef],
    nullable: true,
    description: `Service, host and labels of the points of a metric in the minutes of a window, by name, with their values: ${MAX_LABELS} at most. ${needs('metric:read')}`,
    extensions: {
      ...asksClickHouseFor({ items: MAX_LABELS }),
      check: checkLabels,
    },
    authScopes: { action: 'metric:read' },
    args: {
      ...nameArgs,
      first: t.arg.int({
        required: true,
        defaultValue: 10,
        description: `Number of values of each label, most points first (1-${MAX_VALUES}, default 10).`,
      }),
      ...filterArgs,
      ...rangeArgs,
    },
    resolve: async (_parent, args, context) => {
      checkLabels(args, clockOf(context))
      const ask = { ...askIn(args, context), most: MAX_LABELS }
      return [...(await context.modules.metrics.queries.labels(tenantOf(context), ask, context))]
    },
  }),
}))

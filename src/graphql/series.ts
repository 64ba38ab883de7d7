import type { InputFieldMap, InputShapeFromFields, ObjectRef } from '@pothos/core'
import type { GraphQLResolveInfo } from 'graphql'
import type { Action } from '../auth/actions.ts'
import type { Clock } from '../platform/clock.ts'
import { formatDuration } from '../platform/duration.ts'
import { countBuckets, type Window } from '../platform/buckets.ts'
import { chooseStep, MAX_POINTS, resolveRange, type TimeRange } from '../platform/time-range.ts'
import { requireZone } from '../platform/time-zone.ts'
import { builder, type GraphTypes } from './builder.ts'
import { byKey, clockOf, type Context } from './context.ts'
import { asksClickHouse, countsRows, type Check, type FieldCost } from './limits/cost.ts'
import { needs } from './needs.ts'

/** The window of every analytics field. */
export const TimeRangeInput = builder.inputType('TimeRangeInput', {
  description:
    'A window of at most 90 days: `from` to `to`, or the `last` duration up to `to` (default: the last 24 hours).',
  fields: (t) => ({
    from: t.field({ type: 'DateTime', description: 'Start of the window, inclusive.' }),
    to: t.field({ type: 'DateTime', description: 'End of the window, exclusive (default: now).' }),
    last: t.field({
      type: 'Duration',
      description: 'Length of the window back from `to`, in place of `from`.',
    }),
    shift: t.field({
      type: 'Duration',
      description:
        'Moves the whole window back: P1D for the day before, P7D for the week before. Whole days keep the time of day where the field has a time zone.',
    }),
  }),
})

/** The arguments of every field that answers with a series. */
export const seriesArgs = builder.args((t) => ({
  range: t.field({ type: TimeRangeInput, description: 'Window of the series (default: the last 24 hours).' }),
  step: t.field({
    type: 'Duration',
    description: 'Length of one bucket, PT1S to P1D (default: one that makes about 300 points).',
  }),
  timezone: t.string({
    description:
      'Time zone in which buckets and days begin, such as Europe/Amsterdam (default: UTC). Where its clocks are changed, a day has 23 or 25 hours.',
  }),
}))
type SeriesArgs = InputShapeFromFields<typeof seriesArgs>

/**
 * The window that the arguments of a series ask for. Throws what `resolveRange`, `chooseStep` and
 * `requireZone` throw.
 */
const windowAt = (
  { range: input, step, timezone }: SeriesArgs,
  clock: Clock,
  steps: { readonly weeks?: boolean } = {},
): Window => {
  const zone = requireZone(timezone)
  const range = resolveRange(input ?? {}, clock, zone)
  return { range, stepMs: chooseStep(range, step, steps), zone }
}
export const windowOf = (args: SeriesArgs, context: Context): Window => windowAt(args, clockOf(context))
const bothOf =
  (one: Check, other: Check): Check =>
  (args, clock) => {
    one(args, clock)
    other(args, clock)
  }

const checkWindow =
  (steps: { readonly weeks?: boolean }): Check =>
  (args, clock) =>
    void windowAt(args, clock, steps)
const weekArgs = builder.args((t) => ({
  step: t.field({
    type: 'Duration',
    description:
      'Length of one bucket, PT1S to P1D, or P7D for weeks from Monday on (default: one that makes about 300 points).',
  }),
}))

/** What every series tells of itself. `from` and `to` are the edges of its buckets. */
export type SeriesShape = TimeRange & Omit<Window, 'range'>

export const Series = builder.interfaceRef<SeriesShape>('Series').implement({
  description:
    'Values over time, in buckets of one length. Where the clocks of its time zone are changed, a bucket may be shorter or longer.',
  fields: (t) => ({
    from: t.expose('from', { type: 'DateTime', description: 'Start of the first bucket.' }),
    to: t.expose('to', { type: 'DateTime', description: 'End of the last bucket.' }),
    step: t.field({
      type: 'Duration',
      description: 'Length of a bucket.',
      resolve: ({ stepMs }) => formatDuration(stepMs),
    }),
    timezone: t.exposeString('zone', { description: 'Time zone in which buckets and days begin.' }),
  }),
})

/**
 * The `extensions` of the points of a series, whose window is in the arguments of the field that holds them.
 */
export const seriesPoints = {
  cost: {
    small: true,
    items: {
      // A change of clocks may add one or two to what the step gives in UTC.
      most: MAX_POINTS + 2,
      // What the field takes was checked before: here weeks are no question.
      of: ({ parent, clock }) => countBuckets(windowAt(parent, clock, { weeks: true })),
    },
  },
} as const satisfies { cost: FieldCost }

/**
 * What many objects of a page ask for the same window, by one question. `load` answers a value for every key.
 * `place` is the field that asks, so that two fields of one window don't share their answers.
 */
export const byWindow = <T>(
  context: Context,
  { parentType, fieldName }: Pick<GraphQLResolveInfo, 'parentType' | 'fieldName'>,
  { range, stepMs, zone }: Window,
  load: (keys: readonly string[]) => Promise<ReadonlyMap<string, T>>,
) =>
  byKey(
    context,
    `${parentType.name}.${fieldName}:${range.from.getTime()}:${range.to.getTime()}:${stepMs}:${zone}`,
    load,
  )

type Declared<Shape, Extra extends InputFieldMap> = {
  readonly type: ObjectRef<GraphTypes, Shape>
  readonly action: Action
  readonly description: string
  /** More arguments than those of the window. */
  readonly args?: Extra
  /** Refuses what is wrong with them, before the field is charged. */
  readonly check?: Check
  /** Its buckets can be weeks. */
  readonly weeks?: boolean
  /** It counts rows of Postgres, and asks nothing of ClickHouse. */
  readonly ofPostgres?: true
}

const fieldOf = <Shape, Extra extends InputFieldMap>({
  type,
  action,
  description,
  args,
  check,
  weeks = false,
  ofPostgres,
}: Declared<Shape, Extra>) => ({
  type,
  nullable: true as const,
  description: `${description} ${needs(action)}`,
  extensions: {
    ...(ofPostgres ? countsRows : asksClickHouse),
    check: check ? bothOf(checkWindow({ weeks }), check) : checkWindow({ weeks }),
  },
  authScopes: { action },
  args: { ...seriesArgs, ...(weeks && weekArgs), ...args } as typeof seriesArgs & Extra,
})

/** The options of a field that answers one series over the whole tenant, for `t.field`. */
export const seriesField = <Shape extends SeriesShape, const Extra extends InputFieldMap = {}>(
  options: Declared<Shape, Extra> & {
    readonly load: (
      window: Window,
      context: Context,
      args: SeriesArgs & InputShapeFromFields<Extra>,
    ) => Promise<Shape>
  },
) => ({
  ...fieldOf(options),
  resolve: (_parent: object, args: SeriesArgs & InputShapeFromFields<Extra>, context: Context) =>
    options.load(windowAt(args, clockOf(context), options), context, args),
})

/**
 * The same for a series of each object of a page: all that ask for one window are answered by one question.
 */
export const seriesFieldOf = <Parent, Shape extends SeriesShape>(
  options: Declared<Shape, {}> & {
    readonly key: (parent: Parent) => string
    readonly load: (
      keys: readonly string[],
      window: Window,
      context: Context,
    ) => Promise<ReadonlyMap<string, Shape>>
  },
) => ({
  ...fieldOf(options),
  resolve: (parent: Parent, args: SeriesArgs, context: Context, info: GraphQLResolveInfo) => {
    const window = windowOf(args, context)
    const load = (keys: readonly string[]) => options.load(keys, window, context)
    return byWindow(context, info, window, load).load(options.key(parent))
  },
})

import DataLoader from 'dataloader'
import { builder } from '../../graphql/builder.ts'
import { clockOf, loaderOf, tenantOf, type Context } from '../../graphql/context.ts'
import { asksClickHouse, asksClickHouseFor, type FieldCost } from '../../graphql/limits/cost.ts'
import { seriesArgs, seriesPoints } from '../../graphql/series.ts'
import { AppError } from '../../platform/errors.ts'
import { formatDuration } from '../../platform/duration.ts'
import { chooseStep, requireUtc, resolveRange, type TimeRange } from '../../platform/time-range.ts'
import { Stream } from '../streaming/stream.schema.ts'
import { Analytics } from './analytics.schema.ts'
import type { ViewerPoint, ViewerSeries } from './viewer-series.ts'
import type { CountryViewers } from './viewer-series.queries.ts'
import type { ViewersBy, ViewersNow } from './viewers.queries.ts'

/** Groups that viewers can be asked for in at most: those of a tenant with a thousand streams. */
export const MAX_GROUPS = 1_000
/** A country is any two letters. */
export const countries = { cost: { small: true, items: 26 * 26 } } as const satisfies { cost: FieldCost }

type Window = { range: TimeRange; stepMs: number }
type StreamSeries = ViewerSeries & { internalName: string }

/** All streams of a page that ask for the same window are answered by one query. */
const batched = <T>(
  context: Context,
  kind: string,
  { range, stepMs }: Window,
  load: (internalNames: readonly string[]) => Promise<Map<string, T>>,
) =>
  loaderOf(
    context,
    `${kind}:${range.from.getTime()}:${range.to.getTime()}:${stepMs}`,
    () =>
      new DataLoader<string, T>(async (names) => {
        const found = await load(names)
        return names.map((name) => found.get(name) ?? new Error('the query left out a stream'))
      }),
  )

const ViewerPointRef = builder.objectRef<ViewerPoint>('ViewerPoint').implement({
  description: 'One bucket of a series of viewers.',
  fields: (t) => ({
    time: t.expose('time', { type: 'DateTime', description: 'Start of the bucket.' }),
    average: t.exposeFloat('average', { description: 'Average minute audience of the bucket.' }),
    peak: t.exposeInt('peak', { description: 'Most viewers at once.' }),
    samples: t.exposeInt('samples', {
      description: 'Samples behind it: 0 says that nothing was measured, not that nobody watched.',
    }),
  }),
})

const CountryViewersRef = builder.objectRef<CountryViewers>('CountryViewers').implement({
  description: 'The viewers of one country.',
  fields: (t) => ({
    countryCode: t.exposeString('countryCode', { description: 'ISO 3166-1 alpha-2; ZZ for unknown.' }),
    average: t.exposeFloat('average', {
      description: "Average minute audience; the countries' add up to the stream's.",
    }),
    peak: t.exposeInt('peak', { description: 'Most viewers at once.' }),
    samples: t.exposeInt('samples', { description: 'Samples behind it.' }),
  }),
})

const ViewerSeriesRef = builder.objectRef<StreamSeries>('ViewerSeries').implement({
  description: 'Viewers over time. Buckets without samples are 0.',
  fields: (t) => ({
    from: t.expose('from', { type: 'DateTime', description: 'Start of the first bucket.' }),
    to: t.expose('to', { type: 'DateTime', description: 'End of the last bucket.' }),
    step: t.field({
      type: 'Duration',
      description: 'Length of a bucket.',
      resolve: ({ stepMs }) => formatDuration(stepMs),
    }),
    timezone: t.string({ description: 'Where days begin.', resolve: () => 'UTC' }),
    average: t.exposeFloat('average', {
      description: 'Average minute audience, over the minutes that have samples.',
    }),
    peak: t.exposeInt('peak', { description: 'Most viewers at once.' }),
    samples: t.exposeInt('samples', { description: 'Samples behind it.' }),
    points: t.field({
      type: [ViewerPointRef],
      description: 'The buckets.',
      extensions: seriesPoints,
      resolve: ({ points }) => [...points],
    }),
    countries: t.field({
      type: [CountryViewersRef],
      nullable: true,
      description: 'The same by country, most viewers first.',
      extensions: asksClickHouseFor(countries.cost),
      resolve: ({ internalName, from, to, stepMs }, _args, context) => {
        const window = { range: { from, to }, stepMs }
        const { viewers } = context.modules
        const load = (internalNames: readonly string[]) =>
          viewers.viewerCountries(tenantOf(context), { internalNames, ...window }, context)
        return batched(context, 'viewerCountries', window, load).load(internalName)
      },
    }),
  }),
})

builder.prismaObjectField(Stream, 'viewers', (t) =>
  t.field({
    type: ViewerSeriesRef,
    nullable: true,
    description: 'Its viewers over time.',
    extensions: asksClickHouse,
    authScopes: { action: 'analytics:read' },
    select: { internalName: true },
    args: seriesArgs,
    resolve: async ({ internalName }, { range: input, step, timezone }, context) => {
      requireUtc(timezone)
      const range = resolveRange(input ?? {}, clockOf(context))
      const window = { range, stepMs: chooseStep(range, step) }
      const load = (internalNames: readonly string[]) =>
        context.modules.viewers.viewerSeries(tenantOf(context), { internalNames, ...window }, context)
      return { ...(await batched(context, 'viewerSeries', window, load).load(internalName)), internalName }
    },
  }),
)

builder.prismaObjectField(Stream, 'viewersNow', (t) =>
  t.int({
    nullable: true,
    description:
      'Who watches it now: the latest sample of each edge node, country and connection type of the last 60 seconds.',
    extensions: asksClickHouse,
    authScopes: { action: 'analytics:read' },
    select: { internalName: true },
    resolve: ({ internalName }, _args, context) =>
      loaderOf(
        context,
        'viewersNow',
        () =>
          new DataLoader<string, number>(async (names) => {
            const found = await context.modules.viewers.viewersNowByStream(tenantOf(context), names, context)
            return names.map((name) => found.get(name) ?? 0)
          }),
      ).load(internalName),
  }),
)

const ViewersByEnum = builder.enumType('ViewersBy', {
  description: 'What viewers can be grouped by.',
  values: {
    STREAM: { description: 'The internal name of the stream.' },
    COUNTRY: { description: 'The country, as ISO 3166-1 alpha-2.' },
    EDGE_NODE: { description: 'The node that serves them.' },
    CONNECTION_TYPE: { description: 'How they are connected.' },
  } as const satisfies Record<ViewersBy, { description: string }>,
})

export const ViewerGroup = builder.objectRef<ViewersNow['groups'][number]>('ViewerGroup').implement({
  description: 'The viewers of one group.',
  fields: (t) => ({
    key: t.exposeString('key', { description: 'What they have in common.' }),
    viewers: t.exposeInt('viewers', { description: 'How many.' }),
  }),
})

const ViewersNowRef = builder.objectRef<ViewersNow>('ViewersNow').implement({
  description: 'Who watches now.',
  fields: (t) => ({
    total: t.exposeInt('total', { description: 'All viewers, also of the groups that are left out.' }),
    groups: t.field({
      type: [ViewerGroup],
      description: 'The groups, most viewers first.',
      extensions: {
        cost: { small: true, items: { most: MAX_GROUPS, of: ({ parent }) => Number(parent!.limit) } },
      } satisfies { cost: FieldCost },
      resolve: ({ groups }) => [...groups],
    }),
  }),
})

builder.objectField(Analytics, 'viewersNow', (t) =>
  t.field({
    type: ViewersNowRef,
    nullable: true,
    description:
      'Who watches now: the latest sample of each stream, edge node, country and connection type of the last 60 seconds, summed.',
    extensions: asksClickHouse,
    args: {
      by: t.arg({ type: ViewersByEnum, required: true, description: 'What to group by.' }),
      limit: t.arg.int({
        defaultValue: 100,
        required: true,
        description: 'Most groups to answer; 1 to 1,000.',
      }),
    },
    resolve: (_root, { by, limit }, context) => {
      if (limit < 1 || limit > MAX_GROUPS)
        throw new AppError('BAD_REQUEST', '`limit` is a number from 1 to 1,000.')
      return context.modules.viewers.viewersNow(tenantOf(context), { by, limit }, context)
    },
  }),
)

import { Analytics } from '../../graphql/analytics.schema.ts'
import { builder, type GraphTypes } from '../../graphql/builder.ts'
import { tenantOf } from '../../graphql/context.ts'
import { asksClickHouseFor } from '../../graphql/limits/cost.ts'
import { Series, seriesField, seriesPoints } from '../../graphql/series.ts'
import type { Window } from '../../platform/buckets.ts'
import type { LogAsk } from './log-filter.queries.ts'
import { OF_ALL, type LogBy, type LogCounts, type LogGroup, type LogSeries } from './log-series.queries.ts'
import { logAskOf, logFilterType, parseLogFilter } from './log.schema.ts'

const MAX_GROUPS = 50

const LogGroupBy = builder.enumType('LogGroupBy', {
  description: 'What log lines can be told apart by.',
  values: {
    SERVICE: { value: 'service', description: 'Service that wrote them (empty for none).' },
    HOST: { value: 'host', description: 'Host that wrote them (empty for none).' },
  } as const satisfies Record<string, { value: LogBy; description: string }>,
})

/** What a bucket, a group and the whole all tell. */
const countFields = <T extends LogCounts>(t: PothosSchemaTypes.ObjectFieldBuilder<GraphTypes, T>) => ({
  lines: t.field({ type: 'BigInt', description: 'Number of lines.', resolve: ({ lines }) => lines }),
  errors: t.field({
    type: 'BigInt',
    description: 'Number of lines of the levels ERROR and FATAL.',
    resolve: ({ errors }) => errors,
  }),
  errorShare: t.float({
    nullable: true,
    description: 'Lines of the levels ERROR and FATAL divided by all, 0 to 1; null without lines.',
    resolve: ({ lines, errors }) => (lines > 0 ? errors / lines : null),
  }),
  hosts: t.field({
    type: 'BigInt',
    description: 'Number of different hosts that wrote them.',
    resolve: ({ hosts }) => hosts,
  }),
  lastSeenAt: t.field({
    type: 'DateTime',
    nullable: true,
    description: 'Minute of the newest line; null without one.',
    resolve: ({ lastSeenAt }) => lastSeenAt,
  }),
})

const Point = builder.objectRef<LogSeries['points'][number]>('LogPoint').implement({
  description: 'One bucket of a series of log lines and errors.',
  fields: (t) => ({
    time: t.expose('time', { type: 'DateTime', description: 'Start of the bucket.' }),
    ...countFields(t),
  }),
})
const points = {
  type: [Point] as [typeof Point],
  description: 'All buckets, oldest first.',
  extensions: seriesPoints,
}
const Group = builder.objectRef<LogGroup>('LogGroup').implement({
  description: 'Log lines that have something in common, over time.',
  fields: (t) => ({
    key: t.exposeString('key', { description: 'What they have in common.' }),
    ...countFields(t),
    points: t.field({ ...points, resolve: (group) => [...group.points] }),
  }),
})

type Asked = LogSeries & { readonly ask: LogAsk & Window }

const LogSeriesRef = builder.objectRef<Asked>('LogSeries').implement({
  interfaces: [Series],
  description: 'Log lines and errors over time.',
  fields: (t) => ({
    ...countFields(t),
    points: t.field({ ...points, resolve: (series) => [...series.points] }),
    groups: t.field({
      type: [Group],
      nullable: true,
      description: `The same by something that they have in common, most lines first (at most ${MAX_GROUPS}).`,
      args: {
        by: t.arg({
          type: LogGroupBy,
          defaultValue: 'service',
          required: true,
          description: 'What they have in common.',
        }),
      },
      extensions: asksClickHouseFor({ items: MAX_GROUPS }),
      resolve: async ({ ask }, { by }, context) => {
        const { queries } = context.modules.logs
        return [...(await queries.parts(tenantOf(context), { ...ask, by, first: MAX_GROUPS }, context))]
      },
    }),
  }),
})

builder.objectField(Analytics, 'logs', (t) =>
  t.field(
    seriesField({
      type: LogSeriesRef,
      action: 'log:read',
      description: 'Log lines and errors over time, in all and by service.',
      args: builder.args((arg) => ({
        filter: arg.field({ type: logFilterType, description: 'Conditions on the lines.' }),
      })),
      check: ({ filter }) => void parseLogFilter(filter as object | undefined),
      load: async (window, context, { filter }) => {
        const ask = { ...logAskOf(filter, window.range, context), ...window }
        const found = await context.modules.logs.queries.series(tenantOf(context), ask, context)
        return { ...found.get(OF_ALL)!, ask }
      },
    }),
  ),
)

import { Analytics } from '../../graphql/analytics.schema.ts'
import { builder } from '../../graphql/builder.ts'
import { tenantOf } from '../../graphql/context.ts'
import { Series, seriesField, seriesPoints } from '../../graphql/series.ts'
import { logLevels } from './log-level.ts'
import type { LogLevelPoint, LogLevelSeries } from './log-levels.queries.ts'
import { logAskOf, logFilterType, LogLevelEnum, parseLogFilter } from './log.schema.ts'

const LogLevelPointRef = builder.objectRef<LogLevelPoint>('LogLevelPoint').implement({
  description: 'One bucket of a series of log lines.',
  fields: (t) => ({
    time: t.expose('time', { type: 'DateTime', description: 'Start of the bucket.' }),
    count: t.expose('count', { type: 'BigInt', description: 'Number of lines; 0 for none.' }),
  }),
})

const LogLevelCount = builder.objectRef<LogLevelSeries['levels'][number]>('LogLevelCount').implement({
  description: 'Log lines of one level.',
  fields: (t) => ({
    level: t.expose('level', { type: LogLevelEnum, description: 'Level.' }),
    count: t.expose('count', { type: 'BigInt', description: 'Number of lines in the whole window.' }),
    points: t.field({
      type: [LogLevelPointRef],
      description: 'All buckets, oldest first.',
      extensions: seriesPoints,
      resolve: ({ points }) => [...points],
    }),
  }),
})

const LogLevelSeriesRef = builder.objectRef<LogLevelSeries>('LogLevelSeries').implement({
  interfaces: [Series],
  description: 'Log lines by level over time.',
  fields: (t) => ({
    levels: t.field({
      type: [LogLevelCount],
      description: 'Levels that the filter allows, least severe first.',
      extensions: { cost: { items: logLevels.length } },
      resolve: ({ levels }) => [...levels],
    }),
  }),
})

builder.objectField(Analytics, 'logLevels', (t) =>
  t.field(
    seriesField({
      type: LogLevelSeriesRef,
      action: 'log:read',
      description: 'Log lines by level over time.',
      args: builder.args((arg) => ({
        filter: arg.field({ type: logFilterType, description: 'Conditions on the lines.' }),
      })),
      check: ({ filter }) => void parseLogFilter(filter as object | undefined),
      load: (window, context, { filter }) => {
        const ask = { ...logAskOf(filter, window.range, context), ...window }
        return context.modules.logs.queries.logLevels(tenantOf(context), ask, context)
      },
    }),
  ),
)

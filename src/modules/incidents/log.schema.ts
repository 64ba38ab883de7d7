import { projectOf } from '../../auth/viewer.ts'
import { builder } from '../../graphql/builder.ts'
import { clockOf, tenantOf, type Context } from '../../graphql/context.ts'
import { asksClickHouse, asksClickHouseFor } from '../../graphql/limits/cost.ts'
import { seriesArgs, seriesPoints, TimeRangeInput } from '../../graphql/series.ts'
import { AppError } from '../../platform/errors.ts'
import { chooseStep, requireUtc, resolveRange } from '../../platform/time-range.ts'
import { logLevels, type LogFilter, type LogLevel } from './log-filter.queries.ts'
import type { LogLevelSeries } from './log-levels.queries.ts'
import type { LogAsk, LogLine, LogPage } from './log.queries.ts'
import { Analytics } from '../audience/analytics.schema.ts'
import { DEFAULT_PAGE, MAX_PAGE } from '../../graphql/keyset.ts'

const LogLevelEnum = builder.enumType('LogLevel', {
  description: 'How severe a log line is, least severe first.',
  values: Object.fromEntries(
    logLevels.map((level) => [level, { value: level, description: `The level ${level}.` }]),
  ) as Record<LogLevel, { value: LogLevel; description: string }>,
})

const LogLevelFilter = builder.inputType('LogLevelFilter', {
  description: 'Conditions on a level.',
  fields: (t) => ({
    eq: t.field({ type: LogLevelEnum, description: 'Is this one.' }),
    in: t.field({ type: [LogLevelEnum], description: 'Is one of these.' }),
  }),
})
const ExactFilter = builder.inputType('ExactFilter', {
  description: 'A condition on a text that is only looked up whole.',
  fields: (t) => ({ eq: t.string({ required: true, description: 'Is exactly this text.' }) }),
})
const ContainsFilter = builder.inputType('ContainsFilter', {
  description: 'A condition on a text that is searched.',
  fields: (t) => ({
    contains: t.string({ required: true, description: 'Has this text anywhere in it, in any case.' }),
  }),
})
const LogFilterInput = builder.inputType('LogFilter', {
  description: 'Conditions on log lines. Those given must all hold.',
  fields: (t) => ({
    level: t.field({ type: LogLevelFilter, description: 'Its level.' }),
    service: t.field({ type: ExactFilter, description: 'The service that wrote it.' }),
    host: t.field({ type: ExactFilter, description: 'The host that wrote it.' }),
    traceId: t.field({ type: ExactFilter, description: 'The trace that it belongs to.' }),
    message: t.field({ type: ContainsFilter, description: 'Its text.' }),
  }),
})

const toFilter = (
  input: typeof LogFilterInput.$inferInput | null | undefined,
  { viewer }: Context,
): LogFilter => {
  const project = projectOf(viewer)
  const { level, service, host, traceId, message } = input ?? {}
  if (level?.eq && level.in)
    throw new AppError('VALIDATION_FAILED', 'Give `level` with `eq` or with `in`, not with both.')
  const levels = level?.in ?? (level?.eq ? [level.eq] : undefined)
  return {
    ...(project !== undefined && { project }),
    ...(levels && { levels }),
    ...(service && { service: service.eq }),
    ...(host && { host: host.eq }),
    ...(traceId && { traceId: traceId.eq }),
    ...(message && { contains: message.contains }),
  }
}

const LogEvent = builder.objectRef<LogLine>('LogEvent').implement({
  description: 'One line of a log.',
  fields: (t) => ({
    eventId: t.exposeID('eventId', { description: 'Its id; the same line sent twice counts once.' }),
    time: t.expose('time', { type: 'DateTime', description: 'When it was written.' }),
    level: t.expose('level', { type: LogLevelEnum, description: 'How severe it is.' }),
    message: t.exposeString('message', { description: 'Its text.' }),
    service: t.exposeString('service', {
      description: 'The service that wrote it; empty when it did not say.',
    }),
    host: t.exposeString('host', { description: 'The host that wrote it; empty when it did not say.' }),
    traceId: t.exposeString('traceId', { description: 'The trace that it belongs to; empty for none.' }),
    attributes: t.expose('attributes', { type: 'JSON', description: 'Further names and values.' }),
  }),
})

const LogPageRef = builder.objectRef<LogPage & { ask: LogAsk }>('LogConnection')
const LogEdge = builder.objectRef<LogLine>('LogEdge').implement({
  description: 'A log line and its place.',
  fields: (t) => ({
    cursor: t.exposeString('cursor', { description: 'Its place, for `after`.' }),
    node: t.field({ type: LogEvent, description: 'The line.', resolve: (line) => line }),
  }),
})
LogPageRef.implement({
  description: 'A page of log lines, newest first.',
  fields: (t) => ({
    edges: t.field({
      type: [LogEdge],
      description: 'The lines with their places.',
      resolve: ({ rows }) => [...rows],
    }),
    nodes: t.field({ type: [LogEvent], description: 'The lines.', resolve: ({ rows }) => [...rows] }),
    pageInfo: t.field({
      type: builder.pageInfoRef(),
      description: 'Whether there is more.',
      resolve: ({ rows, hasNextPage, ask }) => ({
        hasNextPage,
        hasPreviousPage: 'after' in ask && ask.after != null,
        startCursor: rows[0]?.cursor ?? null,
        endCursor: rows.at(-1)?.cursor ?? null,
      }),
    }),
    totalCount: t.int({
      description: 'All lines of the filter and the range, counted only when asked for.',
      extensions: asksClickHouse,
      resolve: ({ ask }, _args, context) => context.modules.logs.logCount(tenantOf(context), ask),
    }),
  }),
})

builder.queryField('logs', (t) =>
  t.field({
    type: LogPageRef,
    nullable: true,
    description: 'Log lines, newest first. Needs the scope read.',
    extensions: asksClickHouse,
    authScopes: { action: 'log:read' },
    args: {
      filter: t.arg({ type: LogFilterInput, description: 'Which lines.' }),
      range: t.arg({ type: TimeRangeInput, description: 'The window; the last 24 hours unless given.' }),
      first: t.arg.int({ description: `How many, at most ${MAX_PAGE}; ${DEFAULT_PAGE} unless given.` }),
      after: t.arg.string({ description: 'Go on after this cursor.' }),
    },
    resolve: async (_root, args, context) => {
      const first = args.first ?? DEFAULT_PAGE
      if (first < 0 || first > MAX_PAGE)
        throw new AppError('BAD_REQUEST', `A page has 0 to ${MAX_PAGE} items.`)
      const range = resolveRange(args.range ?? {}, clockOf(context))
      const ask = { filter: toFilter(args.filter, context), range, first, after: args.after ?? null }
      return { ...(await context.modules.logs.logPage(tenantOf(context), ask, context)), ask }
    },
  }),
)

const LogLevelPoint = builder
  .objectRef<LogLevelSeries['levels'][number]['points'][number]>('LogLevelPoint')
  .implement({
    description: 'One bucket of a series of log lines.',
    fields: (t) => ({
      time: t.expose('time', { type: 'DateTime', description: 'Start of the bucket.' }),
      count: t.exposeInt('count', { description: 'How many lines.' }),
    }),
  })

const LogLevelCount = builder.objectRef<LogLevelSeries['levels'][number]>('LogLevelCount').implement({
  description: 'The lines of one level.',
  fields: (t) => ({
    level: t.expose('level', { type: LogLevelEnum, description: 'The level.' }),
    count: t.exposeInt('total', { description: 'How many lines.' }),
    points: t.field({
      type: [LogLevelPoint],
      description: 'How many in each bucket; buckets without lines are 0.',
      extensions: seriesPoints,
      resolve: ({ points }) => [...points],
    }),
  }),
})

builder.objectField(Analytics, 'logLevels', (t) =>
  t.field({
    type: [LogLevelCount],
    nullable: true,
    description: 'Log lines by level over time.',
    extensions: asksClickHouseFor({ items: logLevels.length }),
    authScopes: { action: 'log:read' },
    args: { ...seriesArgs, filter: t.arg({ type: LogFilterInput, description: 'Which lines.' }) },
    resolve: async (_root, { filter, range: input, step, timezone }, context) => {
      requireUtc(timezone)
      const range = resolveRange(input ?? {}, clockOf(context))
      const ask = { filter: toFilter(filter, context), range, stepMs: chooseStep(range, step) }
      return [...(await context.modules.logs.logLevels(tenantOf(context), ask, context)).levels]
    },
  }),
)

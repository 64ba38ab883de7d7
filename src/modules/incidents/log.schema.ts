import { projectOf } from '../../auth/viewer.ts'
import { builder } from '../../graphql/builder.ts'
import { clockOf, type Context } from '../../graphql/context.ts'
import { defineFactList } from '../../graphql/fact-list.ts'
import { defineFilter, is } from '../../graphql/filters.ts'
import { Label } from '../../graphql/labels.ts'
import { TimeRangeInput } from '../../graphql/series.ts'
import { resolveRange } from '../../platform/time-range.ts'
import { projectFields } from '../tenancy/project-fields.schema.ts'
import { logLevels, type LogLevel } from './log-level.ts'
import type { LogAsk } from './log-filter.queries.ts'
import type { LogLine } from './log.queries.ts'
import { longText } from '../../graphql/limits/cost.ts'
import { charactersOf } from '../../ingest/dataset.ts'
import { logEvents } from './log-events.dataset.ts'

const meanings: Readonly<Record<LogLevel, string>> = {
  TRACE: 'Step by step, for the developers of the service.',
  DEBUG: 'Details for somebody who looks for a fault.',
  INFO: 'A usual event.',
  WARN: 'Something unusual that the service coped with.',
  ERROR: 'A failure that needs attention.',
  FATAL: 'A failure that ended the service.',
}

export const LogLevelEnum = builder.enumType('LogLevel', {
  description: 'Severity of a log line, least severe first.',
  values: Object.fromEntries(
    logLevels.map((level) => [level, { value: level, description: meanings[level] }]),
  ) as Record<LogLevel, { value: LogLevel; description: string }>,
})

/** What of a line can be asked for, in lists, series and live. */
export const conditions = {
  level: is.oneOf(LogLevelEnum, 'Level.'),
  service: is.text('Service that wrote the line.'),
  host: is.text('Host that wrote the line.'),
  traceId: is.text('Trace that the line belongs to.'),
  message: is.text('Text of the line.'),
  attribute: is.labels('A further value of the line, by its name.'),
  project: is.idOf('Project', 'Project of the line.'),
  environment: is.idOf('Environment', 'Environment of the line.'),
}
const LogFilter = defineFilter('Log', conditions, 'log lines')
export const logFilterType = LogFilter.type
export const parseLogFilter = LogFilter.parse

/** What a credential may ask of the log: one that is for a project sees the lines of that project alone. */
export const logAskOf = (
  filter: object | null | undefined,
  range: LogAsk['range'],
  { viewer }: Context,
): LogAsk => ({
  filter: LogFilter.parse(filter),
  range,
  project: projectOf(viewer),
})

export const LogEvent = builder.objectRef<LogLine>('LogEvent').implement({
  description: 'One line of a log.',
  fields: (t) => ({
    eventId: t.exposeString('eventId', {
      description: 'Id of the line (a UUID): the same line sent twice counts once.',
    }),
    time: t.expose('time', { type: 'DateTime', description: 'Time at which the line was written.' }),
    level: t.expose('level', { type: LogLevelEnum, description: 'Severity.' }),
    message: t.exposeString('message', {
      description: 'Text of the line.',
      extensions: longText(charactersOf(logEvents, 'message')),
    }),
    service: t.exposeString('service', {
      description: 'Service that wrote the line; empty when it did not say.',
    }),
    host: t.exposeString('host', { description: 'Host that wrote the line; empty when it did not say.' }),
    traceId: t.exposeString('traceId', { description: 'Trace that the line belongs to; empty for none.' }),
    attributes: t.field({
      type: [Label],
      description: 'Further names and values, by name.',
      extensions: { cost: { small: true, items: 64 } },
      resolve: ({ attributes }) =>
        Object.entries(attributes)
          .map(([name, value]) => ({ name, value }))
          .toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    }),
    ...projectFields(t, 'the line'),
  }),
})

const Logs = defineFactList({ of: LogEvent, items: 'log lines' })
Logs.root('logs', {
  action: 'log:read',
  description: 'Log lines, newest first.',
  args: builder.args((t) => ({
    filter: t.field({ type: logFilterType, description: 'Conditions on the lines.' }),
    range: t.field({
      type: TimeRangeInput,
      description: 'Window of the lines (default: the last 24 hours).',
    }),
  })),
  ask: ({ filter, range }, context) => logAskOf(filter, resolveRange(range ?? {}, clockOf(context)), context),
  check: ({ filter, range }, clock) => {
    LogFilter.parse(filter)
    resolveRange(range ?? {}, clock)
  },
  rows: ({ logs }) => logs.queries,
})

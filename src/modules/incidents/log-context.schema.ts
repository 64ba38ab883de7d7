import { projectOf } from '../../auth/viewer.ts'
import { builder } from '../../graphql/builder.ts'
import { byKey, tenantOf } from '../../graphql/context.ts'
import { asksClickHouseFor } from '../../graphql/limits/cost.ts'
import { AppError } from '../../platform/errors.ts'
import type { LogPlace } from './log-context.queries.ts'
import { LogEvent } from './log.schema.ts'

const DEFAULT_LINES = 10
const MAX_LINES = 100

type Asked = { readonly before?: number | null | undefined; readonly after?: number | null | undefined }

/** Throws BAD_REQUEST for more lines than are told, or fewer than none. */
const countsOf = ({ before, after }: Asked): { before: number; after: number } => {
  const counts = { before: before ?? DEFAULT_LINES, after: after ?? DEFAULT_LINES }
  if (Object.values(counts).every((count) => count >= 0 && count <= MAX_LINES)) return counts
  throw new AppError('BAD_REQUEST', `before and after are numbers from 0 to ${MAX_LINES}.`)
}

builder.objectField(LogEvent, 'logContext', (t) =>
  t.field({
    type: [LogEvent],
    nullable: true,
    description:
      'Lines around it, of the same service and host and at most an hour away, oldest first, with the line itself.',
    args: {
      before: t.arg.int({
        description: `Number of lines before it (0-${MAX_LINES}, default ${DEFAULT_LINES}).`,
      }),
      after: t.arg.int({
        description: `Number of lines after it (0-${MAX_LINES}, default ${DEFAULT_LINES}).`,
      }),
    },
    extensions: {
      ...asksClickHouseFor({
        items: {
          most: 2 * MAX_LINES + 1,
          of: ({ args }) => {
            const { before, after } = countsOf(args)
            return before + after + 1
          },
        },
      }),
      check: (args: Asked) => void countsOf(args),
    },
    resolve: async ({ eventId, time, service, host }, args, context) => {
      const ask = { ...countsOf(args), project: projectOf(context.viewer) }
      // The loader knows keys alone: the place of a line is in its own.
      const found = await byKey(context, `LogEvent.logContext:${ask.before}:${ask.after}`, async (keys) => {
        const places = keys.map((key): LogPlace => {
          const [of, ms, ...stream] = JSON.parse(key) as [string, number, string, string]
          return { eventId: of, time: new Date(ms), service: stream[0], host: stream[1] }
        })
        const all = await context.modules.logs.queries.logContext(tenantOf(context), ask, places, context)
        return new Map(keys.map((key, nth) => [key, all.get(places[nth]!.eventId) ?? []]))
      }).load(JSON.stringify([eventId, time.getTime(), service, host]))
      return [...found]
    },
  }),
)

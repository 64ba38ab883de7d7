import { Analytics } from '../../graphql/analytics.schema.ts'
import { builder } from '../../graphql/builder.ts'
import { clockOf, tenantOf } from '../../graphql/context.ts'
import { asksClickHouse, type Check, type FieldCost } from '../../graphql/limits/cost.ts'
import { needs } from '../../graphql/needs.ts'
import { TimeRangeInput } from '../../graphql/series.ts'
import { AppError } from '../../platform/errors.ts'
import { resolveRange } from '../../platform/time-range.ts'
import type { LogPattern, LogPatterns } from './log-patterns.queries.ts'
import { logAskOf, logFilterType, parseLogFilter } from './log.schema.ts'

const MAX_PATTERNS = 100

const checkFirst = (first: number): void => {
  if (first >= 1 && first <= MAX_PATTERNS) return
  throw new AppError('BAD_REQUEST', `first is a number from 1 to ${MAX_PATTERNS}.`)
}
const check: Check = ({ first, filter, range }, clock) => {
  checkFirst(Number(first))
  parseLogFilter(filter as object | undefined)
  resolveRange(range ?? {}, clock)
}

const Pattern = builder.objectRef<LogPattern>('LogPattern').implement({
  description: 'Log lines that differ by numbers, ids, addresses and quoted texts alone.',
  fields: (t) => ({
    pattern: t.exposeString('pattern', {
      description: 'Their text, with <number>, <hex>, <uuid>, <address> and <text> in place of what differs.',
    }),
    lines: t.expose('lines', { type: 'BigInt', description: 'Number of lines.' }),
    errors: t.expose('errors', {
      type: 'BigInt',
      description: 'Number of lines of the levels ERROR and FATAL.',
    }),
    firstSeenAt: t.expose('firstSeenAt', { type: 'DateTime', description: 'Time of the oldest line.' }),
    lastSeenAt: t.expose('lastSeenAt', { type: 'DateTime', description: 'Time of the newest line.' }),
    example: t.exposeString('example', {
      description: 'Text of the newest line, its first 1,000 characters.',
    }),
  }),
})

const Breakdown = builder.objectRef<LogPatterns>('LogPatternBreakdown').implement({
  description: 'Log lines by their pattern.',
  fields: (t) => ({
    lines: t.expose('lines', { type: 'BigInt', description: 'Number of all lines.' }),
    patterns: t.field({
      type: [Pattern],
      description: 'Patterns, most lines first.',
      extensions: {
        cost: { small: true, items: { most: MAX_PATTERNS, of: ({ parent }) => Number(parent.first) } },
      } satisfies { cost: FieldCost },
      resolve: ({ patterns }) => [...patterns],
    }),
  }),
})

builder.objectField(Analytics, 'logPatterns', (t) =>
  t.field({
    type: Breakdown,
    nullable: true,
    description: `Log lines by their pattern: lines that differ by numbers and the like are one. ${needs('log:read')}`,
    extensions: { ...asksClickHouse, check } satisfies { cost: FieldCost; check: Check },
    authScopes: { action: 'log:read' },
    args: {
      filter: t.arg({ type: logFilterType, description: 'Conditions on the lines.' }),
      range: t.arg({
        type: TimeRangeInput,
        description: 'Window of the lines (default: the last 24 hours).',
      }),
      first: t.arg.int({
        required: true,
        defaultValue: 20,
        description: `Number of patterns, most lines first (1-${MAX_PATTERNS}, default 20).`,
      }),
    },
    resolve: (_root, { filter, range, first }, context) => {
      checkFirst(first)
      const ask = { ...logAskOf(filter, resolveRange(range ?? {}, clockOf(context)), context), first }
      return context.modules.logs.queries.patterns(tenantOf(context), ask, context)
    },
  }),
)

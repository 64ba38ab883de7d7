import { z } from 'zod'
import type { ClickHouse, QueryOptions } from '../../platform/clickhouse/client.ts'
import { defineQuery, instant, whole } from '../../platform/clickhouse/query.ts'
import { p, sql, type Sql } from '../../platform/clickhouse/sql.ts'
import { requireKept } from '../../platform/clickhouse/tables.ts'
import type { Clock } from '../../platform/clock.ts'
import { AppError } from '../../platform/errors.ts'
import type { TenantId } from '../../platform/ids.ts'
import { logWhere, type LogAsk } from './log-filter.queries.ts'
import { errorLevels } from './log-level.ts'

/** Lines that one question reads at most: their patterns are made one by one, in about two seconds. */
const MAX_PATTERN_LINES = 250_000
/** Characters of a line that its pattern is made of. */
const MAX_CHARS = 1_000

/**
 * What of a line is its own and not of its pattern, in this order, as RE2 (docs/logs.md shows the same table). Numbers
 * go before hex so that a hex id keeps its letters, and once more after it for those inside of words.
 */
const replacements: readonly (readonly [pattern: string, placeholder: string])[] = [
  ['"[^"]*"', '<text>'],
  // After a letter it is an apostrophe.
  [String.raw`(^|[^\w])'[^']*'`, String.raw`\1<text>`],
  [String.raw`\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b`, '<uuid>'],
  [String.raw`\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+\b`, '<address>'],
  [String.raw`\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b`, '<address>'],
  [String.raw`\b[0-9a-fA-F]{1,4}(?:::?[0-9a-fA-F]{1,4}){3,7}\b`, '<address>'],
  [String.raw`\b\d+(?:\.\d+)*\b`, '<number>'],
  [String.raw`\b(?:0x[0-9a-fA-F]+|[0-9a-fA-F]{8,})\b`, '<hex>'],
  [String.raw`\d+`, '<number>'],
]
const begin = sql`substringUTF8(message, 1, ${p.uInt32(MAX_CHARS)})`
const patternSql = replacements.reduce<Sql>(
  (text, [pattern, placeholder]) =>
    sql`replaceRegexpAll(${text}, ${p.text(pattern)}, ${p.text(placeholder)})`,
  begin,
)

const patternRow = z
  .object({
    pattern: z.string(),
    is_whole: whole,
    line_count: whole,
    error_count: whole,
    first_at: instant,
    last_at: instant,
    example: z.string(),
  })
  .transform((row) => ({
    isWhole: row.is_whole === 1,
    pattern: row.pattern,
    lines: row.line_count,
    errors: row.error_count,
    firstSeenAt: row.first_at,
    lastSeenAt: row.last_at,
    example: row.example,
  }))
export type LogPattern = Omit<z.output<typeof patternRow>, 'isWhole'>
export type LogPatterns = { readonly lines: number; readonly patterns: readonly LogPattern[] }

export type LogPatternQueries = {
  /**
   * Lines by their pattern, most lines first: the `first` of them, and the number of all lines. Throws as
   * ClickHouse.query, and LIMIT_EXCEEDED for more than `MAX_PATTERN_LINES` lines and for a range whose lines are not
   * kept any more.
   */
  patterns(
    tenant: TenantId,
    ask: LogAsk & { readonly first: number },
    options?: QueryOptions,
  ): Promise<LogPatterns>
}

export const createLogPatternQueries = (deps: {
  readonly clickHouse: ClickHouse
  readonly clock: Clock
  /** Default `MAX_PATTERN_LINES`; tests bring less. */
  readonly maxLines?: number
}): LogPatternQueries => ({
  async patterns(tenant, ask, options) {
    requireKept('log_events', ask.range, deps.clock.now())
    const where = logWhere(tenant, ask)
    const counting = defineQuery({
      name: 'incidents.logPatternLines',
      shared: true,
      tenant,
      sql: sql`SELECT count() AS line_count FROM log_events WHERE ${where}`,
      row: z.object({ line_count: whole }),
    })
    const lines = (await deps.clickHouse.query(counting, options))[0]?.line_count ?? 0
    const { maxLines = MAX_PATTERN_LINES } = deps
    if (lines > maxLines)
      throw new AppError(
        'LIMIT_EXCEEDED',
        `These are ${lines} lines, and patterns are made of at most ${maxLines}. Ask for a shorter range or by a filter.`,
      )
    const query = defineQuery({
      name: 'incidents.logPatterns',
      shared: true,
      tenant,
      sql: sql`
        SELECT ${patternSql} AS pattern, grouping(pattern) AS is_whole, count() AS line_count,
               countIf(level IN (${p.texts(errorLevels)})) AS error_count,
               toUnixTimestamp64Milli(min(time)) AS first_at, toUnixTimestamp64Milli(max(time)) AS last_at,
               argMax(${begin}, (time, UUIDToNum(event_id))) AS example
        FROM log_events WHERE ${where}
        GROUP BY GROUPING SETS ((pattern), ())
        ORDER BY is_whole DESC, line_count DESC, pattern LIMIT ${p.uInt32(ask.first + 1)}`,
      row: patternRow,
    })
    const rows = await deps.clickHouse.query(query, options)
    const patterns = rows.filter(({ isWhole }) => !isWhole).map(({ isWhole: _isWhole, ...each }) => each)
    return { lines: rows.find(({ isWhole }) => isWhole)?.lines ?? 0, patterns }
  },
})

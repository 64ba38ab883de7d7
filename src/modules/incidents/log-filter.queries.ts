import { inHours, joinSql, p, sql, type Sql } from '../../platform/clickhouse/sql.ts'
import { AppError } from '../../platform/errors.ts'
import { isUuid, type TenantId } from '../../platform/ids.ts'
import type { TimeRange } from '../../platform/time-range.ts'

/** From least to most severe. */
export const logLevels = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'] as const
export type LogLevel = (typeof logLevels)[number]

/** All that are given must hold. */
export type LogFilter = {
  readonly levels?: readonly LogLevel[]
  readonly service?: string
  readonly host?: string
  /** UUID of a project of the tenant. */
  readonly project?: string
  /** Text that the message contains, in any case; `%` and `_` mean themselves. */
  readonly contains?: string
  readonly traceId?: string
}

/** Longer than any line that someone types; a bound on the work for each row. */
const MAX_TEXT = 256

const bounded = (name: string, text: string): string => {
  if (text.length > 0 && text.length <= MAX_TEXT) return text
  throw new AppError(
    'VALIDATION_FAILED',
    `Give \`${name}\` with 1 to ${MAX_TEXT} characters, or leave it out.`,
  )
}

/** LIKE's own signs stand for themselves when a backslash comes before them. */
const like = (text: string): string => `%${text.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`

/**
 * The WHERE of every log query: tenant first, then the range, then what was filtered by. Throws VALIDATION_FAILED for
 * an empty or overlong text and for a project that is no UUID.
 */
export const logWhere = (tenant: TenantId, filter: LogFilter, range: TimeRange): Sql => {
  const conditions = [
    sql`tenant_id = ${p.uuid(tenant)}`,
    inHours(range),
    sql`time >= ${p.dateTime(range.from)}`,
    sql`time < ${p.dateTime(range.to)}`,
  ]
  if (filter.levels) conditions.push(sql`level IN (${p.texts(filter.levels)})`)
  if (filter.service !== undefined) conditions.push(sql`service = ${p.text(filter.service)}`)
  if (filter.host !== undefined) conditions.push(sql`host = ${p.text(filter.host)}`)
  if (filter.project !== undefined) {
    if (!isUuid(filter.project))
      throw new AppError('VALIDATION_FAILED', 'Give `project` as the id of a project.')
    conditions.push(sql`project_id = ${p.uuid(filter.project)}`)
  }
  if (filter.traceId !== undefined) {
    conditions.push(sql`trace_id = ${p.text(bounded('traceId', filter.traceId))}`)
  }
  if (filter.contains !== undefined) {
    const pattern = like(bounded('contains', filter.contains))
    conditions.push(sql`lowerUTF8(message) LIKE lowerUTF8(${p.text(pattern)})`)
  }
  return joinSql(conditions, ' AND ')
}

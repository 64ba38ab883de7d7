import { z } from 'zod'
import type { ClickHouse, QueryOptions } from '../../platform/clickhouse/client.ts'
import { defineQuery, instant, whole } from '../../platform/clickhouse/query.ts'
import { p, sql, type Sql } from '../../platform/clickhouse/sql.ts'
import { AppError } from '../../platform/errors.ts'
import { isUuid, type TenantId } from '../../platform/ids.ts'
import type { TimeRange } from '../../platform/time-range.ts'
import { logLevels, logWhere, type LogFilter } from './log-filter.queries.ts'

export type LogAsk = { readonly filter: LogFilter; readonly range: TimeRange }

const NIL = '00000000-0000-0000-0000-000000000000'
const uuidOrNull = z.string().transform((id) => (id === NIL ? null : id))

const logRow = z
  .object({
    event_id: z.string(),
    at: instant,
    project_id: uuidOrNull,
    environment_id: uuidOrNull,
    service: z.string(),
    host: z.string(),
    level: z.enum(logLevels),
    message: z.string(),
    trace_id: z.string(),
    attributes: z.record(z.string(), z.string()),
  })
  .transform((row) => ({
    eventId: row.event_id,
    time: row.at,
    projectId: row.project_id,
    environmentId: row.environment_id,
    service: row.service,
    host: row.host,
    level: row.level,
    message: row.message,
    traceId: row.trace_id,
    attributes: row.attributes,
    cursor: writeCursor(row.at, row.event_id),
  }))

/** One line. `cursor` is its place, for `after`. */
export type LogLine = z.output<typeof logRow>

export type LogPage = { readonly rows: readonly LogLine[]; readonly hasNextPage: boolean }

export type LogQueries = {
  /**
   * The newest lines first, `first` of them (the caller bounds it), from behind `after`. A cursor is a place and not a
   * count, so lines that arrive later neither repeat nor hide one. Throws BAD_REQUEST for a cursor that isn't one.
   */
  logPage(
    tenant: TenantId,
    ask: LogAsk & { readonly first: number; readonly after?: string | null },
    options?: QueryOptions,
  ): Promise<LogPage>
  /** Lines of the filter and the range, however many there are: asked for only when someone wants the number. */
  logCount(tenant: TenantId, ask: LogAsk, options?: QueryOptions): Promise<number>
}

const writeCursor = (time: Date, eventId: string): string =>
  Buffer.from(`${time.getTime()}:${eventId}`).toString('base64url')

const readCursor = (cursor: string): { time: Date; eventId: string } => {
  const [ms = '', eventId = '', ...rest] = Buffer.from(cursor, 'base64url').toString().split(':')
  // 13 digits are the years 2001 to 2286: whatever else a client writes there is no time of ours.
  if (!/^\d{13}$/.test(ms) || !isUuid(eventId) || rest.length > 0) {
    throw new AppError('BAD_REQUEST', 'This cursor is none of a log page. Start again without `after`.')
  }
  return { time: new Date(Number(ms)), eventId }
}

/** Trap: ClickHouse compares UUIDs by their second half first. Their bytes sort as the ids were made. */
const behind = (after: string | null | undefined): Sql => {
  if (!after) return sql``
  const { time, eventId } = readCursor(after)
  return sql`AND time <= ${p.dateTime(time)}
    AND (time < ${p.dateTime(time)} OR UUIDToNum(event_id) < UUIDToNum(${p.uuid(eventId)}))`
}

export const createLogQueries = (deps: { readonly clickHouse: ClickHouse }): LogQueries => ({
  async logPage(tenant, { filter, range, first, after }, options) {
    const query = defineQuery({
      name: 'incidents.logPage',
      tenant,
      // The hour leads the order so that the server reads the sort key backwards and stops when the page is full.
      sql: sql`
        SELECT event_id, toUnixTimestamp64Milli(time) AS at, project_id, environment_id, service, host, level,
               message, trace_id, attributes
        FROM log_events
        WHERE ${logWhere(tenant, filter, range)} ${behind(after)}
        ORDER BY toStartOfHour(time) DESC, time DESC, UUIDToNum(event_id) DESC
        LIMIT ${p.uInt32(first + 1)}`,
      row: logRow,
    })
    const rows = await deps.clickHouse.query(query, options)
    return { rows: rows.slice(0, first), hasNextPage: rows.length > first }
  },

  async logCount(tenant, { filter, range }, options) {
    const query = defineQuery({
      name: 'incidents.logCount',
      tenant,
      sql: sql`SELECT count() AS lines FROM log_events WHERE ${logWhere(tenant, filter, range)}`,
      row: z.object({ lines: whole }),
    })
    const [row] = await deps.clickHouse.query(query, options)
    if (!row) throw new TypeError('count() answers one row')
    return row.lines
  },
})

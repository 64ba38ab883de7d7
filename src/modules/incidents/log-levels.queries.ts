import { z } from 'zod'
import type { ClickHouse, QueryOptions } from '../../platform/clickhouse/client.ts'
import { defineQuery, whole } from '../../platform/clickhouse/query.ts'
import { p, sql } from '../../platform/clickhouse/sql.ts'
import type { TenantId } from '../../platform/ids.ts'
import { alignRange, bucketStarts, type TimeRange } from '../../platform/time-range.ts'
import { logLevels, logWhere, type LogFilter, type LogLevel } from './log-filter.queries.ts'

export type LogLevelPoint = { readonly time: Date; readonly count: number }

/** Zero-filled; `from` and `to` are the asked range, widened to whole buckets. One series for every level asked for. */
export type LogLevelSeries = TimeRange & {
  readonly stepMs: number
  readonly levels: readonly {
    readonly level: LogLevel
    readonly total: number
    readonly points: readonly LogLevelPoint[]
  }[]
}

const MINUTE_MS = 60_000

/**
 * Which table answers: the rollup for whole minutes, unless the filter needs what only a line has (its text, its
 * trace). Both give the same answer, since a series is over whole buckets.
 */
export const logSource = (filter: LogFilter, stepMs: number): 'log_events' | 'log_levels_1m' =>
  stepMs % MINUTE_MS === 0 && filter.contains === undefined && filter.traceId === undefined
    ? 'log_levels_1m'
    : 'log_events'

const counted = {
  log_events: sql`count() AS lines FROM log_events`,
  log_levels_1m: sql`sum(events) AS lines FROM log_levels_1m`,
} as const

export type LogLevelQueries = {
  /** Lines per level and bucket. `stepMs` comes from `chooseStep`, which bounds the points. Throws as ClickHouse.query. */
  logLevels(
    tenant: TenantId,
    ask: { readonly filter: LogFilter; readonly range: TimeRange; readonly stepMs: number },
    options?: QueryOptions,
  ): Promise<LogLevelSeries>
}

export const createLogLevelQueries = (deps: { readonly clickHouse: ClickHouse }): LogLevelQueries => ({
  async logLevels(tenant, { filter, range, stepMs }, options) {
    const aligned = alignRange(range, stepMs)
    const step = p.uInt32(stepMs / 1000)
    const query = defineQuery({
      name: 'incidents.logLevels',
      tenant,
      sql: sql`
        SELECT level, intDiv(toUnixTimestamp(time), ${step}) * ${step} AS start, ${counted[logSource(filter, stepMs)]}
        WHERE ${logWhere(tenant, filter, aligned)}
        GROUP BY level, start`,
      row: z.object({ level: z.enum(logLevels), start: whole, lines: whole }),
    })
    const counts = new Map<string, number>()
    for (const row of await deps.clickHouse.query(query, options)) {
      counts.set(`${row.level} ${row.start * 1000}`, row.lines)
    }
    const starts = bucketStarts(range, stepMs)
    const levels = logLevels
      .filter((level) => filter.levels?.includes(level) ?? true)
      .map((level) => {
        const points = starts.map((time) => ({ time, count: counts.get(`${level} ${time.getTime()}`) ?? 0 }))
        return { level, total: points.reduce((total, { count }) => total + count, 0), points }
      })
    return { ...aligned, stepMs, levels }
  },
})

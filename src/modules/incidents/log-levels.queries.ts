import { z } from 'zod'
import type { ClickHouse, QueryOptions } from '../../platform/clickhouse/client.ts'
import { defineQuery, whole } from '../../platform/clickhouse/query.ts'
import { p, sql } from '../../platform/clickhouse/sql.ts'
import { chooseTable } from '../../platform/clickhouse/tables.ts'
import type { Clock } from '../../platform/clock.ts'
import { columnsOf, matches, partAbout, type Filter } from '../../platform/filter-tree.ts'
import type { TenantId } from '../../platform/ids.ts'
import { bucketStarts, type TimeRange } from '../../platform/time-range.ts'
import { isOfRollup, logWhere, type LogAsk } from './log-filter.queries.ts'
import { logLevels, type LogLevel } from './log-level.ts'

export type LogLevelPoint = { readonly time: Date; readonly count: number }

/**
 * Zero-filled; `from` and `to` are the asked range in whole buckets. One series for every level that the
 * filter allows.
 */
export type LogLevelSeries = TimeRange & {
  readonly stepMs: number
  readonly levels: readonly {
    readonly level: LogLevel
    readonly count: number
    readonly points: readonly LogLevelPoint[]
  }[]
}

/**
 * The rollup answers unless the filter needs what only a line has (its text, its trace). Both give the same
 * numbers.
 */
const tablesFor = (filter: Filter) =>
  [
    { table: 'log_levels_1m', everyMs: 60_000, answers: [...columnsOf(filter)].every(isOfRollup) },
    { table: 'log_events', everyMs: 1_000 },
  ] as const

const counted = {
  log_events: sql`count() AS lines FROM log_events`,
  log_levels_1m: sql`sum(events) AS lines FROM log_levels_1m`,
} as const

export type LogLevelQueries = {
  /**
   * Lines per level and bucket. `stepMs` comes from `chooseStep`, which bounds the points. Throws as
   * ClickHouse.query, and LIMIT_EXCEEDED for a range whose lines are not kept any more.
   */
  logLevels(
    tenant: TenantId,
    ask: LogAsk & { readonly stepMs: number },
    options?: QueryOptions,
  ): Promise<LogLevelSeries>
}

export const createLogLevelQueries = (deps: {
  readonly clickHouse: ClickHouse
  readonly clock: Clock
}): LogLevelQueries => ({
  async logLevels(tenant, ask, options) {
    const { filter, stepMs } = ask
    const { table, range } = chooseTable(tablesFor(filter), ask.range, stepMs, deps.clock.now())
    const step = p.uInt32(stepMs / 1000)
    const query = defineQuery({
      name: 'incidents.logLevels',
      tenant,
      sql: sql`
        SELECT level, intDiv(toUnixTimestamp(time), ${step}) * ${step} AS start, ${counted[table]}
        WHERE ${logWhere(tenant, { ...ask, range })}
        GROUP BY level, start`,
      row: z.object({ level: z.enum(logLevels), start: whole, lines: whole }),
    })
    const counts = new Map<string, number>()
    for (const row of await deps.clickHouse.query(query, options)) {
      counts.set(`${row.level} ${row.start * 1000}`, row.lines)
    }
    const starts = bucketStarts(range, stepMs)
    const allowed = partAbout(filter, 'level')
    const levels = logLevels
      .filter((level) => matches(allowed, { level }))
      .map((level) => {
        const points = starts.map((time) => ({ time, count: counts.get(`${level} ${time.getTime()}`) ?? 0 }))
        return { level, count: points.reduce((total, { count }) => total + count, 0), points }
      })
    return { ...range, stepMs, levels }
  },
})

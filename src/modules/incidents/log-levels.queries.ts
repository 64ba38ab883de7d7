import { z } from 'zod'
import { pointsOf, rangeOf, seriesOf, type Window } from '../../platform/buckets.ts'
import type { ClickHouse, QueryOptions } from '../../platform/clickhouse/client.ts'
import { defineQuery, whole } from '../../platform/clickhouse/query.ts'
import { bucketOf } from '../../platform/clickhouse/bucket.ts'
import { sql } from '../../platform/clickhouse/sql.ts'
import { chooseTable } from '../../platform/clickhouse/tables.ts'
import type { Clock } from '../../platform/clock.ts'
import { columnsOf, matches, partAbout, type Filter } from '../../platform/filter-tree.ts'
import type { TenantId } from '../../platform/ids.ts'
import type { TimeRange } from '../../platform/time-range.ts'
import { isOfRollup, logWhere, type LogAsk } from './log-filter.queries.ts'
import { logLevels, type LogLevel } from './log-level.ts'

export type LogLevelPoint = { readonly time: Date; readonly count: number }

/**
 * Zero-filled; `from` and `to` are the asked range in whole buckets. One series for every level that the
 * filter allows.
 */
export type LogLevelSeries = Omit<Window, 'range'> &
  TimeRange & {
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
   * Lines per level and bucket. The step comes from `chooseStep`, which bounds the points. Throws as
   * ClickHouse.query, and LIMIT_EXCEEDED for a range whose lines are not kept any more.
   */
  logLevels(tenant: TenantId, ask: LogAsk & Window, options?: QueryOptions): Promise<LogLevelSeries>
}

export const createLogLevelQueries = (deps: {
  readonly clickHouse: ClickHouse
  readonly clock: Clock
}): LogLevelQueries => ({
  async logLevels(tenant, ask, options) {
    const { filter } = ask
    const { table, buckets } = chooseTable(tablesFor(filter), ask, deps.clock.now())
    const query = defineQuery({
      name: 'incidents.logLevels',
      shared: true,
      tenant,
      sql: sql`
        SELECT level, ${bucketOf(buckets, sql`toUnixTimestamp(time)`)} AS start, ${counted[table]}
        WHERE ${logWhere(tenant, { ...ask, range: rangeOf(buckets) })}
        GROUP BY level, start`,
      row: z.object({ level: z.enum(logLevels), start: whole, lines: whole }),
    })
    const counts = new Map<string, number>()
    for (const row of await deps.clickHouse.query(query, options)) {
      counts.set(`${row.level} ${row.start * 1000}`, row.lines)
    }
    const allowed = partAbout(filter, 'level')
    const levels = logLevels
      .filter((level) => matches(allowed, { level }))
      .map((level) => {
        const points = pointsOf(buckets, (time) => ({
          time,
          count: counts.get(`${level} ${time.getTime()}`) ?? 0,
        }))
        return { level, count: points.reduce((total, { count }) => total + count, 0), points }
      })
    return { ...seriesOf(buckets), levels }
  },
})

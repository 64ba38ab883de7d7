import { z } from 'zod'
import type { ClickHouse } from '../../platform/clickhouse/client.ts'
import {
  countedSeries,
  type CountedPart,
  type CountedSeries,
  type CountedSeriesQueries,
} from '../../platform/clickhouse/counted-series.ts'
import { whole } from '../../platform/clickhouse/query.ts'
import { p, sql } from '../../platform/clickhouse/sql.ts'
import type { Clock } from '../../platform/clock.ts'
import { columnsOf } from '../../platform/filter-tree.ts'
import { isOfRollup, logWhere, type LogAsk } from './log-filter.queries.ts'
import { errorLevels } from './log-level.ts'

export { OF_ALL } from '../../platform/clickhouse/counted-series.ts'

export type LogCounts = {
  readonly lines: number
  /** Of the levels ERROR and FATAL. */
  readonly errors: number
  /** Different hosts of the lines that name one. */
  readonly hosts: number
  /** Minute of the newest line; null without one. */
  readonly lastSeenAt: Date | null
}
export type LogBy = 'service' | 'host'
export type LogSeries = CountedSeries<LogCounts>
export type LogGroup = CountedPart<LogCounts>

const isError = sql`level IN (${p.texts(errorLevels)})`
// To the minute in both, so that both give the same numbers.
const around = sql`uniqExactIf(host, host != '') AS host_count, toUnixTimestamp(toStartOfMinute(max(time))) AS last_seen`

/** The rollup answers unless the filter needs what only a line has, or the step is below a minute. */
export const createLogSeriesQueries = (deps: {
  readonly clickHouse: ClickHouse
  readonly clock: Clock
}): CountedSeriesQueries<LogAsk, LogCounts, LogBy> =>
  countedSeries({
    ...deps,
    name: 'incidents.log',
    tables: [
      { table: 'log_levels_1m', everyMs: 60_000 },
      { table: 'log_events', everyMs: 1_000 },
    ],
    answers: (table, { filter }) => table === 'log_events' || [...columnsOf(filter)].every(isOfRollup),
    counted: {
      log_levels_1m: sql`
        sum(events) AS line_count, sumIf(events, ${isError}) AS error_count, ${around} FROM log_levels_1m`,
      log_events: sql`
        count() AS line_count, countIf(${isError}) AS error_count, ${around} FROM log_events`,
    },
    row: z
      .object({ line_count: whole, error_count: whole, host_count: whole, last_seen: whole })
      .transform((row): { counts: LogCounts } => ({
        counts: {
          lines: row.line_count,
          errors: row.error_count,
          hosts: row.host_count,
          lastSeenAt: new Date(row.last_seen * 1_000),
        },
      })),
    none: { lines: 0, errors: 0, hosts: 0, lastSeenAt: null },
    key: sql`service`,
    by: { service: sql`service`, host: sql`host` },
    order: sql`line_count DESC`,
    where: logWhere,
  })

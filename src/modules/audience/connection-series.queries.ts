import type { ClickHouse } from '../../platform/clickhouse/client.ts'
import {
  countedSeries,
  type CountedGroup,
  type CountedSeries,
  type CountedSeriesQueries,
} from '../../platform/clickhouse/counted-series.ts'
import { sql } from '../../platform/clickhouse/sql.ts'
import type { Clock } from '../../platform/clock.ts'
import {
  connectionCounts,
  countedRow,
  noConnections,
  type ConnectionCounts,
} from './connection-counts.queries.ts'
import { connectionWhere, type ConnectionAsk } from './connection-filter.queries.ts'

export { OF_ALL } from '../../platform/clickhouse/counted-series.ts'

/** What connections of one window can be told apart by. */
export type ConnectionsBy = 'country' | 'connector'
export type ConnectionSeries = CountedSeries<ConnectionCounts>
export type ConnectionGroup = CountedGroup<ConnectionCounts>

/**
 * Of each of some streams, by their internal names, or of all. Sessions are estimated with an error of about
 * 0.5 % above some thousand, and exact below.
 */
export const createConnectionSeriesQueries = (deps: {
  readonly clickHouse: ClickHouse
  readonly clock: Clock
}): CountedSeriesQueries<ConnectionAsk, ConnectionCounts, ConnectionsBy> =>
  countedSeries({
    ...deps,
    name: 'audience.connection',
    tables: [
      { table: 'connections_1h', everyMs: 3_600_000 },
      { table: 'connection_events', everyMs: 1_000 },
    ],
    counted: connectionCounts,
    row: countedRow,
    none: noConnections,
    key: sql`internal_name`,
    by: { country: sql`country_code`, connector: sql`connector` },
    order: sql`join_count DESC, leave_count DESC`,
    where: connectionWhere,
  })

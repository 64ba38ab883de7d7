import { z } from 'zod'
import { whole, wide } from '../../platform/clickhouse/query.ts'
import { sql, type Sql } from '../../platform/clickhouse/sql.ts'

/** What is counted of connections. Sessions of a whole are never the sum of those of its parts. */
export type ConnectionCounts = {
  readonly joins: number
  readonly leaves: number
  /** Different sessions among those that joined or left. */
  readonly sessions: number
  readonly bytes: bigint
  /** Of the sessions that ended; null where none has a known length. */
  readonly averageSessionSeconds: number | null
  /** Length of the sessions that ended, whole where they ended. */
  readonly watchedMinutes: number
}

export const noConnections: ConnectionCounts = {
  joins: 0,
  leaves: 0,
  sessions: 0,
  bytes: 0n,
  averageSessionSeconds: null,
  watchedMinutes: 0,
}

/** By table: what is selected of it, and FROM. */
export const connectionCounts = {
  connections_1h: sql`
    sum(joins) AS join_count, sum(leaves) AS leave_count, uniqCombined64IfMerge(sessions) AS session_count,
    sum(bytes) AS byte_count, sum(session_seconds) AS seconds, sum(timed_sessions) AS timed
    FROM connections_1h`,
  connection_events: sql`
    countIf(event_type = 'connect') AS join_count, countIf(event_type = 'disconnect') AS leave_count,
    uniqCombined64If(session_id, session_id != '') AS session_count, sum(bytes_transferred) AS byte_count,
    sumIf(session_duration_s, event_type = 'disconnect') AS seconds,
    countIf(event_type = 'disconnect' AND session_duration_s > 0) AS timed
    FROM connection_events`,
} as const satisfies Record<string, Sql>

/** A sum that is only divided: of year-long sessions it may pass 2^53, where a double is as near as a mean needs. */
const divided = z.union([z.string(), z.number()]).transform(Number)

/** Adds `counts` to a row: sums are divided here and nowhere else. */
export const countedRow = z
  .object({
    join_count: whole,
    leave_count: whole,
    session_count: whole,
    byte_count: wide,
    seconds: divided,
    timed: whole,
  })
  .transform((row) => ({
    counts: {
      joins: row.join_count,
      leaves: row.leave_count,
      sessions: row.session_count,
      bytes: row.byte_count,
      averageSessionSeconds: row.timed > 0 ? row.seconds / row.timed : null,
      watchedMinutes: row.seconds / 60,
    } satisfies ConnectionCounts,
  }))

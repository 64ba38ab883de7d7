import type { z } from 'zod'
import type { ClickHouse, QueryOptions } from '../../platform/clickhouse/client.ts'
import { defineQuery } from '../../platform/clickhouse/query.ts'
import { joinSql, p, scoped, sql, type Sql } from '../../platform/clickhouse/sql.ts'
import { requireKept } from '../../platform/clickhouse/tables.ts'
import type { Clock } from '../../platform/clock.ts'
import type { TenantId } from '../../platform/ids.ts'
import type { TimeRange } from '../../platform/time-range.ts'

export type NamesRange = { readonly internalNames: readonly string[]; readonly range: TimeRange }

/** `time` is that of the first fact with the new values. */
export type Change<Values> = {
  readonly nodeId: string
  readonly time: Date
  readonly before: Values
  readonly after: Values
}

/** A value that may change, and what the statement calls it. `of` is NULL where a fact does not say it. */
type Looked = { readonly of: Sql; readonly own: Sql; readonly before: Sql; readonly after: Sql }

/** The facts of one stream on one edge node in the order of their times, the same whenever they were stored. */
export const inOrder = sql`PARTITION BY internal_name, node_id ORDER BY time, UUIDToNum(event_id)`

/** A stream that changes more often has nothing that a person could follow. */
export const MAX_CHANGES = 100

/**
 * Answers for each name when a value changed from one fact of an edge node to the next, newest first: the
 * `MAX_CHANGES` newest. What a fact does not say is as it was, so a value that is learned is no change. Throws as
 * ClickHouse.query, and LIMIT_EXCEEDED for a range whose facts are not kept any more.
 */
export const changesOf = <Values>(declared: {
  readonly clickHouse: ClickHouse
  readonly clock: Clock
  readonly name: string
  readonly table: string
  /** The table, called `rows`. */
  readonly from: Sql
  readonly values: readonly Looked[]
  readonly row: z.ZodType<Change<Values> & { readonly internalName: string }>
}) => {
  const { clickHouse, clock, name, table, from, values, row } = declared
  const before = sql`${inOrder} ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING`
  const list = (piece: (value: Looked) => Sql) => joinSql(values.map(piece), ', ')
  return async (tenant: TenantId, { internalNames, range }: NamesRange, options?: QueryOptions) => {
    const found = new Map(internalNames.map((each): [string, Change<Values>[]] => [each, []]))
    if (found.size === 0) return found
    requireKept(table, range, clock.now())
    const query = defineQuery({
      name,
      tenant,
      // anyLast leaves out NULL: the last value that a fact said.
      sql: sql`
        SELECT internal_name, node_id, toUnixTimestamp64Milli(time) AS at,
               ${list(({ own, before, after }) => sql`ifNull(${own}, ${before}) AS ${after}, ${before}`)}
        FROM (
          SELECT internal_name, node_id, event_id, time, ${list(({ own }) => own)},
                 ${list(({ own, before: last }) => sql`anyLast(${own}) OVER (${before}) AS ${last}`)}
          FROM (
            SELECT internal_name, node_id, event_id, time, ${list(({ of, own }) => sql`${of} AS ${own}`)}
            FROM ${from}
            WHERE ${scoped(tenant, range, { hours: true })} AND internal_name IN (${p.texts(internalNames)})
          )
        )
        WHERE ${joinSql(
          values.map(({ own, before: last }) => sql`ifNull(${own} != ${last}, 0)`),
          ' OR ',
        )}
        ORDER BY at DESC, UUIDToNum(event_id) DESC
        LIMIT ${p.uInt32(MAX_CHANGES)} BY internal_name`,
      row,
    })
    for (const { internalName, ...change } of await clickHouse.query(query, options))
      found.get(internalName)!.push(change)
    return found
  }
}

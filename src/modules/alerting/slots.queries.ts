import { z } from 'zod'
import { AppError } from '../../platform/errors.ts'
import type { ClickHouse, QueryOptions } from '../../platform/clickhouse/client.ts'
import { defineQuery, whole } from '../../platform/clickhouse/query.ts'
import { column, joinSql, p, sql } from '../../platform/clickhouse/sql.ts'
import { requireKept } from '../../platform/clickhouse/tables.ts'
import type { Clock } from '../../platform/clock.ts'
import type { TenantId } from '../../platform/ids.ts'
import type { TimeRange } from '../../platform/time-range.ts'
import type { Question } from './plan.ts'
import { columnsOf, keyOf, nameOf, rowsOf } from './windows.queries.ts'

/** The rows of a short time, of which windows are made. */
export type Slot = {
  readonly startMs: number
  readonly keys: readonly string[]
  /** Values of the question's columns, each for all keys. */
  readonly columns: readonly (readonly unknown[])[]
}

/** Combinations of labels times slots: what a server holds in memory for a while. */
const MAX_ROWS = 500_000
/** Bins of percentiles of all rows: an entry of an object each, which takes 25 to 210 bytes (measured). */
const MAX_BINS = 2_000_000

const row = z
  .object({ slot: whole, keys: z.custom<readonly string[]>(Array.isArray), many: whole, bins: whole })
  .catchall(z.custom<readonly unknown[]>(Array.isArray))

export const createSlotQueries = ({
  clickHouse,
  clock,
  mostBins = MAX_BINS,
}: {
  readonly clickHouse: ClickHouse
  readonly clock: Clock
  /** Bins of percentiles that the rows may have together. */
  readonly mostBins?: number
}) => ({
  /**
   * The rows of a tenant in slots of that length, in order. Throws as ClickHouse.query, and LIMIT_EXCEEDED for a range
   * whose rows are not kept any more, and for more rows, or more bins of percentiles, than fit.
   */
  read: async (
    question: Question,
    tenant: TenantId,
    range: TimeRange,
    slotMs: number,
    options?: QueryOptions,
  ): Promise<Slot[]> => {
    requireKept(question.measure.dataset, range, clock.now())
    const sums = columnsOf(question, sql`1`)
    const lists = sums.map(
      (_, at) =>
        sql`if(bins > ${p.uInt32(mostBins)}, [], groupArray(${column(nameOf(at))})) AS ${column(`${nameOf(at)}s`)}`,
    )
    const binned = question.columns.findIndex(({ sum }) => sum === 'bins') // one rule has one field
    const binsOfRow = binned < 0 ? sql`0` : sql`length(mapKeys(${column(nameOf(binned))}))`
    const query = defineQuery({
      name: 'alerting.slots',
      tenant,
      sql: sql`
        SELECT slot, groupArray(group_key) AS keys, sum(count()) OVER () AS many,
               sum(sum(${binsOfRow})) OVER () AS bins, ${joinSql(lists, ', ')}
        FROM (
          SELECT intDiv(toUnixTimestamp64Milli(time), ${p.uInt32(slotMs)}) AS slot, ${keyOf(question)} AS group_key,
                 ${joinSql(
                   sums.map((sum, at) => sql`${sum} AS ${column(nameOf(at))}`),
                   ', ',
                 )}
          ${rowsOf(question, sql`tenant_id = ${p.tenant(tenant)}`, range.from, range.to)}
          GROUP BY slot, group_key
          LIMIT ${p.uInt32(MAX_ROWS + 1)}
        )
        GROUP BY slot ORDER BY slot`,
      row,
    })
    const rows = await clickHouse.query(query, options)
    if ((rows[0]?.many ?? 0) > MAX_ROWS)
      throw new AppError(
        'LIMIT_EXCEEDED',
        'So many series are too much for a dry run. Take a shorter range, a filter that finds fewer rows, or fewer labels in groupBy.',
      )
    if ((rows[0]?.bins ?? 0) > mostBins)
      throw new AppError(
        'LIMIT_EXCEEDED',
        'Percentiles of so many values that differ are too much for a dry run. Take a shorter range, a larger `every`, a filter that finds fewer rows, or fewer labels in groupBy.',
      )
    return rows.map(({ slot, keys, many: _many, bins: _bins, ...found }) => ({
      startMs: slot * slotMs,
      keys,
      columns: question.columns.map((_, at) => found[`${nameOf(at)}s`] as readonly unknown[]),
    }))
  },
})

export type SlotQueries = ReturnType<typeof createSlotQueries>

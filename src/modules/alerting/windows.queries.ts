import { z } from 'zod'
import type { Measure } from '../../ingest/measure.ts'
import type { ClickHouse } from '../../platform/clickhouse/client.ts'
import { filterSql } from '../../platform/clickhouse/filter.ts'
import { defineQuery } from '../../platform/clickhouse/query.ts'
import { binOf } from '../../platform/clickhouse/sketch.ts'
import { column, joinSql, p, sql, type Sql } from '../../platform/clickhouse/sql.ts'
import type { Dimension } from './dimensions.ts'
import type { Question } from './plan.ts'
import type { Sum } from './sums.ts'

/** The combinations of values of the dimensions as JSON, and a name of this list in this order. */
export type Layout = { readonly id: string; readonly keys: readonly string[] }

/** The rows of a tenant's windows: for each of the question's delays, and within it for each of its columns, a value a key. */
export type Windows = {
  readonly layout: Layout
  readonly byDelay: readonly (readonly (readonly unknown[])[])[]
}

export type WindowQueries = {
  /**
   * What happened until `atMs`, by tenant. A tenant whose combinations are those that are known gets the same object as
   * layout: they are not read again. Throws as ClickHouse.query.
   */
  ask(
    question: Question,
    atMs: number,
    known?: ReadonlyMap<string, Layout>,
  ): Promise<ReadonlyMap<string, Windows>>
}

/** As far apart as two points of a running total may be and still be neighbours. */
const NEIGHBOUR_MS = 3_600_000
/** Longer than a tick, since rules that are too slow are found by it. */
const MAX_SECONDS = 8

const labelOf = ({ labels, attributes }: Measure, name: string): Sql => {
  const own = labels.get(name)
  if (own !== undefined) return sql`ifNull(toString(${column(own)}), '')`
  if (attributes === undefined) throw new TypeError(`${name} is no label`)
  return sql`${column(attributes)}[${p.text(name)}]`
}

const dimensionOf = (measure: Measure, dimension: Dimension): Sql => {
  if (dimension.kind === 'label') return labelOf(measure, dimension.name)
  const { key: _key, ...term } = dimension.term
  const text = column(measure.texts.get(dimension.name)!)
  return sql`toString(toUInt8(${filterSql({ ...term, column: 'text' }, { text })}))`
}

/** A sum over those rows of a window that have the field. Numbers only, since groupArray leaves out NULL. */
const sumOf = (sum: Sum, value: Sql, inWindow: Sql): Sql => {
  const has = sql`${inWindow} AND isNotNull(${value})`
  const number = sql`assumeNotNull(toFloat64(${value}))`
  if (sum === 'n') return sql`toFloat64(countIf(${has}))`
  if (sum === 'sum') return sql`sumKahanIf(${number}, ${has})`
  if (sum === 'min') return sql`minIf(${number}, ${has})`
  if (sum === 'max') return sql`maxIf(${number}, ${has})`
  if (sum === 'at') return sql`toFloat64(toUnixTimestamp64Milli(maxIf(time, ${has})))`
  if (sum === 'last') return sql`argMaxIf(${number}, (time, ${number}), ${has})`
  if (sum === 'bins') return sql`sumMapIf(${binOf(number)}, ${has})`
  if (sum === 'rise') return sql`sumKahanIf(risen, ${inWindow})`
  return sql`toFloat64(countIf(${has} AND row_kind = ${p.text(sum === 'counters' ? 'COUNTER' : 'HISTOGRAM')}))`
}

/**
 * Rows with by how much their running total rose since the one before it: the rule of a reset is that of
 * `metric-increases.queries.ts`. The id of a series has neither its tenant in it, of whom there are many here, nor its kind.
 */
const withRises = ({ dataset, counters, values }: Measure, where: Sql): Sql => {
  const { series, kind } = counters!
  const [value] = values.values()
  const reading = column(value!)
  return sql`(
    SELECT *, ${column(kind)} AS row_kind,
           if(row_kind <> 'COUNTER'
                OR toUnixTimestamp64Milli(time) - toUnixTimestamp64Milli(before) > ${p.uInt32(NEIGHBOUR_MS)}, 0,
              if(${reading} < previous, ${reading}, ${reading} - previous)) AS risen
    FROM (
      SELECT *, lagInFrame(time, 1, toDateTime64(0, 3, 'UTC')) OVER own AS before,
             lagInFrame(${reading}) OVER own AS previous
      FROM ${column(dataset)} WHERE ${where}
      WINDOW own AS (
        PARTITION BY tenant_id, ${column(series)}, ${column(kind)} ORDER BY time, ${reading} ROWS BETWEEN 1 PRECEDING AND CURRENT ROW
      )
    )
  )`
}

/** The rows of a question between two times, which any of its windows may have. */
export const rowsOf = (question: Question, tenants: Sql, from: Date, to: Date): Sql => {
  const { measure, rises, wanted } = question
  const since = rises ? new Date(from.getTime() - NEIGHBOUR_MS) : from
  const where = sql`${tenants}
    AND toStartOfHour(time) >= toStartOfHour(${p.dateTime(since)})
    AND toStartOfHour(time) <= toStartOfHour(${p.dateTime(to)})
    AND time >= ${p.dateTime(since)} AND time < ${p.dateTime(to)}
    ${
      wanted.length === 0
        ? sql``
        : sql`AND ${joinSql(
            wanted.map(({ label, texts }) => sql`${labelOf(measure, label)} IN (${p.texts(texts)})`),
            ' AND ',
          )}`
    }`
  return rises
    ? sql`FROM ${withRises(measure, where)} WHERE time >= ${p.dateTime(from)}`
    : sql`FROM ${column(measure.dataset)} WHERE ${where}`
}

export const keyOf = ({ measure, dimensions }: Question): Sql =>
  dimensions.length === 0
    ? sql`materialize('[]')`
    : sql`toJSONString([${joinSql(
        dimensions.map((dimension) => dimensionOf(measure, dimension)),
        ', ',
      )}])`

/** The sums of a question's columns over rows of one window. */
export const columnsOf = ({ measure, columns }: Question, inWindow: Sql): readonly Sql[] =>
  columns.map(({ field, sum }) =>
    sumOf(sum, field === '' ? sql`time` : column(measure.values.get(field)!), inWindow),
  )

/** A list may have a million elements, of one type each as the statement says: they are not looked at one by one. */
const list = z.custom<readonly unknown[]>(Array.isArray)
const row = z.object({ tenant: z.string(), layout: z.string(), keys: list }).catchall(list)

/** Name of the column of a sum in the answer. */
export const nameOf = (at: number): string => `sum_${at}`

export const createWindowQueries = ({ clickHouse }: { readonly clickHouse: ClickHouse }): WindowQueries => ({
  ask: async (question, atMs, known = new Map()) => {
    const { windowMs, delays, columns, members } = question
    const from = new Date(atMs - windowMs - (delays.at(-1) ?? 0))
    const sums = delays.flatMap((delayMs) => {
      const to = atMs - delayMs
      const inWindow = sql`time >= ${p.dateTime(new Date(to - windowMs))} AND time < ${p.dateTime(new Date(to))}`
      return columnsOf(question, inWindow)
    })
    const tenants = sql`tenant_id IN (${p.uuids([...members.keys()])})`
    const query = defineQuery({
      name: 'alerting.windows',
      tenant: 'operator',
      maxSeconds: MAX_SECONDS,
      sql: sql`
        SELECT toString(tenant_id) AS tenant, hex(sipHash128(tenant_id, groupArray(group_key))) AS layout,
               if(has(${p.texts(Array.from(known.values(), ({ id }) => id))}, layout), [], groupArray(group_key)) AS keys,
               ${joinSql(
                 sums.map((_, at) => sql`groupArray(${column(nameOf(at))}) AS ${column(`${nameOf(at)}s`)}`),
                 ', ',
               )}
        FROM (
          SELECT tenant_id, ${keyOf(question)} AS group_key,
                 ${joinSql(
                   sums.map((sum, at) => sql`${sum} AS ${column(nameOf(at))}`),
                   ', ',
                 )}
          ${rowsOf(question, tenants, from, new Date(atMs))}
          GROUP BY tenant_id, group_key
          ORDER BY tenant_id, group_key
        )
        GROUP BY tenant_id`,
      row,
    })
    const found = new Map<string, Windows>()
    for (const { tenant, layout: id, keys, ...lists } of await clickHouse.query(query)) {
      const own = known.get(tenant)
      const layout = own?.id === id ? own : { id, keys: keys as readonly string[] }
      const byDelay = delays.map((_, lane) =>
        columns.map((_column, at) => lists[`${nameOf(lane * columns.length + at)}s`]!),
      )
      found.set(tenant, { layout, byDelay })
    }
    return found
  },
})

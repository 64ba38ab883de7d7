import { z } from 'zod'
import { pointsOf, rangeOf, seriesOf, type Window } from '../buckets.ts'
import type { Clock } from '../clock.ts'
import type { TenantId } from '../ids.ts'
import type { TimeRange } from '../time-range.ts'
import { bucketOf } from './bucket.ts'
import type { ClickHouse, QueryOptions } from './client.ts'
import { defineQuery, whole } from './query.ts'
import { p, sql, type Sql } from './sql.ts'
import { chooseTable, type SeriesTable } from './tables.ts'

/** `from` and `to` are the asked range in whole buckets. */
export type CountedSeries<Counts> = TimeRange &
  Omit<Window, 'range'> &
  Counts & { readonly points: readonly (Counts & { readonly time: Date })[] }
export type CountedGroup<Counts> = Counts & { readonly key: string }
/** A group with its own points, in the buckets of the series that it is a part of. */
export type CountedPart<Counts> = CountedGroup<Counts> & {
  readonly points: readonly (Counts & { readonly time: Date })[]
}

/** The key of the answer that is of all together. */
export const OF_ALL = ''

/** What is asked: of each of some keys (streams, edge nodes), or of all together. */
export type CountedAsk = { readonly range: TimeRange; readonly keys?: readonly string[] | undefined }

export type CountedSeriesQueries<Ask, Counts, By extends string> = {
  /**
   * For each key its series, also for keys without a row, in one query; without keys one for all of them, under
   * `OF_ALL`. Throws as ClickHouse.query, and LIMIT_EXCEEDED for a range whose rows are not kept any more.
   */
  series(
    tenant: TenantId,
    ask: Ask & Window,
    options?: QueryOptions,
  ): Promise<ReadonlyMap<string, CountedSeries<Counts>>>
  /** Of each of them the groups in the same buckets, as `order` has them: the `first` of them. */
  groups(
    tenant: TenantId,
    ask: Ask & Window & { readonly by: By; readonly first: number },
    options?: QueryOptions,
  ): Promise<ReadonlyMap<string, readonly CountedGroup<Counts>[]>>
  /** The `first` groups of all of them together, as `order` has them, each over time: by one query. */
  parts(
    tenant: TenantId,
    ask: Ask & Window & { readonly by: By; readonly first: number },
    options?: QueryOptions,
  ): Promise<readonly CountedPart<Counts>[]>
}

/** How rows are counted over time, whole and in groups. */
export const countedSeries = <
  Ask extends CountedAsk,
  Counts extends object,
  By extends string,
  Table extends string,
>(declared: {
  readonly clickHouse: ClickHouse
  readonly clock: Clock
  /** Queries are called `<name>Series` and `<name>Groups`: `audience.connection`. */
  readonly name: string
  /** Coarsest first; the last one has raw rows, sorted by the hour. */
  readonly tables: readonly SeriesTable<Table>[]
  /** Whether a table knows what is asked; all do unless told. */
  readonly answers?: (table: Table, ask: Ask) => boolean
  /** By table: what is counted in it, and FROM. */
  readonly counted: Readonly<Record<Table, Sql>>
  /** Reads that as `counts`; `none` is what they are without a row. */
  readonly row: z.ZodType<{ readonly counts: Counts }>
  readonly none: Counts
  /** The column of the keys. */
  readonly key: Sql
  readonly by: Readonly<Record<By, Sql>>
  readonly order: Sql
  readonly where: (tenant: TenantId, ask: Ask, given: { readonly hours: boolean }) => Sql
}): CountedSeriesQueries<Ask, Counts, By> => {
  const { clickHouse, clock, name, tables, answers, counted, row, none, key, by, order, where } = declared
  const chosen = (tenant: TenantId, ask: Ask & Window) => {
    const able = tables.map((each) => ({ ...each, answers: answers?.(each.table, ask) ?? true }))
    const { table, buckets } = chooseTable(able, ask, clock.now())
    return {
      buckets,
      keys: ask.keys ?? [OF_ALL],
      subject: ask.keys ? sql`${key} AS subject` : sql`materialize('') AS subject`,
      counts: counted[table],
      held: where(tenant, { ...ask, range: rangeOf(buckets) }, { hours: table === tables.at(-1)?.table }),
    }
  }

  return {
    series: async (tenant, ask, options) => {
      const { buckets, keys, subject, counts, held } = chosen(tenant, ask)
      const query = defineQuery({
        name: `${name}Series`,
        shared: true,
        tenant,
        sql: sql`
          SELECT ${subject}, ${bucketOf(buckets, sql`toUnixTimestamp(time)`)} AS start, grouping(start) AS whole, ${counts}
          WHERE ${held}
          GROUP BY GROUPING SETS ((subject, start), (subject))`,
        row: z.intersection(z.object({ subject: z.string(), start: whole, whole }), row),
      })
      const totals = new Map<string, Counts>()
      const found = new Map<string, Map<number, Counts>>(keys.map((each) => [each, new Map()]))
      for (const { subject: of, start, whole: isTotal, counts: ofRow } of await clickHouse.query(
        query,
        options,
      )) {
        if (isTotal) totals.set(of, ofRow)
        else found.get(of)?.set(start * 1000, ofRow)
      }
      const seriesFor = (of: string): CountedSeries<Counts> => ({
        ...seriesOf(buckets),
        ...(totals.get(of) ?? none),
        points: pointsOf(buckets, (time) => ({ time, ...(found.get(of)?.get(time.getTime()) ?? none) })),
      })
      return new Map(keys.map((each) => [each, seriesFor(each)]))
    },

    groups: async (tenant, ask, options) => {
      const { keys, subject, counts, held } = chosen(tenant, ask)
      const query = defineQuery({
        name: `${name}Groups`,
        shared: true,
        tenant,
        sql: sql`
          SELECT ${subject}, ${by[ask.by]} AS part, ${counts}
          WHERE ${held}
          GROUP BY subject, part
          ORDER BY ${order}, part
          LIMIT ${p.uInt32(ask.first)} BY subject`,
        row: z.intersection(z.object({ subject: z.string(), part: z.string() }), row),
      })
      const found = new Map<string, CountedGroup<Counts>[]>(keys.map((each) => [each, []]))
      for (const { subject: of, part, counts: ofRow } of await clickHouse.query(query, options))
        found.get(of)?.push({ key: part, ...ofRow })
      return found
    },

    parts: async (tenant, ask, options) => {
      const { buckets, counts, held } = chosen(tenant, ask)
      const part = by[ask.by]
      const query = defineQuery({
        name: `${name}Parts`,
        shared: true,
        tenant,
        sql: sql`
          WITH top AS (
            SELECT ${part} AS part, ${counts} WHERE ${held}
            GROUP BY part ORDER BY ${order}, part LIMIT ${p.uInt32(ask.first)})
          SELECT ${part} AS part, ${bucketOf(buckets, sql`toUnixTimestamp(time)`)} AS start, grouping(start) AS whole, ${counts}
          WHERE ${held} AND ${part} IN (SELECT part FROM top)
          GROUP BY GROUPING SETS ((part, start), (part))
          ORDER BY whole DESC, ${order}, part`,
        row: z.intersection(z.object({ part: z.string(), start: whole, whole }), row),
      })
      const totals = new Map<string, Counts>()
      const found = new Map<string, Map<number, Counts>>()
      for (const { part: of, start, whole: isTotal, counts: ofRow } of await clickHouse.query(
        query,
        options,
      )) {
        // The wholes come first, in their order.
        if (isTotal) {
          totals.set(of, ofRow)
          found.set(of, new Map())
        } else found.get(of)?.set(start * 1000, ofRow)
      }
      return Array.from(totals, ([of, total]) => ({
        key: of,
        ...total,
        points: pointsOf(buckets, (time) => ({ time, ...(found.get(of)?.get(time.getTime()) ?? none) })),
      }))
    },
  }
}

import { z } from 'zod'
import type { Clock } from '../clock.ts'
import type { Fact, FactPage, PageAsk } from '../fact-page.ts'
import type { TenantId } from '../ids.ts'
import type { TimeRange } from '../time-range.ts'
import type { ClickHouse, QueryOptions } from './client.ts'
import { factPage, factPages, type PageSql } from './page.ts'
import { defineQuery, whole } from './query.ts'
import { sql, type Sql } from './sql.ts'
import { requireKept } from './tables.ts'

export type FactReads<Ask, Row> = {
  /**
   * A page of rows, newest or oldest first. Throws as ClickHouse.query, BAD_REQUEST for a cursor that isn't one, and
   * LIMIT_EXCEEDED for a range whose rows are not kept any more.
   */
  page(tenant: TenantId, ask: Ask, page: PageAsk, options?: QueryOptions): Promise<FactPage<Row>>
  /** Number of rows of the ask, however many there are: for who wants it. Throws as `page`. */
  count(tenant: TenantId, ask: Ask, options?: QueryOptions): Promise<number>
}

/** The same of many lists at once: one for each key. */
export type FactReadsBy<Ask, Row> = FactReads<Ask, Row> & {
  pages(
    tenant: TenantId,
    ask: Ask,
    keys: readonly string[],
    page: PageAsk,
    options?: QueryOptions,
  ): Promise<ReadonlyMap<string, FactPage<Row>>>
  counts(
    tenant: TenantId,
    ask: Ask,
    keys: readonly string[],
    options?: QueryOptions,
  ): Promise<ReadonlyMap<string, number>>
}

type Declared<Ask, Row> = {
  readonly clickHouse: ClickHouse
  readonly clock: Clock
  /** Queries are called `<name>Page` and `<name>Count`: `incidents.log`. */
  readonly name: string
  /** Whose retention bounds the range. */
  readonly table: string
  /** What of `from` is read, and its shape. */
  readonly select: Sql
  readonly row: z.ZodType<Row>
  readonly from: Sql
  readonly where: (tenant: TenantId, ask: Ask) => Sql
}

/**
 * How the rows of a table of facts are read as a list. The table is sorted by tenant and
 * `toStartOfHour(time)`, which `where` begins with (`scoped` with `hours`).
 */
export const factReads = <Ask extends { readonly range: TimeRange }, Row extends Fact>(
  declared: Declared<Ask, Row>,
): FactReads<Ask, Row> => {
  const { page, counted } = statements(declared)
  return {
    page: (tenant, ask, asked, options) => factPage(asked, (part) => page(tenant, ask, part, options)),
    count: async (tenant, ask, options) => {
      const [all] = await counted(tenant, ask, sql`''`, options)
      return all?.found ?? 0
    },
  }
}

/** The same, and of many lists by one statement: rows name their list by the column `by`. */
export const factReadsBy = <Ask extends { readonly range: TimeRange }, Row extends Fact>(
  declared: Declared<Ask, Row> & {
    readonly by: Sql
    readonly keyOf: (row: Row) => string
    /** Narrows an ask to the lists of some keys. */
    readonly of: (ask: Ask, keys: readonly string[]) => Ask
  },
): FactReadsBy<Ask, Row> => {
  const { by, keyOf, of } = declared
  const { page, counted } = statements(declared)
  return {
    ...factReads(declared),
    pages: (tenant, ask, keys, asked, options) =>
      factPages(asked, { by, keys, keyOf }, (part) => page(tenant, of(ask, keys), part, options)),
    counts: async (tenant, ask, keys, options) => {
      const rows = await counted(tenant, of(ask, keys), by, options)
      const found = new Map(rows.map((row) => [row.key, row.found]))
      return new Map(keys.map((key) => [key, found.get(key) ?? 0]))
    },
  }
}

const statements = <Ask extends { readonly range: TimeRange }, Row extends Fact>(
  declared: Declared<Ask, Row>,
) => {
  const { clickHouse, clock, name, table, select, row, from, where } = declared
  return {
    page: async (tenant: TenantId, ask: Ask, { within, tail }: PageSql, options?: QueryOptions) => {
      requireKept(table, ask.range, clock.now())
      const statement = sql`SELECT ${select} FROM ${from} WHERE ${where(tenant, ask)} ${within} ${tail}`
      return clickHouse.query(defineQuery({ name: `${name}Page`, tenant, sql: statement, row }), options)
    },
    counted: async (tenant: TenantId, ask: Ask, by: Sql, options?: QueryOptions) => {
      requireKept(table, ask.range, clock.now())
      const query = defineQuery({
        name: `${name}Count`,
        tenant,
        sql: sql`SELECT ${by} AS key, count() AS found FROM ${from} WHERE ${where(tenant, ask)} GROUP BY key`,
        row: z.object({ key: z.string(), found: whole }),
      })
      return clickHouse.query(query, options)
    },
  }
}

import { AppError } from '../errors.ts'
import type { Fact, FactPage, PageAsk } from '../fact-page.ts'
import { isUuid } from '../ids.ts'
import { p, sql, type Sql } from './sql.ts'

/** What a statement of a page needs beside its own conditions. */
export type PageSql = {
  /** Follows the conditions of the list. */
  readonly within: Sql
  /** The end of the statement: ORDER BY and LIMIT. */
  readonly tail: Sql
}

const writeCursor = ({ time, eventId }: Fact): string =>
  Buffer.from(`${time.getTime()}:${eventId}`).toString('base64url')

const readCursor = (cursor: string): Fact => {
  const [ms = '', eventId = '', ...rest] = Buffer.from(cursor, 'base64url').toString().split(':')
  // 13 digits are the years 2001 to 2286: whatever else a client writes there is no time of ours.
  if (!/^\d{13}$/.test(ms) || !isUuid(eventId) || rest.length > 0)
    throw new AppError('BAD_REQUEST', 'That cursor was not made by this list. Start again without it.')
  return { time: new Date(Number(ms)), eventId }
}

/**
 * Trap: ClickHouse compares UUIDs by their second half first. Their bytes sort as the ids were made. The
 * bound on `time` alone, and that on its hour, is what the sort key can use.
 */
const olderThan = ({ time, eventId }: Fact): Sql => sql`AND time <= ${p.dateTime(time)}
  AND toStartOfHour(time) <= toStartOfHour(${p.dateTime(time)})
  AND (time < ${p.dateTime(time)} OR UUIDToNum(event_id) < UUIDToNum(${p.uuid(eventId)}))`
const newerThan = ({ time, eventId }: Fact): Sql => sql`AND time >= ${p.dateTime(time)}
  AND toStartOfHour(time) >= toStartOfHour(${p.dateTime(time)})
  AND (time > ${p.dateTime(time)} OR UUIDToNum(event_id) > UUIDToNum(${p.uuid(eventId)}))`

const none = sql``
// The hour leads the order so that the server reads the sort key from one end and stops when the page is
// full.
const newestFirst = sql`ORDER BY toStartOfHour(time) DESC, time DESC, UUIDToNum(event_id) DESC`
const oldestFirst = sql`ORDER BY toStartOfHour(time), time, UUIDToNum(event_id)`

const pageSql = (
  { size, backward, after, before, oldestFirst: ascends = false }: PageAsk,
  each: Sql,
): PageSql => {
  const [later, earlier] = ascends ? [newerThan, olderThan] : [olderThan, newerThan]
  return {
    within: sql`${after ? later(readCursor(after)) : none} ${before ? earlier(readCursor(before)) : none}`,
    tail: sql`${backward === ascends ? newestFirst : oldestFirst} LIMIT ${p.uInt32(size + 1)} ${each}`,
  }
}

const pageOf = <Row extends Fact>(
  { size, backward, after, before }: PageAsk,
  rows: readonly Row[],
): FactPage<Row> => {
  const more = rows.length > size
  const page = backward ? rows.slice(0, size).toReversed() : rows.slice(0, size)
  const edges = page.map((node) => ({ node, cursor: writeCursor(node) }))
  return {
    edges,
    pageInfo: {
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
      hasNextPage: backward ? Boolean(before) : more,
      hasPreviousPage: backward ? more : Boolean(after),
    },
  }
}

/**
 * One page of a table of facts, in either order, by keyset over (time, event_id): rows that arrive later neither
 * repeat nor hide one. `read` runs the statement; it is asked for one row more than the page, which tells
 * whether there is a next one. Throws BAD_REQUEST for a cursor that isn't one.
 */
export const factPage = async <Row extends Fact>(
  ask: PageAsk,
  read: (page: PageSql) => Promise<readonly Row[]>,
): Promise<FactPage<Row>> => pageOf(ask, await read(pageSql(ask, none)))

/**
 * The same page of several lists by one statement: one list for each of `keys`, which a row names by its
 * column `by`.
 */
export const factPages = async <Row extends Fact>(
  ask: PageAsk,
  lists: { readonly by: Sql; readonly keys: readonly string[]; readonly keyOf: (row: Row) => string },
  read: (page: PageSql) => Promise<readonly Row[]>,
): Promise<ReadonlyMap<string, FactPage<Row>>> => {
  const rows = Map.groupBy(await read(pageSql(ask, sql`BY ${lists.by}`)), lists.keyOf)
  return new Map(lists.keys.map((key) => [key, pageOf(ask, rows.get(key) ?? [])]))
}

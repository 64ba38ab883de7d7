import { AppError } from '../platform/errors.ts'
import { isUuid } from '../platform/ids.ts'

/** One column that a list can be ordered by, and how its values travel in a cursor. */
export type KeysetColumn = {
  readonly field: string
  /**
   * `enum` columns have no `lt` in Prisma: their values are given in ascending order instead. A `sequence` is a 64-bit number
   * that no two rows share: it needs no id beside it to break ties.
   */
  readonly kind: 'date' | 'text' | 'number' | 'sequence' | { readonly ascending: readonly string[] }
}
export type Direction = 'ASC' | 'DESC'

export type KeysetArgs = {
  readonly first?: number | null | undefined
  readonly after?: string | null | undefined
  readonly last?: number | null | undefined
  readonly before?: string | null | undefined
}

type Where = Record<string, unknown>
type Find<Row> = (page: { where: Where; orderBy: Where[]; take: number }) => Promise<Row[]>
type Value = string | number

/** Items of a page that names no size. */
export const DEFAULT_PAGE = 20
/** Items of a page at most. */
export const MAX_PAGE = 100

const bad = (message: string): AppError => new AppError('BAD_REQUEST', message)

const encode = (column: KeysetColumn, row: Record<string, unknown> & { id: string }): string => {
  const value = row[column.field]
  const plain =
    value instanceof Date ? value.toISOString() : typeof value === 'bigint' ? Number(value) : value
  return Buffer.from(JSON.stringify([column.field, plain, row.id])).toString('base64url')
}

const decode = (column: KeysetColumn, cursor: string): [Value, string] => {
  let parts: unknown
  try {
    parts = JSON.parse(Buffer.from(cursor, 'base64url').toString())
  } catch (cause) {
    throw new AppError('BAD_REQUEST', 'That cursor is not one of ours. Start again without it.', { cause })
  }
  const [field, value, id] = Array.isArray(parts) ? (parts as unknown[]) : []
  if (typeof id !== 'string' || !isUuid(id))
    throw bad('That cursor is not one of ours. Start again without it.')
  if (field !== column.field) throw bad('That cursor belongs to another order. Start again without it.')
  if (!isValue(column, value)) throw bad('That cursor is not one of ours. Start again without it.')
  return [value, id]
}

/** A client can write what it likes into a cursor: a value of another kind would fail in the database. */
const isValue = ({ kind }: KeysetColumn, value: unknown): value is Value => {
  if (kind === 'sequence') return Number.isSafeInteger(value)
  if (kind === 'number')
    return typeof value === 'number' && Number.isInteger(value) && Math.abs(value) < 2 ** 31
  if (typeof value !== 'string') return false
  if (kind === 'date') return /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value) && !Number.isNaN(Date.parse(value))
  return kind === 'text' ? !value.includes('\0') : kind.ascending.includes(value)
}

/** Rows strictly beyond a cursor: (column, id) is compared as a pair, so equal values neither repeat nor skip a row. */
const beyond = (column: KeysetColumn, [value, id]: [Value, string], comparison: 'lt' | 'gt'): Where => {
  const { field, kind } = column
  if (typeof kind === 'object') {
    const index = kind.ascending.indexOf(String(value))
    const further = comparison === 'lt' ? kind.ascending.slice(0, index) : kind.ascending.slice(index + 1)
    return { OR: [{ [field]: { in: further } }, { [field]: value, id: { [comparison]: id } }] }
  }
  if (kind === 'sequence') return { [field]: { [comparison]: value } }
  const typed = kind === 'date' ? new Date(value) : value
  return { OR: [{ [field]: { [comparison]: typed } }, { [field]: typed, id: { [comparison]: id } }] }
}

const pageSize = ({ first, last }: KeysetArgs): { size: number; backward: boolean } => {
  if (first != null && last != null) throw bad('Ask for "first" or for "last", not for both.')
  const size = first ?? last ?? DEFAULT_PAGE
  if (size < 0 || size > MAX_PAGE) throw bad(`A page has 0 to ${MAX_PAGE} items; ${size} were asked for.`)
  return { size, backward: last != null }
}

/**
 * One page of a Relay connection by keyset: stays right while rows are inserted, and costs the same on page 1,000 as on
 * page 1. Asks for one row more than the page, which tells whether there is a next one.
 */
export const keysetPage = async <Row extends { id: string }>(options: {
  args: KeysetArgs
  column: KeysetColumn
  direction: Direction
  where: Where
  find: Find<Row>
}) => {
  const { args, column, where, find } = options
  const { size, backward } = pageSize(args)
  const ascending = (options.direction === 'ASC') !== backward
  const [forwardSign, backwardSign] =
    options.direction === 'ASC' ? (['gt', 'lt'] as const) : (['lt', 'gt'] as const)
  const bounds = [
    ...(args.after ? [beyond(column, decode(column, args.after), forwardSign)] : []),
    ...(args.before ? [beyond(column, decode(column, args.before), backwardSign)] : []),
  ]
  const sort = ascending ? 'asc' : 'desc'
  const rows = await find({
    where: bounds.length > 0 ? { AND: [where, ...bounds] } : where,
    orderBy: [{ [column.field]: sort }, ...(column.kind === 'sequence' ? [] : [{ id: sort }])],
    take: size + 1,
  })
  const more = rows.length > size
  const page = backward ? rows.slice(0, size).toReversed() : rows.slice(0, size)
  const edges = page.map((node) => ({ node, cursor: encode(column, node) }))
  return {
    edges,
    pageInfo: {
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
      hasNextPage: backward ? args.before != null : more,
      hasPreviousPage: backward ? more : args.after != null,
    },
  }
}

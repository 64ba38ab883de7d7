import { AppError } from '../platform/errors.ts'
import { isUuid } from '../platform/ids.ts'
import { parseInstant } from '../platform/instant.ts'
import { isStorable } from '../platform/texts.ts'

/** One column that a list can be ordered by, and how its values travel in a cursor. */
export type KeysetColumn = {
  readonly field: string
  readonly kind: 'date' | 'text' | 'number' | 'bigint'
  /** No two rows of a list share a value, so that no id has to break ties. */
  readonly unique?: boolean
  /** Rows without a value come last, in both directions. */
  readonly nullable?: boolean
}
export type Direction = 'ASC' | 'DESC'

export type KeysetArgs = {
  readonly first?: number | null | undefined
  readonly after?: string | null | undefined
  readonly last?: number | null | undefined
  readonly before?: string | null | undefined
}

export type Where = Record<string, unknown>
/** A statement of a page, in Prisma's form. */
export type Find = { readonly where: Where; readonly orderBy: Where[]; readonly take: number }
type Value = string | number | null
type Place = { readonly value: Value; readonly id: string }

/** Items of a page that names no size. */
export const DEFAULT_PAGE = 20
/** Items of a page at most. */
export const MAX_PAGE = 100

const bad = (message: string, cause?: unknown): AppError => new AppError('BAD_REQUEST', message, { cause })
const forged = 'That cursor was not made by this graph. Start again without it.'

/** The place of a row in a list, as clients get it. */
export const cursorOf = (column: KeysetColumn, row: Record<string, unknown> & { id: string }): string => {
  const value = row[column.field]
  const plain =
    value instanceof Date ? value.toISOString() : typeof value === 'bigint' ? Number(value) : value
  return Buffer.from(JSON.stringify([column.field, plain ?? null, row.id])).toString('base64url')
}

const decode = (column: KeysetColumn, cursor: string): Place => {
  let parts: unknown
  try {
    parts = JSON.parse(Buffer.from(cursor, 'base64url').toString())
  } catch (cause) {
    throw bad(forged, cause)
  }
  const [field, value, id] = Array.isArray(parts) ? (parts as unknown[]) : []
  if (typeof id !== 'string' || !isUuid(id)) throw bad(forged)
  if (field !== column.field) throw bad('That cursor belongs to another order. Start again without it.')
  if (!isValue(column, value)) throw bad(forged)
  return { value, id }
}

/** A client can write what it likes into a cursor: a value of another kind would fail in the database. */
const isValue = ({ kind, nullable = false }: KeysetColumn, value: unknown): value is Value => {
  if (value === null) return nullable
  if (kind === 'bigint') return Number.isSafeInteger(value)
  if (kind === 'number')
    return typeof value === 'number' && Number.isInteger(value) && Math.abs(value) < 2 ** 31
  if (typeof value !== 'string') return false
  if (kind === 'date') return parseInstant(value) !== undefined
  return isStorable(value)
}

/**
 * The rows with a value, or those without one, which follow after them. A list over both is read part by
 * part.
 */
type Part = 'values' | 'missing'
type Comparison = 'lt' | 'gt'

const typedOf = ({ kind }: KeysetColumn, { value }: Place): unknown =>
  kind === 'date' && value !== null ? new Date(value) : value

/** Whether a place lies in a part; if not, whether all of the part is on the side of it that is read. */
const isIn = (part: Part, { value }: Place): boolean => (value === null) === (part === 'missing')
const isBeyond = (part: Part, side: 'after' | 'before'): boolean =>
  (part === 'missing') === (side === 'after')

/**
 * Where the reading of a part begins, run by run: first the rows that share the value of the place, then those
 * with another one. Trap: `a < v OR (a = v AND id < i)` is no condition of an index, and with `a <= v` before it
 * page 2,000 of a list with few different values would read all the pages before it. Each run has a condition of
 * its own. No run where a part is behind the place.
 */
const runsFrom = (
  column: KeysetColumn,
  part: Part,
  place: Place | undefined,
  side: 'after' | 'before',
  ahead: Comparison,
): Where[] => {
  const { field, unique } = column
  if (!place) return [{}]
  if (!isIn(part, place)) return isBeyond(part, side) ? [{}] : []
  const onward = { id: { [ahead]: place.id } }
  if (part === 'missing') return [onward]
  const value = typedOf(column, place)
  const further = { [field]: { [ahead]: value } }
  return unique ? [further] : [{ [field]: value, ...onward }, further]
}

/** What holds for the rows of a part that come before the place where reading ends; undefined for none. */
const untilOf = (
  column: KeysetColumn,
  part: Part,
  place: Place | undefined,
  side: 'after' | 'before',
  back: Comparison,
): Where | undefined => {
  const { field, unique } = column
  if (!place) return {}
  if (!isIn(part, place)) return isBeyond(part, side) ? {} : undefined
  const nearer = { id: { [back]: place.id } }
  if (part === 'missing') return nearer
  const value = typedOf(column, place)
  if (unique) return { [field]: { [back]: value } }
  const bound = { [field]: { [`${back}e`]: value } }
  return { AND: [bound, { OR: [{ [field]: { [back]: value } }, { [field]: value, ...nearer }] }] }
}

export const pageSize = ({ first, last }: KeysetArgs): { size: number; backward: boolean } => {
  if (first != null && last != null) throw bad('Ask for "first" or for "last", not for both.')
  const size = first ?? last ?? DEFAULT_PAGE
  if (size < 0 || size > MAX_PAGE) throw bad(`A page has 0 to ${MAX_PAGE} items; ${size} were asked for.`)
  return { size, backward: last != null }
}

/**
 * One page of a Relay connection by keyset: it stays right while rows are inserted, and page 2,000 costs what
 * page 1 costs, where the order has its index. Asks for one row more than the page, which tells whether there
 * is a next one.
 */
export const keysetPage = async <Row extends { id: string }>(options: {
  args: KeysetArgs
  column: KeysetColumn
  direction: Direction
  where: Where
  find: (page: Find) => Promise<readonly Row[]>
}) => {
  const { args, column, where, find } = options
  const { size, backward } = pageSize(args)
  const places = {
    after: args.after ? decode(column, args.after) : undefined,
    before: args.before ? decode(column, args.before) : undefined,
  }
  const [start, end] = backward ? (['before', 'after'] as const) : (['after', 'before'] as const)
  const sort = (options.direction === 'ASC') !== backward ? 'asc' : 'desc'
  const [ahead, back] = sort === 'asc' ? (['gt', 'lt'] as const) : (['lt', 'gt'] as const)
  const orderBy = [{ [column.field]: sort }, ...(column.unique ? [] : [{ id: sort }])]

  const parts: Part[] = column.nullable ? ['values', 'missing'] : ['values']
  const rows: Row[] = []
  for (const part of backward ? parts.toReversed() : parts) {
    const until = untilOf(column, part, places[end], end, back)
    const kept = column.nullable ? { [column.field]: part === 'missing' ? null : { not: null } } : {}
    for (const from of until ? runsFrom(column, part, places[start], start, ahead) : []) {
      if (rows.length > size) break
      const held = [from, until!, kept].filter((bound) => Object.keys(bound).length > 0)
      const take = size + 1 - rows.length
      rows.push(
        ...(await find({ where: held.length > 0 ? { AND: [where, ...held] } : where, orderBy, take })),
      )
    }
  }

  const more = rows.length > size
  const page = backward ? rows.slice(0, size).toReversed() : rows.slice(0, size)
  const edges = page.map((node) => ({ node, cursor: cursorOf(column, node) }))
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

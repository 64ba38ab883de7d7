import { isUuid, type TenantId } from '../ids.ts'
import type { TimeRange } from '../time-range.ts'
import { dateTimeText } from './date-time.ts'
import { inPieces, type Piece } from './pieces.ts'

/** A value on its way to the server beside the statement, never inside its text. */
type Param = Piece & {
  /** It says whose rows are read: `client.query` refuses a query of a tenant that has none such. */
  readonly tenant?: true
}

/** A piece of SQL. Only the tag below makes one, so its text comes from literals of this program alone. */
export type Sql = { readonly texts: readonly string[]; readonly parts: readonly (Param | Sql)[] }

/**
 * Tags a statement or a part of one. Whatever is put in is a typed parameter of `p` or another tagged piece;
 * text cannot be put in, so there is nothing to escape and nothing to forget.
 */
export const sql = (texts: TemplateStringsArray, ...parts: readonly (Param | Sql)[]): Sql => ({
  texts,
  parts,
})

/** Pieces after one another with a separator between them. */
export const joinSql = (pieces: readonly Sql[], separator: ' AND ' | ' OR ' | ', '): Sql => ({
  texts: ['', ...pieces.slice(1).map(() => separator), ''],
  parts: pieces,
})

const identifier = /^[a-z][a-z0-9_]*$/
/** The column of that name, which is one of this program's own declarations. Throws TypeError for what is no name. */
export const column = (name: string): Sql => {
  if (!identifier.test(name)) throw new TypeError(`${name} is no name of a column`)
  return { texts: [name], parts: [] }
}

const whole = (type: string, max: number) => (value: number) => {
  if (!Number.isSafeInteger(value) || value < 0 || value > max) throw new RangeError(`${type} from ${value}`)
  return { type, value }
}

const uInt32 = whole('UInt32', 2 ** 32 - 1)

/** Parameters by the type that the server gives them. What doesn't fit its type throws here: the caller
 * has checked what came from outside. */
export const p = {
  tenant: (value: TenantId): Param => ({ type: 'UUID', value, tenant: true }),
  uuid(value: string): Param {
    if (!isUuid(value)) throw new TypeError('not a UUID')
    return { type: 'UUID', value }
  },
  uuids(value: readonly string[]): Param {
    if (!value.every(isUuid)) throw new TypeError('not a UUID')
    return { type: 'Array(UUID)', value }
  },
  text: (value: string): Param => ({ type: 'String', value }),
  texts: (value: readonly string[]): Param => ({ type: 'Array(String)', value }),
  /** Milliseconds are kept. As text, since the two drivers write a Date differently. */
  dateTime: (value: Date): Param => ({ type: "DateTime64(3, 'UTC')", value: dateTimeText(value) }),
  uInt32,
  uInt32s: (value: readonly number[]): Param => ({
    type: 'Array(UInt32)',
    value: value.map((each) => uInt32(each).value),
  }),
  uInt64: whole('UInt64', Number.MAX_SAFE_INTEGER),
} as const

/**
 * A tenant's rows of a range, `from` included and `to` not: how every condition begins. `hours` is for tables
 * whose sort key goes by `toStartOfHour(time)`. Trap: a condition on `time` alone uses only the `time` at the
 * end of such a key, and then reads every hour of the month.
 */
export const scoped = (
  tenant: TenantId,
  { from, to }: TimeRange,
  { hours = false }: { readonly hours?: boolean } = {},
): Sql => {
  const range = sql`time >= ${p.dateTime(from)} AND time < ${p.dateTime(to)}`
  if (!hours) return sql`tenant_id = ${p.tenant(tenant)} AND ${range}`
  return sql`tenant_id = ${p.tenant(tenant)}
    AND toStartOfHour(time) >= toStartOfHour(${p.dateTime(from)})
    AND toStartOfHour(time) <= toStartOfHour(${p.dateTime(to)}) AND ${range}`
}

export type CompiledSql = {
  readonly text: string
  readonly params: Readonly<Record<string, unknown>>
  /** Whose rows the statement says that it reads. */
  readonly tenants: readonly string[]
}

/** The statement with numbered placeholders (`{p1:UUID}`), and the values that belong to them. */
export const compileSql = (root: Sql): CompiledSql => {
  const params: Record<string, unknown> = {}
  const tenants: string[] = []
  let count = 0
  const place = ({ type, value }: Piece): string => {
    const name = `p${(count += 1)}`
    params[name] = value
    return `{${name}:${type}}`
  }
  const write = (piece: Sql): string =>
    piece.texts.reduce((text, literal, index) => {
      const part = piece.parts[index - 1]!
      if ('texts' in part) return text + write(part) + literal
      if (part.tenant) tenants.push(part.value as string)
      return text + inPieces(part, place) + literal
    })
  return { text: write(root), params, tenants }
}

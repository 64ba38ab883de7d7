import { isUuid } from '../ids.ts'

/** A value on its way to the server beside the statement, never inside its text. */
type Param = { readonly type: string; readonly value: string | number | readonly string[] }

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

/** `YYYY-MM-DD hh:mm:ss.mmm` in UTC: the two drivers write a Date differently, so neither gets one. */
const dateTimeText = (instant: Date): string => instant.toISOString().slice(0, 23).replace('T', ' ')

const whole = (type: string, max: number) => (value: number) => {
  if (!Number.isSafeInteger(value) || value < 0 || value > max) throw new RangeError(`${type} from ${value}`)
  return { type, value }
}

/** Parameters by the type that the server gives them. What doesn't fit its type throws here: the caller
 * has checked what came from outside. */
export const p = {
  uuid(value: string): Param {
    if (!isUuid(value)) throw new TypeError('not a UUID')
    return { type: 'UUID', value }
  },
  text: (value: string): Param => ({ type: 'String', value }),
  texts: (value: readonly string[]): Param => ({ type: 'Array(String)', value }),
  /** Milliseconds are kept. */
  dateTime: (value: Date): Param => ({ type: "DateTime64(3, 'UTC')", value: dateTimeText(value) }),
  uInt32: whole('UInt32', 2 ** 32 - 1),
  uInt64: whole('UInt64', Number.MAX_SAFE_INTEGER),
} as const

/**
 * The hours of a range, for tables whose sort key goes by `toStartOfHour(time)`. Trap: a condition on `time` alone uses
 * only the `time` at the end of such a key, and then reads every hour of the month. `to` may lie in the range.
 */
export const inHours = ({ from, to }: { readonly from: Date; readonly to: Date }): Sql => sql`
  toStartOfHour(time) >= toStartOfHour(${p.dateTime(from)})
  AND toStartOfHour(time) <= toStartOfHour(${p.dateTime(to)})`

/** The statement with numbered placeholders (`{p1:UUID}`), and the values that belong to them. */
export const compileSql = (root: Sql): { text: string; params: Record<string, unknown> } => {
  const params: Record<string, unknown> = {}
  let count = 0
  const write = (piece: Sql): string =>
    piece.texts.reduce((text, literal, index) => {
      const part = piece.parts[index - 1]!
      if ('texts' in part) return text + write(part) + literal
      const name = `p${(count += 1)}`
      params[name] = part.value
      return `${text}{${name}:${part.type}}${literal}`
    })
  return { text: write(root), params }
}

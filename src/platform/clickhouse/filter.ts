import type { Filter, Term } from '../filter-tree.ts'
import { joinSql, p, sql, type Sql } from './sql.ts'

/**
 * `withoutCase` of `platform/texts.ts` in SQL: the index `message_folded` is over the same expression. Only ı is
 * kept apart by Unicode's folding.
 */
export const folded = (text: Sql): Sql => sql`replaceAll(caseFoldUTF8(${text}), 'ı', 'i')`

const nothing = sql`0`
const everything = sql`1`

const condition = (whole: Sql, { column: name, operator, value, key }: Term): Sql => {
  // Of a Map the value of a name that it doesn't have is ''.
  const column = key === undefined ? whole : sql`${whole}[${p.text(key)}]`
  if (operator === 'eq') return sql`${column} = ${p.text(String(value))}`
  if (operator === 'in') return sql`${column} IN (${p.texts((value as unknown[]).map(String))})`
  // Trap: multiSearchAny finds no empty text in an empty one.
  if (value === '' && (operator === 'contains' || operator === 'startsWith')) return everything
  const text = folded(sql`${p.text(String(value))}`)
  // Trap: of a pattern with backslashes LIKE makes other trigrams for the index than it looks for in the text,
  // and position() doesn't use the index.
  if (operator === 'contains') return sql`multiSearchAny(${folded(column)}, [${text}])`
  if (operator === 'startsWith') return sql`startsWith(${folded(column)}, ${text})`
  throw new TypeError(`${name} is a text and has no ${operator}`)
}

/**
 * A filter over columns of text that are never NULL, and Maps of texts, as a condition. `columns` names the column of each name
 * that the filter may use.
 */
export const filterSql = (filter: Filter, columns: Readonly<Record<string, Sql>>): Sql => {
  if ('column' in filter) return condition(columns[filter.column]!, filter)
  if ('not' in filter) return sql`NOT (${filterSql(filter.not, columns)})`
  const parts = ('all' in filter ? filter.all : filter.any).map((part) => sql`(${filterSql(part, columns)})`)
  if (parts.length === 0) return 'all' in filter ? everything : nothing
  return joinSql(parts, 'all' in filter ? ' AND ' : ' OR ')
}

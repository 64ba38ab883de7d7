import { AppError } from '../errors.ts'
import type { Filter, Term } from '../filter-tree.ts'
import { joinSql, p, sql, type Sql } from './sql.ts'

/** Longer than what someone searches for; a bound on the work for each row. */
const MAX_SEARCH = 256

/** LIKE's own signs stand for themselves when a backslash comes before them. */
const escaped = (text: string): string => text.replaceAll(/[\\%_]/g, String.raw`\$&`)

const searched = (name: string, text: unknown): string => {
  if (typeof text === 'string' && text.length > 0 && text.length <= MAX_SEARCH) return escaped(text)
  throw new AppError('VALIDATION_FAILED', `Search \`${name}\` for 1 to ${MAX_SEARCH} characters.`)
}

const condition = (column: Sql, { column: name, operator, value }: Term): Sql => {
  if (operator === 'eq') return sql`${column} = ${p.text(String(value))}`
  if (operator === 'in') return sql`${column} IN (${p.texts((value as unknown[]).map(String))})`
  if (operator === 'contains')
    return sql`lowerUTF8(${column}) LIKE lowerUTF8(${p.text(`%${searched(name, value)}%`)})`
  if (operator === 'startsWith')
    return sql`lowerUTF8(${column}) LIKE lowerUTF8(${p.text(`${searched(name, value)}%`)})`
  throw new TypeError(`${name} is a text and has no ${operator}`)
}

const nothing = sql`0`
const everything = sql`1`

/**
 * A filter over columns of text that are never NULL, as a condition. `columns` names the column of each name
 * that the filter may use. Throws VALIDATION_FAILED for an empty or overlong search.
 */
export const filterSql = (filter: Filter, columns: Readonly<Record<string, Sql>>): Sql => {
  if ('column' in filter) return condition(columns[filter.column]!, filter)
  if ('not' in filter) return sql`NOT (${filterSql(filter.not, columns)})`
  const parts = ('all' in filter ? filter.all : filter.any).map((part) => sql`(${filterSql(part, columns)})`)
  if (parts.length === 0) return 'all' in filter ? everything : nothing
  return joinSql(parts, 'all' in filter ? ' AND ' : ' OR ')
}

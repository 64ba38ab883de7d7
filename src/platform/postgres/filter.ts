import type { Filter, Operator, Term } from '../filter-tree.ts'
import { withoutCase } from '../texts.ts'
import type { Table } from './first-ids.ts'
import { foldedColumn } from './folded.ts'

const comparisons = {
  eq: '=',
  lt: '<',
  lte: '<=',
  gt: '>',
  gte: '>=',
} as const satisfies Partial<Record<Operator, string>>

const literal = (text: unknown): string => withoutCase(String(text)).replaceAll(/[\\%_]/g, '\\$&')

/** The operators of a term on an expression, and on the same without its case. */
const condition = (
  { column, operator, value }: Term,
  own: string,
  folded: () => string,
  give: (value: unknown) => string,
): string => {
  if (operator === 'in') return `${own} = ANY(${give(value)})`
  if (operator === 'contains') return `${folded()} LIKE ${give(`%${literal(value)}%`)}`
  if (operator === 'startsWith') return `${folded()} LIKE ${give(`${literal(value)}%`)}`
  const comparison = (comparisons as Partial<Record<Operator, string>>)[operator]
  if (comparison === undefined) throw new TypeError(`${column}: no statement asks ${operator} yet`)
  return `${own} ${comparison} ${give(value)}`
}

/**
 * A filter as a condition of SQL, for what Prisma can't say: counts over time. `give` takes a value and answers its
 * place ($1). It finds what `toWhere` finds: no part of it is ever NULL, so that its opposite is the rest.
 */
export const filterSql = (table: Table, filter: Filter, give: (value: unknown) => string): string => {
  const all = (parts: readonly Filter[], separator: string, none: string): string =>
    parts.length === 0 ? none : `(${parts.map((part) => filterSql(table, part, give)).join(separator)})`
  if ('not' in filter) return `NOT ${filterSql(table, filter.not, give)}`
  if ('all' in filter) return all(filter.all, ' AND ', 'TRUE')
  if ('any' in filter) return all(filter.any, ' OR ', 'FALSE')
  const { column, key } = filter
  if (key === undefined) {
    const own = table.column(column)
    return `(${condition(filter, own, () => table.column(foldedColumn(column)), give)} IS TRUE)`
  }
  const name = give(key)
  const valueIn = (field: string) => `coalesce(${table.column(field)} ->> ${name}, '')`
  return `(${condition(filter, valueIn(column), () => valueIn(foldedColumn(column)), give)})`
}

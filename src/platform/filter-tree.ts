import { withoutCase } from './texts.ts'

export type Operator =
  | 'eq'
  | 'in'
  | 'contains'
  | 'startsWith'
  | 'lt'
  | 'lte'
  | 'gt'
  | 'gte'
  // Of a column that is a list itself.
  | 'has'
  | 'hasSome'
  | 'hasEvery'

export type Term = {
  readonly column: string
  readonly operator: Operator
  readonly value: unknown
  /** Asks of the value of this name in a column of names and values; empty text where there is none. */
  readonly key?: string
}

/**
 * A filter as a tree of terms: it becomes a WHERE of Postgres or ClickHouse, or is held against a value in
 * memory.
 */
export type Filter =
  | { readonly all: readonly Filter[] }
  | { readonly any: readonly Filter[] }
  | { readonly not: Filter }
  | Term

/** The columns that a filter asks about. */
export const columnsOf = (filter: Filter): ReadonlySet<string> => {
  if ('column' in filter) return new Set([filter.column])
  if ('not' in filter) return columnsOf(filter.not)
  const parts = 'all' in filter ? filter.all : filter.any
  return new Set(parts.flatMap((part) => [...columnsOf(part)]))
}

/**
 * What a filter says of a few columns alone: the conditions that must all hold and ask about nothing else.
 */
export const partAbout = (filter: Filter, ...columns: readonly string[]): Filter => {
  if ([...columnsOf(filter)].every((column) => columns.includes(column))) return filter
  return { all: 'all' in filter ? filter.all.map((part) => partAbout(part, ...columns)) : [] }
}

const comparable = (value: unknown): unknown => (value instanceof Date ? value.getTime() : value)
const folded = (value: unknown): string => withoutCase(String(value))

const matchesList = (own: readonly unknown[], operator: Operator, values: readonly unknown[]): boolean =>
  operator === 'hasSome'
    ? values.some((each) => own.includes(each))
    : values.every((each) => own.includes(each))

const valueOf = ({ column, key }: Term, row: Readonly<Record<string, unknown>>): unknown => {
  const value = row[column]
  if (key === undefined) return value
  const values = (value ?? {}) as Readonly<Record<string, unknown>>
  return Object.hasOwn(values, key) ? values[key] : ''
}

/** Whether a value in memory fits a filter; what Postgres would say of a row with these columns. */
export const matches = (filter: Filter, row: Readonly<Record<string, unknown>>): boolean => {
  if ('not' in filter) return !matches(filter.not, row)
  if ('all' in filter) return filter.all.every((part) => matches(part, row))
  if ('any' in filter) return filter.any.some((part) => matches(part, row))
  const { operator, value } = filter
  const own = comparable(valueOf(filter, row))
  if (own === null || own === undefined) return false
  if (Array.isArray(own)) return matchesList(own, operator, [value].flat())
  const other = comparable(value) as string
  if (operator === 'eq') return own === other
  if (operator === 'in') return (value as unknown[]).map(comparable).includes(own)
  if (operator === 'contains') return folded(own).includes(folded(other))
  if (operator === 'startsWith') return folded(own).startsWith(folded(other))
  if (operator === 'lt') return (own as string) < other
  if (operator === 'lte') return (own as string) <= other
  if (operator === 'gt') return (own as string) > other
  return (own as string) >= other
}

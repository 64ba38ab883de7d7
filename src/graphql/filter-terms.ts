import type { InputRef } from '@pothos/core'
import { Prisma } from '../../generated/prisma/client.ts'
import { AppError } from '../platform/errors.ts'
import { matches, type Filter, type Operator, type Term } from '../platform/filter-tree.ts'
import { foldedColumn } from '../platform/postgres/folded.ts'
import { withoutCase } from '../platform/texts.ts'

export { matches, type Filter } from '../platform/filter-tree.ts'

/** What can be asked of one column, and how its values are read. */
export type Condition = {
  readonly type: InputRef
  readonly description: string
  /** Ends the column's name where the condition is called without it: `stream` asks of `streamId`. */
  readonly suffix: string
  /** Turns a value of the filter into one of the column; undefined for one that no row can have. */
  readonly read: (value: unknown) => unknown
  /** Asks of two columns at once, `<name>Type` and `<name>Id`: `read` answers both. */
  readonly typed?: true
  /** Has the operators that search in any case. */
  readonly searched?: true
  /** Asks of the value of a name: `name` is beside the operators. */
  readonly keyed?: true
}
export type Conditions = Readonly<Record<string, Condition>>

export const condition = (
  type: unknown,
  description: string,
  {
    suffix = '',
    read = (value: unknown) => value,
    ...more
  }: Partial<Pick<Condition, 'suffix' | 'read' | 'typed' | 'searched' | 'keyed'>> = {},
): Condition => ({ type: type as InputRef, description, suffix, read, ...more })

// A filter becomes SQL of the same shape, so its size bounds the query's: more than these is a program's, not
// a person's.
const MAX_DEPTH = 4
const MAX_CONDITIONS = 50
const MAX_LIST = 100
/** Characters; longer than what someone searches for. A bound on the work for each row. */
const MAX_SEARCH = 256

type Input = Readonly<Record<string, unknown>>
const isSearch = (operator: string): boolean => operator === 'contains' || operator === 'startsWith'

/** An object of any type, by what `read` of a typed condition answers. */
const objectTerm = (name: string, { typename, id }: { typename: string; id: string }): Filter => ({
  all: [
    { column: `${name}Type`, operator: 'eq', value: typename },
    { column: `${name}Id`, operator: 'eq', value: id },
  ],
})

const termsOf = (name: string, { suffix, read, typed, keyed }: Condition, given: Input): Filter[] => {
  const { name: key, ...named } = given
  const of = keyed ? { key: String(key) } : {}
  return Object.entries(keyed ? named : given)
    .filter(([, value]) => value != null)
    .map(([operator, value]) => {
      const column = `${name}${suffix}`
      if (Array.isArray(value) && value.length > MAX_LIST)
        throw new AppError('LIMIT_EXCEEDED', `A list in a filter holds at most ${MAX_LIST} values.`)
      if (isSearch(operator) && String(value).length > MAX_SEARCH)
        throw new AppError('LIMIT_EXCEEDED', `Search for at most ${MAX_SEARCH} characters.`)
      const values = [value]
        .flat()
        .map(read)
        .filter((each) => each !== undefined)
      if (typed) return { any: values.map((each) => objectTerm(name, each as never)) }
      // A list that was never set is empty to whoever reads it, and has all of nothing.
      if (operator === 'hasEvery' && values.length === 0) return { all: [] }
      if (Array.isArray(value)) return { ...of, column, operator: operator as Operator, value: values }
      return values.length === 0
        ? { any: [] }
        : { ...of, column, operator: operator as Operator, value: values[0] }
    })
}

/** Reads a filter of the graph. Throws LIMIT_EXCEEDED when it is too large or nests too deeply. */
export const parseFilter = (conditions: Conditions, input: object | null | undefined): Filter => {
  let count = 0
  const parse = (part: Input, depth: number): Filter => {
    if (depth > MAX_DEPTH) throw new AppError('LIMIT_EXCEEDED', `A filter nests at most ${MAX_DEPTH} deep.`)
    const all: Filter[] = []
    for (const [name, value] of Object.entries(part)) {
      if (value == null) continue
      if (++count > MAX_CONDITIONS)
        throw new AppError('LIMIT_EXCEEDED', `A filter has at most ${MAX_CONDITIONS} conditions.`)
      if (name === 'and') all.push(...(value as Input[]).map((each) => parse(each, depth + 1)))
      else if (name === 'or') all.push({ any: (value as Input[]).map((each) => parse(each, depth + 1)) })
      else if (name === 'not') all.push({ not: parse(value as Input, depth + 1) })
      else all.push(...termsOf(name, conditions[name]!, value as Input))
    }
    return { all }
  }
  return input ? parse(input as Input, 1) : { all: [] }
}

type Where = Record<string, unknown>
const everything: Where = {}
// Prisma leaves out an empty OR and an empty NOT, so that they would find everything where they mean nothing.
const nothing: Where = { id: { in: [] } }

const literal = (text: unknown): string => String(text).replaceAll(/[\\%_]/g, '\\$&')

const every = (parts: readonly Where[]): Where => {
  if (parts.includes(nothing)) return nothing
  const rest = parts.filter((part) => part !== everything)
  return rest.length === 0 ? everything : { AND: rest }
}
const some = (parts: readonly Where[]): Where => {
  if (parts.includes(everything)) return everything
  const rest = parts.filter((part) => part !== nothing)
  return rest.length === 0 ? nothing : { OR: rest }
}

/**
 * A search in any case looks into the column beside its own that has the text without its case. Postgres' own
 * ILIKE lowers letter by letter in the locale of the database: Σ is never ς there, nor ß an SS.
 */
const holds = ({ column, operator, value }: Term): Where =>
  isSearch(operator)
    ? { [foldedColumn(column)]: { [operator]: literal(withoutCase(String(value))) } }
    : { [column]: { [operator === 'eq' ? 'equals' : operator]: value } }

const searchOfJson = { contains: 'string_contains', startsWith: 'string_starts_with' } as const

/**
 * The same of the value of a name in a column of JSON, where a missing one counts as an empty text. Postgres knows no
 * value there: whatever is asked of it is NULL, and so is the opposite.
 */
const holdsOf = (term: Term, path: string[], negated: boolean): Where => {
  const { column, operator, value } = term
  const missing = { [column]: { path, equals: Prisma.DbNull } }
  const there = isSearch(operator)
    ? {
        [foldedColumn(column)]: {
          path,
          [searchOfJson[operator as keyof typeof searchOfJson]]: literal(withoutCase(String(value))),
        },
      }
    : some([value].flat().map((equals) => ({ [column]: { path, equals } })))
  const fitsMissing = matches(term, {})
  if (!negated) return fitsMissing ? some([there, missing]) : there
  if (there === nothing) return everything
  return fitsMissing ? { AND: [{ NOT: there }, { NOT: missing }] } : { OR: [{ NOT: there }, missing] }
}

/**
 * A filter as Prisma's WHERE. Negations are pushed down to the columns: SQL's NOT of a comparison with NULL
 * is NULL, and the row would be in neither half. `nullable` says which columns can be NULL.
 */
export const toWhere = (filter: Filter, nullable: (column: string) => boolean, negated = false): Where => {
  if ('not' in filter) return toWhere(filter.not, nullable, !negated)
  if ('all' in filter || 'any' in filter) {
    const parts = 'all' in filter ? filter.all : filter.any
    const combine = 'all' in filter === negated ? some : every
    return combine(parts.map((part) => toWhere(part, nullable, negated)))
  }
  if (filter.key !== undefined) return holdsOf(filter, [filter.key], negated)
  const where = holds(filter)
  if (!negated) return where
  return nullable(filter.column)
    ? { OR: [{ NOT: where }, { [filter.column]: { equals: null } }] }
    : { NOT: where }
}

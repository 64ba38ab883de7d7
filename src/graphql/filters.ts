import { AppError } from '../platform/errors.ts'
import { builder } from './builder.ts'

export const StringFilter = builder.inputType('StringFilter', {
  description: 'Conditions on a text. Those given must all hold.',
  fields: (t) => ({
    eq: t.string({ description: 'Is exactly this text.' }),
    in: t.stringList({ description: 'Is one of these texts; at most 100.' }),
    contains: t.string({ description: 'Has this text anywhere in it, in any case.' }),
    startsWith: t.string({ description: 'Begins with this text, in any case.' }),
  }),
})

export const DateTimeFilter = builder.inputType('DateTimeFilter', {
  description: 'Conditions on an instant. Those given must all hold.',
  fields: (t) => ({
    lt: t.field({ type: 'DateTime', description: 'Before this instant.' }),
    lte: t.field({ type: 'DateTime', description: 'At or before this instant.' }),
    gt: t.field({ type: 'DateTime', description: 'After this instant.' }),
    gte: t.field({ type: 'DateTime', description: 'At or after this instant.' }),
  }),
})

export const OrderDirection = builder.enumType('OrderDirection', {
  description: 'Which end of an order comes first.',
  values: {
    ASC: { description: 'Smallest or oldest first.' },
    DESC: { description: 'Largest or newest first.' },
  } as const,
})

// A filter becomes SQL of the same shape, so its size bounds the query's: more than these is a program's, not a person's.
const MAX_DEPTH = 4
const MAX_CONDITIONS = 50
const MAX_LIST = 100

type Where = Record<string, unknown>
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)

const condition = (filter: Record<string, unknown>): Where => {
  const where: Where = {}
  for (const [operator, value] of Object.entries(filter)) {
    if (value == null) continue
    if (Array.isArray(value) && value.length > MAX_LIST)
      throw new AppError('LIMIT_EXCEEDED', `A list in a filter holds at most ${MAX_LIST} values.`)
    if (operator === 'eq') where.equals = value
    else if (operator === 'contains' || operator === 'startsWith')
      Object.assign(where, {
        [operator]: (value as string).replaceAll(/[\\%_]/g, '\\$&'),
        mode: 'insensitive',
      })
    else where[operator] = value
  }
  return where
}

// Prisma leaves out an empty OR and an empty NOT, so that they would find everything where they mean nothing.
const nothing: Where = { id: { in: [] } }
const isEmpty = ({ AND }: Where): boolean => Array.isArray(AND) && AND.length === 0
const anyOf = (parts: Where[]): Where => {
  if (parts.length === 0) return nothing
  return parts.some(isEmpty) ? {} : { OR: parts }
}
const noneOf = (part: Where): Where => (isEmpty(part) ? nothing : { NOT: part })

/** Turns a filter of the graph (fields, and, or, not) into Prisma's. Throws LIMIT_EXCEEDED when it is too large or too deep. */
export const toWhere = (filter: object | null | undefined): Where => {
  let conditions = 0
  const walk = (part: Record<string, unknown>, depth: number): Where => {
    if (depth > MAX_DEPTH) throw new AppError('LIMIT_EXCEEDED', `A filter nests at most ${MAX_DEPTH} deep.`)
    const all: Where[] = []
    for (const [name, value] of Object.entries(part)) {
      if (value == null) continue
      if (++conditions > MAX_CONDITIONS)
        throw new AppError('LIMIT_EXCEEDED', `A filter has at most ${MAX_CONDITIONS} conditions.`)
      if (name === 'and')
        all.push({ AND: (value as Record<string, unknown>[]).map((each) => walk(each, depth + 1)) })
      else if (name === 'or')
        all.push(anyOf((value as Record<string, unknown>[]).map((each) => walk(each, depth + 1))))
      else if (name === 'not') all.push(noneOf(walk(value as Record<string, unknown>, depth + 1)))
      else all.push({ [name]: isObject(value) ? condition(value) : value })
    }
    return { AND: all }
  }
  return filter ? walk(filter as Record<string, unknown>, 1) : {}
}

import type { EnumRef, InputRef } from '@pothos/core'
import { builder, type GraphTypes } from './builder.ts'
import { condition, parseFilter, type Conditions, type Filter } from './filter-terms.ts'
import { decodeGlobalID } from './global-id.ts'

const StringFilter = builder.inputType('StringFilter', {
  description: 'Conditions on a text. All given operators must hold.',
  fields: (t) => ({
    eq: t.string({ description: 'Equal to this text, in the same case.' }),
    in: t.stringList({ description: 'Equal to one of these texts (at most 100).' }),
    contains: t.string({ description: 'Contains this text (at most 256 characters), in any case.' }),
    startsWith: t.string({ description: 'Starts with this text (at most 256 characters), in any case.' }),
  }),
})

const StringListFilter = builder.inputType('StringListFilter', {
  description: 'Conditions on a list of texts. All given operators must hold.',
  fields: (t) => ({
    has: t.string({ description: 'Has this text, in the same case.' }),
    hasSome: t.stringList({ description: 'Has at least one of these texts (at most 100).' }),
    hasEvery: t.stringList({ description: 'Has all of these texts (at most 100).' }),
  }),
})

const LabelFilter = builder.inputType('LabelFilter', {
  description:
    'Conditions on the value of a name, which is an empty text if missing. All given operators must hold.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'Name, in the same case.' }),
    eq: t.string({ description: 'Equal to this text, in the same case.' }),
    in: t.stringList({ description: 'Equal to one of these texts (at most 100).' }),
    contains: t.string({ description: 'Contains this text (at most 256 characters), in any case.' }),
    startsWith: t.string({ description: 'Starts with this text (at most 256 characters), in any case.' }),
  }),
})

const DateTimeFilter = builder.inputType('DateTimeFilter', {
  description: 'Conditions on an instant. All given operators must hold.',
  fields: (t) => ({
    lt: t.field({ type: 'DateTime', description: 'Before this instant.' }),
    lte: t.field({ type: 'DateTime', description: 'At or before this instant.' }),
    gt: t.field({ type: 'DateTime', description: 'After this instant.' }),
    gte: t.field({ type: 'DateTime', description: 'At or after this instant.' }),
  }),
})

const IntFilter = builder.inputType('IntFilter', {
  description: 'Conditions on a number. All given operators must hold.',
  fields: (t) => ({
    eq: t.int({ description: 'Equal to this number.' }),
    in: t.intList({ description: 'Equal to one of these numbers (at most 100).' }),
    lt: t.int({ description: 'Less than this number.' }),
    lte: t.int({ description: 'Less than or equal to this number.' }),
    gt: t.int({ description: 'Greater than this number.' }),
    gte: t.int({ description: 'Greater than or equal to this number.' }),
  }),
})

const BooleanFilter = builder.inputType('BooleanFilter', {
  description: 'A condition on a flag.',
  fields: (t) => ({ eq: t.boolean({ description: 'Equal to this value.' }) }),
})

const IdFilter = builder.inputType('IdFilter', {
  description: 'Conditions on what something refers to, by global id. All given operators must hold.',
  fields: (t) => ({
    eq: t.id({ description: 'The object with this global id.' }),
    in: t.idList({ description: 'One of the objects with these global ids (at most 100).' }),
  }),
})

type AnyEnum = EnumRef<GraphTypes, unknown>
const enumFilters = new Map<string, InputRef>()

/** The filter on an enum: `<Enum>Filter { eq in }`, one for each enum, made when it is first used. */
const enumFilter = (type: AnyEnum): InputRef => {
  let made = enumFilters.get(type.name)
  if (!made) {
    made = builder.inputType(`${type.name}Filter`, {
      description: `Conditions on a value of ${type.name}. All given operators must hold.`,
      fields: (t) => ({
        eq: t.field({ type, description: 'Equal to this value.' }),
        in: t.field({ type: [type], description: 'Equal to one of these values.' }),
      }),
    })
    enumFilters.set(type.name, made)
  }
  return made
}

/**
 * The row's id in a global id of one of those types; an id of anything else is of nothing that could match.
 */
const rowIdOf = (typenames: readonly string[]) => (value: unknown) => {
  const decoded = decodeGlobalID(String(value))
  return typenames.includes(decoded.typename) ? decoded.id : undefined
}

/** What a filter can ask of a column: the kinds of conditions, each with its description in the schema. */
export const is = {
  text: (description: string) => condition(StringFilter, description, { searched: true }),
  texts: (description: string) => condition(StringListFilter, description),
  /** On the column `<name>s` of a condition called `<name>`: names and values, a Map of ClickHouse or JSON of Postgres. */
  labels: (description: string) => condition(LabelFilter, description, { suffix: 's', keyed: true }),
  time: (description: string) => condition(DateTimeFilter, description),
  number: (description: string) => condition(IntFilter, description),
  flag: (description: string) => condition(BooleanFilter, description),
  oneOf: (type: { readonly name: string }, description: string) =>
    condition(enumFilter(type as AnyEnum), description),
  /** On the column `<name>Id` of a condition called `<name>`. */
  idOf: (typename: string, description: string) =>
    condition(IdFilter, description, { suffix: 'Id', read: rowIdOf([typename]) }),
  /** On a column of ids of several types, by the column's own name. */
  idOfAny: (typenames: readonly string[], description: string) =>
    condition(IdFilter, description, { read: rowIdOf(typenames) }),
  /** On the columns `<name>Type` and `<name>Id` of a condition called `<name>`: an object of any type. */
  object: (description: string) =>
    condition(IdFilter, description, {
      suffix: 'Id',
      read: (value) => decodeGlobalID(String(value)),
      typed: true,
    }),
} as const

export type Is = typeof is

/**
 * Declares the filter `<Name>Filter`: the conditions with and, or, not. An empty object is no condition and
 * holds for everything, also inside `or` and `not`; `or: []` holds for nothing; `not` is the complement, also
 * for missing values.
 */
export const defineFilter = (name: string, conditions: Conditions, items: string) => {
  const type = builder.inputRef<object>(`${name}Filter`)
  type.implement({
    description: `Conditions on ${items}. All given conditions must hold; an empty object is no condition.`,
    fields: (t) => ({
      ...Object.fromEntries(
        Object.entries(conditions).map(([field, { type: operators, description }]) => [
          field,
          t.field({ type: operators, description }),
        ]),
      ),
      and: t.field({ type: [type], description: 'All of these hold.' }),
      or: t.field({ type: [type], description: 'At least one of these holds.' }),
      not: t.field({ type, description: 'This does not hold.' }),
    }),
  })
  const parse = (input: object | null | undefined): Filter => parseFilter(conditions, input)
  return { type, parse }
}

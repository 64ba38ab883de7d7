import {
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isScalarType,
  Kind,
  parseValue,
  valueFromASTUntyped,
  type GraphQLInputType,
} from 'graphql'
import type { Literals } from '../walls/everything.ts'
import * as odd from './odd.ts'
import type { Random } from './random.ts'

/**
 * What an operation is like: as its author means it; with values that the schema allows and nobody expects;
 * or with something against the schema.
 */
export type Mode = 'plain' | 'odd' | 'wrong'

/** What is there to be named. */
export type Pools = {
  /** Arguments that make sense, by coordinate. */
  readonly literals: Literals
  /** Global ids by type: those of the tenant that asks, and those of the other one. */
  readonly ids: Readonly<Record<string, readonly string[]>>
  readonly foreignIds: readonly string[]
  /** By the list that they are of. */
  readonly cursors: Readonly<Record<string, readonly string[]>>
  /** Where events go on. */
  readonly places: readonly string[]
  /** Texts that are in the tenant's own data, and such as are in the other's: these only queries may say. */
  readonly texts: readonly string[]
  readonly foreignTexts: readonly string[]
}

const NAME = /^[A-Za-z_]\w*$/
const now = (): number => Date.now()
const ago = (ms: number): string => new Date(now() - ms).toISOString()

/** What a filter has more filters in. */
const nesting = new Set(['and', 'or', 'not'])

/** Makes values for arguments. `mayBeForeign` lets it say words of the other tenant. */
export const createValues = (random: Random, pools: Pools, mode: Mode, mayBeForeign: boolean) => {
  const { pick, chance } = random
  const isOdd = (): boolean => mode !== 'plain' && chance(0.35)
  const isWrong = (): boolean => mode === 'wrong' && chance(0.15)

  const ownText = (): string => (mayBeForeign && chance(0.15) ? pick(pools.foreignTexts) : pick(pools.texts))
  const cursor = (place: string): string => {
    const [owner = '', list = ''] = place.split('.')
    if (owner === 'Subscription') return pick(pools.places)
    // One of another list now and then.
    return pick(pools.cursors[list] ?? pools.cursors[pick(Object.keys(pools.cursors))]!)
  }
  const text = (name: string, place: string): string => {
    if (/^(after|before)$/.test(name)) return isOdd() ? pick(odd.oddCursors) : cursor(place)
    if (isOdd()) return pick(odd.oddTexts)
    if (/email/i.test(name)) return `fuzz-${random.below(1e6)}@example.test`
    if (/slug|internalName/i.test(name)) return chance(0.5) ? ownText() : `fuzz-${random.below(1e6)}`
    if (/password/i.test(name)) return pick(['a password of tests', 'another password of tests'])
    if (name === 'color') return pick(['#123456', '#abcdef'])
    if (name === 'timezone') return pick(['UTC', 'UTC', 'Europe/Amsterdam'])
    return chance(0.6) ? ownText() : `fuzz ${random.below(1e6)}`
  }
  const id = (): string => {
    if (isOdd()) return chance(0.4) ? pick(pools.foreignIds) : pick(odd.oddIds)
    return pick(pools.ids[pick(Object.keys(pools.ids))]!)
  }
  const int = (name: string): unknown => {
    if (isOdd()) return pick(odd.oddInts)
    // Larger pages within pages are refused for their cost, and there would be little to see.
    return name === 'first' || name === 'last' ? pick([0, 1, 2, 3, 5]) : random.below(12)
  }
  const scalar = (type: string, name: string, place: string): unknown => {
    switch (type) {
      case 'ID':
        return id()
      case 'Int':
        return isWrong() ? pick(odd.wrongInts) : int(name)
      case 'Float':
        return isOdd() ? pick(odd.oddFloats) : random.next() * 4
      case 'Boolean':
        return chance(0.5)
      case 'DateTime':
        return isOdd() ? pick(odd.oddTimes) : ago(random.below(90) * random.below(86_400_000))
      case 'Duration':
        return isOdd() ? pick(odd.oddDurations) : pick(['PT1M', 'PT5M', 'PT10M', 'PT1H', 'P1D', 'P7D'])
      case 'BigInt':
        return isOdd() ? pick(odd.oddBigInts) : String(random.below(1e9))
      case 'JSON':
        return pick(odd.wrongValues)
      case 'String':
        return text(name, place)
      default:
        throw new Error(`${type} is a new scalar: say in tests/fuzz what it is given.`)
    }
  }

  /** A value for a place in the schema, as JSON; undefined for one that is left out. */
  const valueOf = (type: GraphQLInputType, place: string, depth = 0): unknown => {
    const name = place.split('.').at(-1)!.replace('[]', '')
    if (isNonNullType(type)) return isWrong() && chance(0.3) ? null : valueOf(type.ofType, place, depth)
    if (isWrong()) return pick(odd.wrongValues)
    if (mode !== 'plain' && chance(0.05)) return null
    const known = pools.literals[place]
    if (known !== undefined && chance(0.6)) return changed(type, place, known, depth)
    if (isListType(type)) {
      if (chance(0.1)) return valueOf(type.ofType, `${place}[]`, depth) // one value is a list of one
      const length = mode === 'odd' && chance(0.02) ? 101 : random.below(4)
      return Array.from({ length }, () => valueOf(type.ofType, `${place}[]`, depth))
    }
    if (isEnumType(type)) return isWrong() ? pick(['open', 'NOTHING', 0]) : pick(type.getValues()).name
    if (isScalarType(type)) return scalar(type.name, name, place)
    return object(type, depth)
  }
  const object = (type: GraphQLInputType, depth: number): Record<string, unknown> => {
    if (!isInputObjectType(type)) throw new TypeError(String(type))
    const fields = Object.values(type.getFields())
    const wanted = fields.filter(
      (field) =>
        (isNonNullType(field.type) && field.defaultValue === undefined && !isWrong()) ||
        chance(Math.min(0.5, 2.5 / fields.length) / (nesting.has(field.name) ? 2 ** depth : 1)),
    )
    const made = wanted.map((field) => [
      field.name,
      valueOf(field.type, `${type.name}.${field.name}`, depth + 1),
    ])
    if (isWrong()) made.push([pick(['nothing', '__proto__', 'constructor', '$gt']), pick(odd.wrongValues)])
    return Object.fromEntries(made) as Record<string, unknown>
  }
  /** What makes sense there, with some of its fields as they come. */
  const changed = (type: GraphQLInputType, place: string, literal: string, depth: number): unknown => {
    const known: unknown = valueFromASTUntyped(parseValue(literal))
    if (!isInputObjectType(type) || mode === 'plain') return known
    return chance(0.5) ? { ...(known as object), ...object(type, depth + 1) } : known
  }
  return { valueOf }
}

/** A value as a literal of the language. */
export const literalOf = (value: unknown, type?: GraphQLInputType): string => {
  if (JSON.isRawJSON(value)) return value.rawJSON
  if (type && isNonNullType(type)) return literalOf(value, type.ofType)
  const item = type && isListType(type) ? type.ofType : undefined
  if (Array.isArray(value)) return `[${value.map((each) => literalOf(each, item)).join(', ')}]`
  if (item) return literalOf(value, item)
  if (typeof value === 'object' && value !== null) {
    const fields = type && isInputObjectType(type) ? type.getFields() : {}
    const parts = Object.entries(value)
      .filter(([name, each]) => NAME.test(name) && each !== undefined)
      .map(([name, each]) => `${name}: ${literalOf(each, fields[name]?.type)}`)
    return `{ ${parts.join(', ')} }`
  }
  if (type && isEnumType(type) && typeof value === 'string' && NAME.test(value)) return value
  return JSON.stringify(value) ?? Kind.NULL
}

import type { Clock } from '../../platform/clock.ts'
import { sizeOf } from './answer-size.ts'
import type { Planned } from './plan.ts'

/**
 * The most that one operation may cost. A page of 100 streams, each with its viewers now and the 289 points
 * of a day, costs 4,991. At most 50,000 points of series fit into one answer; docs/limits.md has the time
 * that the costliest answers hold the event loop.
 */
export const MAX_COST = 5_000

type Arguments = Readonly<Record<string, unknown>>
/**
 * Throws AppError for arguments that a field refuses whatever there is to read, given with its definition:
 * `extensions: { check }`. The resolver calls it too; before that it says that the field costs nothing.
 */
export type Check = (args: Arguments, clock: Clock) => void
/** What is known about a list before it is read. */
export type ListContext = { readonly args: Arguments; readonly parent: Arguments; readonly clock: Clock }

/** The cost of a field, given with its definition: `extensions: { cost: { … } }`. */
export type FieldCost = {
  /** It counts rows of Postgres. */
  readonly counts?: true
  /** Cost of selecting it once, without its children (default 1 for an object, 0 for a leaf). */
  readonly base?: number
  /**
   * How many items a list has at most. `of` may return less, from the arguments of the list and of the field
   * that holds it, which passed their checks. Pages of connections need none: `first` and `last` are their
   * size.
   */
  readonly items?: number | { readonly most: number; of(list: ListContext): number }
  /**
   * Items of a few numbers or short texts, all read by one statement: each costs a tenth. Objects in them
   * cost as usual.
   */
  readonly small?: true
  /**
   * Lists below it see the arguments of the field that holds it beside its own, which win: the points of a
   * group of a series are as many as those of the series.
   */
  readonly passesOn?: true
  /**
   * The most characters of a text, or of JSON as text, where that is more than `SHORT`: from the same constant
   * as the rule of what is stored.
   */
  readonly characters?: number
}

/** Texts of no more characters need not say how many they have. */
export const SHORT = 2_048
/** Characters of long texts that an object may have for nothing; as many more cost as much as another object. */
export const TEXT = 8_192

/** The `extensions` of a field that is a long text, or JSON. */
export const longText = (characters: number) =>
  ({ cost: { characters } }) as const satisfies { cost: FieldCost }

/**
 * The `extensions` of a field whose resolver queries ClickHouse: it costs as much as ten rows of Postgres,
 * for each parent object. The streams of a page share one query, but what that query reads grows with them.
 */
export const asksClickHouse = { cost: { base: 10 } } as const satisfies { cost: FieldCost }
/** The `extensions` of a field that is a list and whose resolver queries ClickHouse. */
export const asksClickHouseFor = (list: Omit<FieldCost, 'base'>) => ({
  cost: { ...asksClickHouse.cost, ...list },
})

/** The `extensions` of a field that is a long text, or JSON, and whose resolver queries ClickHouse. */
export const asksClickHouseForText = (characters: number) => ({
  cost: { ...asksClickHouse.cost, characters },
})

/**
 * The `extensions` of a field that counts all rows of a filter in Postgres: it reads as many as there are.
 */
export const countsRows = { cost: { base: 10, counts: true } } as const satisfies { cost: FieldCost }
/** The `extensions` of a field that is a list, and counts rows so for all of it. */
export const countsRowsFor = (list: Omit<FieldCost, 'base' | 'counts'>) => ({
  cost: { ...countsRows.cost, ...list },
})

/** All sums are in tenths of a point: whole numbers, so that they are exact. */
const TENTHS = 10

/** Cost of one item, in tenths, without the objects in it. */
const itemCost = ({ small, names }: Planned): number => (small ? 1 : TENTHS) * names

/** Cost, in tenths, of a field that is selected `times` times and has `items` objects in all. */
const fieldCost = (field: Planned, times: number, items: number): number => {
  const { base, list, composite } = field
  const baseCost = (base ?? 0) * TENTHS * times
  return baseCost + (composite && (list || base === undefined) ? itemCost(field) * items : 0)
}

/** Cost, in tenths, of the long texts of an object. */
const textCost = (characters: number): number => Math.max(0, Math.ceil(characters / TEXT) - 1) * TENTHS

const points = (tenths: number): number => Math.ceil(tenths / TENTHS)

/**
 * The worst case of an operation: every object that its answer can hold, with lists as long as they may be.
 * It follows from the document and its variables alone, before anything runs.
 */
export const costOf = (plan: readonly Planned[]): number => {
  const all = (fields: readonly Planned[], times: number): number =>
    fields.reduce((sum, field) => {
      const items = times * field.items
      const characters = [...field.texts.values()].reduce((most, each) => most + each, 0)
      return sum + fieldCost(field, times, items) + textCost(characters) * items + all(field.children, items)
    }, 0)
  return points(all(plan, 1))
}

type Objects = Readonly<Record<string, unknown>>
const isObject = (value: unknown): value is Objects => typeof value === 'object' && value !== null

/** The objects in a value, also those in nested lists. */
const objectsIn = (value: unknown): Objects[] =>
  Array.isArray(value) ? value.flatMap(objectsIn) : isObject(value) ? [value] : []

/**
 * The cost of an operation after it ran: computed as in `costOf`, but from the objects in the answer in place
 * of those that it could have held. A query to ClickHouse (`base`) costs the same whatever it found.
 */
export const actualCostOf = (plan: readonly Planned[], data: Objects): number => {
  const all = (fields: readonly Planned[], parent: Objects): number =>
    fields.reduce((sum, field) => {
      const value = parent[field.key]
      if (value === undefined) return sum // a field of a fragment on another type
      const objects = field.composite ? objectsIn(value) : []
      const own = sum + fieldCost(field, 1, objects.length)
      if (field.children.length === 0 && field.texts.size === 0) return own
      return objects.reduce((below, object) => {
        const characters = [...field.texts].reduce(
          (more, [key, most]) => more + Math.min(most, sizeOf(object[key], most)),
          0,
        )
        return below + textCost(characters) + all(field.children, object)
      }, own)
    }, 0)
  return points(all(plan, data))
}

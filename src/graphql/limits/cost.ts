import type { Clock } from '../../platform/clock.ts'
import type { Planned } from './plan.ts'

/**
 * What an operation may cost. A page of 100 streams with who watches now and the 289 points of a day of each costs 4,991. The
 * most that it lets through at once are 50,000 points: docs/limits.md says how long the costliest answers hold the event loop.
 */
export const MAX_COST = 5_000

/** The arguments of a field; undefined where they don't fit and execution will refuse them. */
type Arguments = Readonly<Record<string, unknown>> | undefined
/** What is known of a list before it is asked for. */
export type Asked = { readonly args: Arguments; readonly parent: Arguments; readonly clock: Clock }

/** How a field is counted, beside its definition: `extensions: { cost: { … } }`. */
export type FieldCost = {
  /** What asking for it costs once, before its children: 1 for an object unless given, 0 for a leaf. */
  readonly base?: number
  /**
   * How many items a list has at most. `of` may say less, from the arguments of the list and of the field that holds it; where
   * it throws, execution will refuse the same. The pages of connections need none: `first` and `last` say it.
   */
  readonly items?: number | { readonly most: number; of(asked: Asked): number }
  /** Items of a few numbers or short texts that one statement reads for the whole list: each costs a tenth. Objects in them count as ever. */
  readonly small?: true
}

/**
 * The `extensions` of a field whose resolver asks ClickHouse: as much as ten rows of Postgres, for each object that it is a field
 * of, though the streams of a page share one question: what it reads grows with them.
 */
export const asksClickHouse = { cost: { base: 10 } } as const satisfies { cost: FieldCost }
/** The same for one that answers with a list. */
export const asksClickHouseFor = (list: Pick<FieldCost, 'items' | 'small'>) => ({
  cost: { ...asksClickHouse.cost, ...list },
})

/** The `extensions` of a field that counts all rows of a filter in Postgres: it reads as many as there are. */
export const countsRows = { cost: { base: 10 } } as const satisfies { cost: FieldCost }

/** All sums are in tenths of a point: whole numbers, so that they are exact. */
const TENTHS = 10

/** What one item costs, in tenths, without the objects in it. */
const itemCost = ({ small, names }: Planned): number => (small ? 1 : TENTHS) * names

/** What a field costs, in tenths, that is asked for `times` times and has `items` objects in all. */
const fieldCost = (field: Planned, times: number, items: number): number => {
  const { base, list, composite } = field
  const asking = (base ?? 0) * TENTHS * times
  return asking + (composite && (list || base === undefined) ? itemCost(field) * items : 0)
}

const points = (tenths: number): number => Math.ceil(tenths / TENTHS)

/**
 * The worst case of an operation: every object that it can make one answer hold, with lists taken as long as they may be.
 * Known before anything runs, from the document and its variables alone.
 */
export const costOf = (plan: readonly Planned[]): number => {
  const all = (fields: readonly Planned[], times: number): number =>
    fields.reduce((sum, field) => {
      const items = times * field.items
      return sum + fieldCost(field, times, items) + all(field.children, items)
    }, 0)
  return points(all(plan, 1))
}

type Objects = Readonly<Record<string, unknown>>
const isObject = (value: unknown): value is Objects => typeof value === 'object' && value !== null

/** The objects that a value holds, through lists of lists. */
const objectsIn = (value: unknown): Objects[] =>
  Array.isArray(value) ? value.flatMap(objectsIn) : isObject(value) ? [value] : []

/**
 * What an operation really cost: counted as `costOf` counts, but over the objects that are in the answer, in place of
 * those that might have been. A question to ClickHouse (`base`) costs the same whatever it found.
 */
export const actualCostOf = (plan: readonly Planned[], data: Objects): number => {
  const all = (fields: readonly Planned[], parent: Objects): number =>
    fields.reduce((sum, field) => {
      const value = parent[field.key]
      if (value === undefined) return sum // of a fragment on another type
      const objects = field.composite ? objectsIn(value) : []
      const own = sum + fieldCost(field, 1, objects.length)
      if (field.children.length === 0) return own
      return objects.reduce((below, object) => below + all(field.children, object), own)
    }, 0)
  return points(all(plan, data))
}

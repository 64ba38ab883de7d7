import type { Question } from './plan.ts'
import type { Slot } from './slots.queries.ts'
import { binsOf, type Sum } from './sums.ts'

/** Rows that were added up, of any time. */
export type Rows = Pick<Slot, 'keys' | 'columns'>
type Values = readonly unknown[]

/** Rows between two looks at the time: few milliseconds, whatever is made of them. */
const PIECE = 500
/** Added up they are kept where that makes them so few; else memory is taken for nothing. */
const FEWER = 0.75

const bothBins = (one: unknown, other: unknown): ReadonlyMap<number, number> => {
  const bins = new Map(binsOf(one))
  for (const [bin, count] of binsOf(other)) bins.set(bin, (bins.get(bin) ?? 0) + count)
  return bins
}

/** The sums of both. The number of rows comes first, and without one the others say nothing. */
const bothOf = (sums: readonly Sum[], one: Values, other: Values): Values => {
  if (one[0] === 0) return other
  if (other[0] === 0) return one
  const at = sums.indexOf('at')
  const byTime = at < 0 ? 0 : (other[at] as number) - (one[at] as number)
  // Of two rows at one time the larger is the later, as in `addLast`.
  const isLater = byTime > 0 || (byTime === 0 && at >= 0 && other[at + 1]! > one[at + 1]!)
  return sums.map((sum, index) => {
    const [a, b] = [one[index], other[index]] as [number, number]
    if (sum === 'at' || sum === 'last') return isLater ? b : a
    if (sum === 'bins') return bothBins(a, b)
    return sum === 'min' ? Math.min(a, b) : sum === 'max' ? Math.max(a, b) : a + b
  })
}

const piecesOf = ({ keys, columns }: Rows): readonly Rows[] =>
  keys.length <= PIECE
    ? [{ keys, columns }]
    : Array.from({ length: Math.ceil(keys.length / PIECE) }, (_, piece) => {
        const [from, to] = [piece * PIECE, (piece + 1) * PIECE]
        return { keys: keys.slice(from, to), columns: columns.map((values) => values.slice(from, to)) }
      })

/**
 * The slots of the question of one rule as a tree of times twice as long each, made as they are asked for: a window is two
 * of a length at most, however many slots it has. Its generators yield wherever others may have their turn.
 */
export const slotTree = ({ columns }: Pick<Question, 'columns'>, slots: readonly Slot[], slotMs: number) => {
  const sums = columns.map(({ sum }) => sum)
  const baseMs = slots[0]?.startMs ?? 0
  const placeOf = (atMs: number): number => Math.ceil((atMs - baseMs) / slotMs)
  const count = slots.length === 0 ? 0 : placeOf(slots.at(-1)!.startMs) + 1
  const levels = [new Map(slots.map((slot) => [placeOf(slot.startMs), piecesOf(slot)] as const))]
  let firstPlace = 0

  function* addUp(parts: readonly Rows[]): Generator<void, readonly Rows[]> {
    const found = new Map<string, Values>()
    let rows = 0
    for (const { keys, columns } of parts) {
      for (const [row, key] of keys.entries()) {
        const own = columns.map((values) => values[row])
        const before = found.get(key)
        found.set(key, before ? bothOf(sums, before, own) : own)
      }
      rows += keys.length
      yield
    }
    if (found.size > FEWER * rows) return parts
    const values = [...found.values()]
    return piecesOf({
      keys: [...found.keys()],
      columns: sums.map((_, column) => values.map((own) => own[column])),
    })
  }

  function* partOf(level: number, index: number): Generator<void, readonly Rows[]> {
    const known = levels[level]?.get(index)
    if (known || level === 0) return known ?? []
    const first = yield* partOf(level - 1, 2 * index)
    const second = yield* partOf(level - 1, 2 * index + 1)
    const parts = [...first, ...second]
    const own = first.length === 0 || second.length === 0 ? parts : yield* addUp(parts)
    const all = (levels[level] ??= new Map<number, readonly Rows[]>())
    all.set(index, own)
    return own
  }

  return {
    /** No window begins earlier from now on: lets go of what only such ones are made of. */
    forget: (beforeMs: number): void => {
      const place = Math.min(count, placeOf(beforeMs))
      for (const [level, all] of levels.entries()) {
        const length = 2 ** level
        for (let index = Math.ceil(firstPlace / length); index * length < place; index += 1) all.delete(index)
      }
      firstPlace = Math.max(firstPlace, place)
    },
    /** Hands over the rows from one time to another, both whole multiples of the slots' length. */
    *take(fromMs: number, toMs: number, into: (rows: Rows) => void): Generator<void, void> {
      let from = Math.max(0, placeOf(fromMs))
      let to = Math.min(count, placeOf(toMs))
      for (let level = 0; from < to; level += 1) {
        const indexes: number[] = []
        if (from % 2 === 1) indexes.push(from++)
        if (to % 2 === 1) indexes.push(--to)
        for (const index of indexes)
          for (const rows of yield* partOf(level, index)) {
            into(rows)
            yield
          }
        from /= 2
        to /= 2
      }
    },
  }
}

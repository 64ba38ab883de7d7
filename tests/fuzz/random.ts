export type Random = ReturnType<typeof createRandom>

const mix = (state: number, by: number): number => {
  const mixed = Math.imul(state ^ by, 0x9e37_79b1)
  return mixed ^ (mixed >>> 15)
}

/** Numbers that look random, and are the same for the same seeds (mulberry32). */
export const createRandom = (...seeds: readonly number[]) => {
  let state = seeds.reduce(mix, 0x6d2b_79f5)
  /** From 0 to below 1. */
  const next = (): number => {
    state = (state + 0x6d2b_79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (bound: number): number => Math.floor(next() * bound)
  const pick = <T>(from: readonly T[]): T => from[below(from.length)]!
  return {
    next,
    below,
    pick,
    chance: (probability: number): boolean => next() < probability,
    /** So many of them at most, in another order. */
    some: <T>(from: readonly T[], most: number): T[] => {
      const rest = [...from]
      return Array.from(
        { length: Math.min(most, rest.length) },
        () => rest.splice(below(rest.length), 1)[0] as T,
      )
    },
    /** One of the keys, as often as its weight says. */
    weighted: <K extends string>(weights: Readonly<Record<K, number>>): K => {
      const keys = Object.keys(weights) as K[]
      let left = next() * keys.reduce((sum, key) => sum + weights[key], 0)
      return keys.find((key) => (left -= weights[key]) < 0) ?? keys.at(-1)!
    },
  }
}

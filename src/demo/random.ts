import { hash as digest } from 'node:crypto'

/**
 * Randomness without state: every value is a hash of the seed and of what it is for, so the world at any time
 * can be computed without running through the time before it. The mixing steps are MurmurHash3's 32-bit
 * finalizer.
 */
export const mix = (seed: number, ...parts: readonly number[]): number => {
  let h = seed >>> 0
  for (const part of parts) {
    h = (Math.imul(h, 5) + 0xe6546b64) ^ Math.imul(part | 0, 0x9e3779b1)
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
    h ^= h >>> 16
  }
  return h >>> 0
}

/** A number in [0, 1) that belongs to these parts. */
export const unit = (seed: number, ...parts: readonly number[]): number => mix(seed, ...parts) / 2 ** 32

/** A number in [low, high) that belongs to these parts. */
export const between = (low: number, high: number, seed: number, ...parts: readonly number[]): number =>
  low + (high - low) * unit(seed, ...parts)

/** 0 below 0, 1 above 1, and an S-curve without corners between. */
export const smoothstep = (x: number): number => {
  const t = Math.min(1, Math.max(0, x))
  return t * t * (3 - 2 * t)
}

/**
 * Smooth noise in [-1, 1]: a hash at each multiple of `periodMs`, joined by S-curves. Neighbouring times are
 * alike, times several periods apart are not.
 */
export const noise = (timeMs: number, periodMs: number, seed: number, salt: number): number => {
  const slot = Math.floor(timeMs / periodMs)
  const left = unit(seed, salt, slot)
  const right = unit(seed, salt, slot + 1)
  return 2 * (left + (right - left) * smoothstep(timeMs / periodMs - slot)) - 1
}

/** One of `items`, by weight; `at` in [0, 1) says which. Throws on an empty list. */
export const pickWeighted = <T extends { readonly weight: number }>(items: readonly T[], at: number): T => {
  let left = at * items.reduce((sum, item) => sum + item.weight, 0)
  for (const item of items) {
    left -= item.weight
    if (left < 0) return item
  }
  const last = items.at(-1)
  if (!last) throw new RangeError('nothing to pick from')
  return last
}

/** A copy of `items` in an order that belongs to the seed and salt (Fisher-Yates). */
export const shuffled = <T>(items: readonly T[], seed: number, salt: number): T[] => {
  const copy = [...items]
  for (let i = copy.length - 1; i > 0; i--) {
    const j = Math.floor(unit(seed, salt, i) * (i + 1))
    ;[copy[i], copy[j]] = [copy[j] as T, copy[i] as T]
  }
  return copy
}

const VARIANTS = '89ab'

/**
 * A UUIDv8 (RFC 9562, section 5.8) made of a hash of what the row is. The same row made again, after a
 * restart or where two fillings overlap, has the same id, so ingest drops it.
 */
export const rowUuid = (seed: number, dataset: string, key: string, timeMs: number): string => {
  const hex = digest('sha256', `${seed}|${dataset}|${key}|${timeMs}`, 'hex')
  const variant = VARIANTS[Number.parseInt(hex[16]!, 16) & 3]! // RFC 9562, section 4.1
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

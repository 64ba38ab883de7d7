import { z } from 'zod'
import { freshness } from '../freshness.ts'
import type { View } from './live-state.ts'

/** A measurement as it is told: by whom it is kept apart is its key. */
export type Sample = { readonly eventId: string; readonly timeMs: number }
/** What one insert changed for a tenant: the newest sample of each key in it. */
export const newestDigest = <S extends Sample>(sample: z.ZodType<S>) =>
  z
    .object({
      // Without a bound on the number: one that refused a batch would stop the writer, and a batch is bounded
      // by itself.
      samples: z.array(sample).readonly(),
    })
    .readonly()
export type NewestDigest<S extends Sample> = z.output<ReturnType<typeof newestDigest<S>>>

/** Shared by all who watch: not to be changed. */
export type Newest<S extends Sample> = {
  /** Null when the newest one is too old to count. */
  readonly sample: S | null
  /** When it was looked at. */
  readonly at: Date
}

/**
 * The fold of a live state that is the newest sample of each key of a tenant, for as long as it is fresh: by
 * time, then by id, as the queries order them.
 */
export const createNewestFold = <S extends Sample>(keyOf: (sample: S) => string) => {
  const newest = new Map<string, S>()
  const changed = new Set<string>()
  let oldestMs = Infinity

  const isNewer = (one: S, other: S): boolean =>
    one.timeMs === other.timeMs ? one.eventId > other.eventId : one.timeMs > other.timeMs

  const offer = (sample: S, nowMs: number): void => {
    const { timeMs } = sample
    if (timeMs <= nowMs - freshness.freshMs || timeMs > nowMs + freshness.maxAheadMs) return
    const key = keyOf(sample)
    const known = newest.get(key)
    if (known && !isNewer(sample, known)) return
    newest.set(key, sample)
    oldestMs = Math.min(oldestMs, timeMs)
    changed.add(key)
  }

  return {
    offer: ({ samples }: NewestDigest<S>, nowMs: number): void => {
      for (const sample of samples) offer(sample, nowMs)
    },
    load: (samples: readonly S[], nowMs: number): void => {
      for (const sample of samples) offer(sample, nowMs)
    },
    update: (nowMs: number): ReadonlySet<string> => {
      if (oldestMs <= nowMs - freshness.freshMs) {
        oldestMs = Infinity
        for (const [key, { timeMs }] of newest) {
          if (timeMs > nowMs - freshness.freshMs) oldestMs = Math.min(oldestMs, timeMs)
          else {
            newest.delete(key)
            changed.add(key)
          }
        }
      }
      const keys = new Set(changed)
      changed.clear()
      return keys
    },
    read: (key: string, nowMs: number): Newest<S> => ({
      sample: newest.get(key) ?? null,
      at: new Date(nowMs),
    }),
  }
}

export type NewestFold<S extends Sample> = ReturnType<typeof createNewestFold<S>>

/** What is newest of one key; one that nobody knows has no sample. */
export const newestView = <S extends Sample>(key: string): View<NewestFold<S>, Newest<S>> => ({
  key,
  read: (fold, nowMs) => fold.read(key, nowMs),
  compared: ({ sample }) => sample?.eventId ?? null,
})

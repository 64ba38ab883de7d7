import type { Tail } from './tail.ts'

export type Lease<T> = { readonly tail: Tail<T>; release(): void }

/**
 * One tail a topic key for the process. It stays for `lingerMs` after its last subscriber left, so that a page reload
 * or a reconnection finds its window; then the Redis subscription is given back.
 */
export const createTails = (lingerMs: number) => {
  type Kept = { readonly tail: Tail<unknown>; users: number; timer?: NodeJS.Timeout | undefined }
  const kept = new Map<string, Kept>()

  const drop = (unit: string, entry: Kept): void => {
    clearTimeout(entry.timer)
    if (kept.get(unit) === entry) kept.delete(unit)
    entry.tail.close()
  }

  return {
    /** `create` is called when there is none. A tail that could not join is dropped, so that the next one tries again. */
    acquire: <T>(unit: string, create: () => Tail<T>): Lease<T> => {
      let entry = kept.get(unit)
      if (!entry) {
        const made: Kept = { tail: create(), users: 0 }
        kept.set(unit, made)
        made.tail.ready.catch(() => drop(unit, made)) // its subscribers await `ready` too, and are told why
        entry = made
      }
      const held = entry
      clearTimeout(held.timer)
      held.users++
      let released = false
      return {
        // A unit is named after its topic, so a tail of this unit carries this topic's payloads.
        tail: held.tail as Tail<T>,
        release: () => {
          if (released) return
          released = true
          if (--held.users > 0 || held.tail.closed()) return
          held.timer = setTimeout(() => drop(unit, held), lingerMs).unref()
        },
      }
    },
    size: (): number => kept.size,
    close: (): void => {
      for (const [unit, entry] of kept) drop(unit, entry)
    },
  }
}

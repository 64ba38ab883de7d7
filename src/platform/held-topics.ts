import type { TenantId } from './ids.ts'

/** A topic of a tenant. */
export type Place = { readonly tenant: TenantId; readonly topic: string }

type Held = Place & {
  /** When it is tried again, by `performance.now()`. */
  readonly until: number
  /** How long it waits because it could not be reached; undefined when that was not why. */
  readonly pauseMs?: number
}

// A try of a node that hangs takes two seconds. After a short outage it is tried again soon.
const LONGEST_PAUSE_MS = 4_000

const keyOf = ({ tenant, topic }: Place): string => `${tenant} ${topic}`

/** Which topics an outbox relay leaves alone for a while, with all that waits in them. */
export const createHeldTopics = (shortestMs: number) => {
  const held = new Map<string, Held>()
  const isAway = ({ pauseMs }: Held): boolean => pauseMs !== undefined
  const hold = ({ tenant, topic }: Place, pauseMs: number): Held => {
    const each = { tenant, topic, until: performance.now() + pauseMs }
    held.set(keyOf(each), each)
    return each
  }

  return {
    /** Its next message can't be read. */
    unreadable: (place: Place): void => void hold(place, shortestMs),
    /** It can't be reached: left alone for twice as long as the last time, 4 s at most. */
    unreached: (place: Place): void => {
      const pauseMs = Math.min(LONGEST_PAUSE_MS, 2 * (held.get(keyOf(place))?.pauseMs ?? shortestMs / 2))
      held.set(keyOf(place), { ...hold(place, pauseMs), pauseMs })
    },
    goesOn: (place: Place): void => void held.delete(keyOf(place)),
    /** Those that are left alone, or tried only with their first message. */
    all: (): readonly Place[] => [...held.values()],
    /** Those that are to be tried again, `limit` at most, first those whose pause has been over for longest. */
    due: (limit: number): readonly Place[] => {
      const now = performance.now()
      return [...held.values()]
        .filter(({ until }) => until <= now)
        .toSorted((one, other) => one.until - other.until)
        .slice(0, limit)
    },
    /** Forgets those of `places` in which nothing waits: another process has published it. */
    keepOf: (places: readonly Place[], waiting: readonly Place[]): void => {
      const kept = new Set(waiting.map(keyOf))
      for (const place of places) if (!kept.has(keyOf(place))) held.delete(keyOf(place))
    },
    /** Whether one can't be reached. */
    isAnyAway: (): boolean => held.values().some(isAway),
    /**
     * Groups of what is to be done one after the other: all of a tenant, or, where a topic of it can't be reached,
     * each topic apart, since all the time of one may go into that.
     */
    inOrder: <T extends Place>(all: readonly T[]): Iterable<readonly T[]> => {
      const away = new Set([...held.values()].filter(isAway).map(({ tenant }) => tenant))
      return Map.groupBy(all, (each) => (away.has(each.tenant) ? keyOf(each) : each.tenant)).values()
    },
  }
}

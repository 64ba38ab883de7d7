import type { TenantId } from './ids.ts'

/** A topic of a tenant. */
export type Place = { readonly tenant: TenantId; readonly topic: string }

type Held = Place & {
  /** When it is tried again, by `performance.now()`. */
  readonly until: number
  /** How long it waits because it could not be reached; undefined when that was not why. */
  readonly pauseMs?: number
}

// A node of a cluster that hangs takes two seconds of each try: tried again this seldom, it leaves most of the time
// to the others. After a short outage it is tried again soon.
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
    /** Those that are not to be tried yet. What was not held again for long is forgotten: another process took it. */
    now: (): readonly Place[] => {
      const now = performance.now()
      for (const [key, { until }] of held) if (until + LONGEST_PAUSE_MS < now) held.delete(key)
      return [...held.values()].filter(({ until }) => until > now)
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

import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { AppError } from '../errors.ts'
import type { RedisStore } from './client.ts'

export type Throttle = {
  /** Counts one attempt. Answers the seconds to wait when there were too many, else undefined. */
  take(who: string): Promise<number | undefined>
  /** Takes one attempt back: it was good, or could not be made. */
  giveBack(who: string): Promise<void>
  /** Forgets the attempts: the last one was good. */
  forget(who: string): Promise<void>
}

const TAKE = `
local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return { count, redis.call('PTTL', KEYS[1]) }`
// Made anew it would never expire, hence only while it is there; and the window goes on.
const GIVE_BACK = `
if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('DECR', KEYS[1]) end
return 1`

const isAway = (error: unknown): boolean => error instanceof AppError && error.code === 'STORE_UNAVAILABLE'

// Redis may hang without closing its connection: then one command waits out its deadline, and not every one after it.
const LOCAL_MS = 5_000

/**
 * Makes throttles: at most `limit` attempts in a window that begins with the first one. Counted in Redis, for all processes.
 * While it is away each process goes on by itself from the last count that it knows, because sign-in must neither stop nor be
 * free for all then.
 */
export const createThrottling = (redis: RedisStore) => {
  const count = redis.script({ name: 'throttle', keys: 1, lua: TAKE })
  const uncount = redis.script({ name: 'throttle_back', keys: 1, lua: GIVE_BACK })
  let localUntil = 0

  /** What Redis answers; undefined when it does not, and for a while after. */
  const ask = async <T>(work: () => Promise<T>): Promise<T | undefined> => {
    if (performance.now() < localUntil) return undefined
    try {
      return await work()
    } catch (error) {
      if (!isAway(error)) throw error
      localUntil = performance.now() + LOCAL_MS
      return undefined
    }
  }

  return ({ name, limit, windowMs }: { name: string; limit: number; windowMs: number }): Throttle => {
    const known = new LRUCache<string, number>({ max: 50_000, ttl: windowMs })
    // E-mails and addresses don't stand in key names.
    const keyOf = (who: string): string =>
      redis.key(
        redis.unit('throttle', name, createHash('sha256').update(who).digest('base64url').slice(0, 22)),
        'n',
      )
    const countAlone = (key: string): [number, number] => {
      const attempts = (known.get(key) ?? 0) + 1
      const leftMs = attempts === 1 ? windowMs : known.getRemainingTTL(key)
      return [attempts, leftMs]
    }

    return {
      take: async (who) => {
        const key = keyOf(who)
        const shared = (await ask(() => count.run([key], [windowMs]))) as [number, number] | undefined
        const [attempts, leftMs] = shared ?? countAlone(key)
        known.set(key, attempts, { ttl: Math.max(1, leftMs) })
        return attempts > limit ? Math.max(1, Math.ceil(leftMs / 1_000)) : undefined
      },
      giveBack: async (who) => {
        const key = keyOf(who)
        const attempts = known.get(key)
        if (attempts !== undefined)
          known.set(key, attempts - 1, { ttl: Math.max(1, known.getRemainingTTL(key)) })
        await ask(() => uncount.run([key], [])) // without an answer it expires by itself
      },
      forget: async (who) => {
        const key = keyOf(who)
        known.delete(key)
        await ask(() => redis.run((commands) => commands.del(key))) // without an answer it expires by itself
      },
    }
  }
}

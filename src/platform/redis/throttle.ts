import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { AppError } from '../errors.ts'
import type { RedisStore } from './client.ts'

export type Throttle = {
  /** Counts one attempt. Returns the seconds to wait when there were too many, else undefined. */
  take(who: string): Promise<number | undefined>
  /** Uncounts one attempt: it succeeded, or could not be made. */
  giveBack(who: string): Promise<void>
  /** Uncounts all attempts: the last one succeeded. */
  forget(who: string): Promise<void>
}

const TAKE = `
local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return { count, redis.call('PTTL', KEYS[1]) }`
// Only an existing counter: a new one would never expire. Its window stays as it is.
const GIVE_BACK = `
if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('DECR', KEYS[1]) end
return 1`

const isAway = (error: unknown): boolean => error instanceof AppError && error.code === 'STORE_UNAVAILABLE'

// Redis may hang without closing its connection: then one command waits for its timeout, and not every one
// after it.
const LOCAL_MS = 5_000

/**
 * Makes throttles: at most `limit` attempts in a window that begins with the first one, counted in Redis for
 * all processes. While Redis is away, each process goes on counting from the last count that it knows:
 * sign-in must neither stop then nor be unlimited. The rate limiter's library can't do that: its local
 * counter starts from zero, and holds as many keys as come.
 */
export const createThrottling = (redis: RedisStore) => {
  const count = redis.script({ name: 'throttle', keys: 1, lua: TAKE })
  const uncount = redis.script({ name: 'throttle_back', keys: 1, lua: GIVE_BACK })
  let localUntil = 0

  /** The answer of Redis; undefined when there is none, and for some seconds after that. */
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
    // Hashed, so that no key contains an e-mail or an address.
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

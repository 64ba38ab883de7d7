import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { AppError } from '../errors.ts'
import type { RedisStore } from './client.ts'

export type Throttle = {
  /** Counts one attempt. Answers the seconds to wait when there were too many, else undefined. */
  take(who: string): Promise<number | undefined>
  /** Forgets the attempts: the last one was good. */
  forget(who: string): Promise<void>
}

const LUA = `
local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return { count, redis.call('PTTL', KEYS[1]) }`

const isAway = (error: unknown): boolean => error instanceof AppError && error.code === 'STORE_UNAVAILABLE'

/**
 * At most `limit` attempts in a window that begins with the first one. Counted in Redis, for all processes; while it is away
 * each process counts for itself, because sign-in must neither stop nor be free for all then.
 */
export const createThrottle = (deps: {
  redis: RedisStore
  name: string
  limit: number
  windowMs: number
}): Throttle => {
  const { redis, name, limit, windowMs } = deps
  const count = redis.script({ name: 'throttle', keys: 1, lua: LUA })
  const local = new LRUCache<string, { attempts: number }>({ max: 50_000, ttl: windowMs, noUpdateTTL: true })
  // E-mails and addresses don't stand in key names.
  const keyOf = (who: string): string =>
    redis.key(
      redis.unit('throttle', name, createHash('sha256').update(who).digest('base64url').slice(0, 22)),
      'n',
    )

  return {
    take: async (who) => {
      const key = keyOf(who)
      try {
        const [attempts, leftMs] = (await count.run([key], [windowMs])) as [number, number]
        return attempts > limit ? Math.max(1, Math.ceil(leftMs / 1_000)) : undefined
      } catch (error) {
        if (!isAway(error)) throw error
        const known = local.get(key) ?? { attempts: 0 }
        known.attempts += 1
        local.set(key, known)
        return known.attempts > limit ? Math.ceil(local.getRemainingTTL(key) / 1_000) : undefined
      }
    },
    forget: async (who) => {
      const key = keyOf(who)
      local.delete(key)
      try {
        await redis.run((commands) => commands.del(key))
      } catch (error) {
        if (!isAway(error)) throw error // it expires by itself
      }
    },
  }
}

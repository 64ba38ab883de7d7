import { Redis } from 'ioredis'
import { unfit, unreachable } from '../given.ts'
import { replyCode } from './errors.ts'

/** What a server says that does not let us in: no password, a wrong one, a user without rights. */
const refusals = new Set(['NOAUTH', 'WRONGPASS', 'NOPERM', 'ERR'])
const TRY_MS = 5_000

/** Throws AppError with advice unless the server of REDIS_URL answers and lets its user in. */
export const assertRedis = async (url: string): Promise<void> => {
  const redis = new Redis(url, {
    lazyConnect: true,
    retryStrategy: () => null,
    connectTimeout: TRY_MS,
    commandTimeout: TRY_MS,
    maxRetriesPerRequest: 0,
  })
  let first: Error | undefined
  redis.on('error', (error: Error) => (first ??= error)) // `connect` rejects with "Connection is closed." alone
  try {
    await redis.connect()
    await redis.ping()
  } catch (error) {
    const cause = first ?? error
    throw refusals.has(replyCode(cause) ?? '')
      ? unfit('Redis', url, 'REDIS_URL', 'refuses its user or password. Correct the URL.', cause)
      : unreachable('Redis', url, 'REDIS_URL', cause)
  } finally {
    redis.disconnect()
  }
}

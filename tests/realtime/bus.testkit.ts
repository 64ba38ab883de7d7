import { createLogger } from '../../src/platform/logger.ts'
import { createRedis, type RedisStore } from '../../src/platform/redis/client.ts'

export const silent = createLogger({ level: 'silent', format: 'json' })

/** A store with a connection that is ready. */
export const connect = async (url: string, prefix = 'hg:'): Promise<RedisStore> => {
  const redis = createRedis({ url, log: silent, prefix })
  await redis.ready(10_000)
  return redis
}

/** A subscription that fails when it is asked for its first event. */
export const failing = (cause: Error): AsyncIterableIterator<never, undefined> => {
  const stream: AsyncIterableIterator<never, undefined> = {
    next: () => Promise.reject(cause),
    return: () => Promise.resolve({ done: true, value: undefined }),
    [Symbol.asyncIterator]: () => stream,
  }
  return stream
}

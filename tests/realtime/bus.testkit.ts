import { afterEach } from 'vitest'
import { z } from 'zod'
import { createBus, type Bus, type BusOptions } from '../../src/platform/bus/bus.ts'
import type { Item } from '../../src/platform/bus/tail.ts'
import { defineEventTopic } from '../../src/platform/bus/topics.ts'
import { uuidv7, type TenantId } from '../../src/platform/ids.ts'
import { createLogger } from '../../src/platform/logger.ts'
import { createRedis, type RedisStore } from '../../src/platform/redis/client.ts'
import { until } from '../testkit/waiters.ts'

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

/** Opens buses with connections of their own, as other processes have them; they are closed after each test. */
export const openBuses = (url: () => string) => {
  const opened: { bus: Bus; redis: RedisStore }[] = []
  afterEach(async () => {
    for (const { bus, redis } of opened.splice(0)) {
      bus.close()
      await redis.close()
    }
  })
  return async (options: Partial<BusOptions> = {}) => {
    const redis = await connect(url())
    redis.subscriber()
    const bus = createBus({ redis, log: silent, lingerMs: 20, ...options })
    const made = { bus, redis }
    opened.push(made)
    await until(() => redis.subscriber().status === 'ready')
    return made
  }
}

export const take = async <T>(values: AsyncIterator<Item<T>>, count: number): Promise<Item<T>[]> => {
  const items: Item<T>[] = []
  while (items.length < count) {
    const result = await values.next()
    if (result.done === true) break
    items.push(result.value)
  }
  return items
}
export const ns = (items: readonly Item<{ n: number }>[]): (number | string)[] =>
  items.map((item) => ('resync' in item ? item.resync.reason : item.payload.n))
export const upTo = (count: number, from = 0): number[] =>
  Array.from({ length: count }, (_, index) => from + index)

export const numbers = defineEventTopic({
  name: 'numbers',
  version: 1,
  payload: z.object({ n: z.number() }),
  keep: 5_000,
})
export const lines = defineEventTopic({
  name: 'lines',
  version: 1,
  payload: z.object({ text: z.string() }),
})

/** Publishes so many numbers to a tenant, and answers their cursors. */
export const publisherTo =
  (tenant: () => TenantId) =>
  async (bus: Bus, redis: RedisStore, count: number, from = 0, topic = numbers): Promise<string[]> => {
    const pipeline = redis.commands.pipeline()
    for (const n of upTo(count, from))
      bus.publishIn(pipeline, tenant(), topic, { id: uuidv7(), payload: { n } })
    return (await redis.exec(pipeline)) as string[]
  }

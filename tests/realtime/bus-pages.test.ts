import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { z } from 'zod'
import { createBus } from '../../src/platform/bus/bus.ts'
import { createTopicLog } from '../../src/platform/bus/log.ts'
import { feedOf } from '../../src/platform/iterate/feed.ts'
import { SlowConsumerError } from '../../src/platform/bus/reader.ts'
import { defineEventTopic } from '../../src/platform/bus/topics.ts'
import { createLogger } from '../../src/platform/logger.ts'
import { trustTenantId, uuidv7, type TenantId } from '../../src/platform/ids.ts'
import { startRedisServer, type RedisServer } from '../testkit/redis.ts'
import { until } from '../testkit/waiters.ts'
import { connect, lines, ns, numbers, openBuses, publisherTo, silent, take, upTo } from './bus.testkit.ts'

let server: RedisServer
let tenant: TenantId

beforeAll(async () => {
  server = await startRedisServer()
})
afterAll(() => server.close())
beforeEach(() => {
  tenant = trustTenantId(uuidv7())
})

const open = openBuses(() => server.url)

const publishAll = publisherTo(() => tenant)

test('a subscriber resumes from its cursor with nothing but the tail, far behind the window, in order', async () => {
  const { bus, redis } = await open()
  const cursors = await publishAll(bus, redis, 700)
  const other = await open({ limits: { events: 50, chars: 1e6, behind: 1e6 } })
  // A window that is open, so that the reader has to cross from the tail into it.
  const live = await other.bus.subscribe(tenant, numbers)
  await publishAll(bus, redis, 40, 700)
  await take(live, 40)
  const reader = await other.bus.subscribe(tenant, numbers, { after: cursors[99]! })
  const received = take(reader, 700)
  await publishAll(bus, redis, 60, 740)
  expect(ns(await received)).toEqual(upTo(700, 100))
  const last = await bus.position(tenant, numbers)
  const atEnd = await other.bus.subscribe(tenant, numbers, { after: last })
  await publishAll(bus, redis, 1, 800)
  expect(ns(await take(atEnd, 1))).toEqual([800])
})

test('a subscriber that can not be woken keeps no other asleep, and is told of in the log', async () => {
  const logged: string[] = []
  const { bus, redis } = await open({
    log: createLogger({ level: 'error', format: 'json', to: { write: (line) => logged.push(line) } }),
  })
  const broken = await bus.subscribe(tenant, numbers)
  broken.listen({
    wake: () => {
      throw new Error('a bug of a waker')
    },
  })
  expect(broken.take()).toBe('wait')
  const received = take(await bus.subscribe(tenant, numbers), 3)
  await publishAll(bus, redis, 3)
  expect(ns(await received)).toEqual(upTo(3))
  expect(logged.join('')).toContain('a bug of a waker')
})

test('those who come back to one place behind the window ask Redis once together and share what it says', async () => {
  const { bus, redis } = await open({ limits: { events: 10, chars: 1e6, behind: 1e6 } })
  const cursors = await publishAll(bus, redis, 300)
  const questions = async (): Promise<number> => {
    const stats = await redis.commands.info('commandstats')
    return Number(/cmdstat_evalsha:calls=(\d+)/.exec(stats)?.[1])
  }
  const readers = await Promise.all(
    upTo(50).map(() => bus.subscribe(tenant, numbers, { after: cursors[9]! })),
  )
  const before = await questions()
  const all = await Promise.all(readers.map((reader) => take(reader, 290)))
  for (const items of all) expect(ns(items)).toEqual(upTo(290, 10))
  for (const items of all) expect(items[100]).toBe(all[0]![100])
  expect((await questions()) - before).toBeLessThan(10)
})

test('a page of large events is bounded by its bytes, and whoever reads where it was dropped misses nothing', async () => {
  const { bus, redis } = await open({ limits: { events: 10, chars: 300_000, behind: 1e6 } })
  const cursors: string[] = []
  for (const n of upTo(20)) {
    const payload = { text: String.fromCharCode(97 + n).repeat(100_000) }
    cursors.push(await bus.publish(tenant, lines, { id: uuidv7(), payload }))
  }
  const page = await createTopicLog(redis).readAfter(redis.unit('t', tenant, 'lines'), cursors[0]!, {
    count: 100,
    bytes: 256_000,
  })
  expect(page).toMatchObject({ proven: true, more: true })
  expect(page.proven && page.entries).toHaveLength(3)
  const readers = await Promise.all(upTo(8).map((n) => bus.subscribe(tenant, lines, { after: cursors[n]! })))
  const all = await Promise.all(readers.map((reader, n) => take(reader, 19 - n)))
  for (const [n, items] of all.entries())
    expect(items.map((item) => ('resync' in item ? '' : item.cursor))).toEqual(cursors.slice(n + 1))
})

test('a burst and an outage larger than the window close nobody: readers cross over Redis, in order', async () => {
  const { bus } = await open({ limits: { events: 10, chars: 1e6, behind: 100 } })
  const other = await open()
  const readers = await Promise.all(upTo(5).map(() => bus.subscribe(tenant, numbers)))
  const received = Promise.all(readers.map((reader) => take(reader, 500)))
  await publishAll(other.bus, other.redis, 60)
  const silently = other.redis.commands.pipeline() // as in an outage of the wake-up
  for (const n of upTo(439, 60))
    silently.xadd(`hg:{t:${tenant}:numbers}:tail`, '*', 'p', JSON.stringify({ n }))
  await other.redis.exec(silently)
  await publishAll(other.bus, other.redis, 1, 499)
  for (const items of await received) expect(ns(items)).toEqual(upTo(500))
})

test('a reader that is too far behind is closed with its cursor, and resumes from it without loss', async () => {
  const { bus, redis } = await open({ limits: { events: 10, chars: 1e6, behind: 20 } })
  const reader = await bus.subscribe(tenant, numbers)
  const cursors = await publishAll(bus, redis, 5)
  expect(ns(await take(reader, 2))).toEqual([0, 1])
  const fast = await bus.subscribe(tenant, numbers)
  const seen = take(fast, 30)
  for (const n of upTo(30, 5)) await publishAll(bus, redis, 1, n)
  await seen
  const error = await reader.next().catch((error: unknown) => error)
  expect(error).toBeInstanceOf(SlowConsumerError)
  expect(error).toMatchObject({ code: 'SLOW_CONSUMER', closeCode: 4290, cursor: cursors[1] })
  const resumed = await bus.subscribe(tenant, numbers, { after: (error as SlowConsumerError).cursor })
  expect(ns(await take(resumed, 33))).toEqual(upTo(33, 2))
})

test('also a reader that has fallen out of the window is closed once it is too far behind, readable or not', async () => {
  const { bus, redis } = await open({ limits: { events: 10, chars: 1e6, behind: 20 } })
  const another = defineEventTopic({ ...numbers, payload: z.object({ n: z.string() }) })
  const reader = await bus.subscribe(tenant, numbers)
  const fast = await bus.subscribe(tenant, numbers)
  await publishAll(bus, redis, 1)
  const cursor = await bus.publish(tenant, another, { id: uuidv7(), payload: { n: 'text' } })
  await publishAll(bus, redis, 13, 2)
  await take(fast, 15)
  expect(ns(await take(reader, 2))).toEqual([0, 'UNREADABLE'])
  await publishAll(bus, redis, 15, 15)
  await take(fast, 15)
  await expect(reader.next()).rejects.toMatchObject({ code: 'SLOW_CONSUMER', cursor })
})

test('a reader that is behind the window when Redis goes away waits for it, as all others do', async () => {
  const own = await startRedisServer({ keepsData: true })
  const redis = await connect(own.url)
  const bus = createBus({ redis, log: silent, lingerMs: 20 })
  const other = trustTenantId(uuidv7())
  const cursors: string[] = []
  for (const n of upTo(300)) cursors.push(await bus.publish(other, numbers, { id: uuidv7(), payload: { n } }))
  const open = await bus.subscribe(other, numbers)
  const reader = await bus.subscribe(other, numbers, { after: cursors[0]! })
  expect(ns(await take(reader, 1))).toEqual([1])
  await own.end()
  await until(() => redis.commands.status !== 'ready')
  const rest = take(reader, 299)
  const late = await bus.subscribe(other, numbers, { after: cursors[298]! }) // this process has the topic open
  own.restart()
  await redis.ready(10_000)
  await bus.publish(other, numbers, { id: uuidv7(), payload: { n: 300 } })
  expect(ns(await rest)).toEqual(upTo(299, 2))
  expect(ns(await take(late, 2))).toEqual([299, 300])
  expect(ns(await take(open, 1))).toEqual([300])
  bus.close()
  await Promise.all([redis.close(), own.close()])
})

test('a reader that waits for Redis ends with its bus, also where Redis does not answer any more', async () => {
  const { bus, redis } = await open({ limits: { events: 10, chars: 1e6, behind: 1e6 } })
  const cursors = await publishAll(bus, redis, 50)
  const reader = await bus.subscribe(tenant, numbers, { after: cursors[9]! })
  let woken = 0
  const values = feedOf(reader)
  values.listen({ wake: () => void (woken += 1) })
  await publishAll(bus, redis, 1, 50)
  await until(() => woken === 1)
  await redis.commands.call('CLIENT', 'PAUSE', '2000', 'ALL')
  const step = values.take()
  expect(step).toBeInstanceOf(Promise)
  bus.close()
  expect(woken).toBe(2)
  await redis.close()
  await step
  expect(values.take()).toBe('done')
})

import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { z } from 'zod'
import type { Bus } from '../../src/platform/bus/bus.ts'
import { createTopicLog } from '../../src/platform/bus/log.ts'
import { defineEventTopic } from '../../src/platform/bus/topics.ts'
import { trustTenantId, uuidv7, type TenantId } from '../../src/platform/ids.ts'
import type { RedisStore } from '../../src/platform/redis/client.ts'
import { startRedisServer, type RedisServer } from '../testkit/redis.ts'
import { until } from '../testkit/waiters.ts'
import { ns, openBuses, take, upTo } from './bus.testkit.ts'

const facts = defineEventTopic({
  name: 'facts',
  version: 1,
  payload: z.object({ n: z.number() }),
  keep: 100,
  watchedSeconds: 2,
})

let server: RedisServer
let tenant: TenantId
beforeAll(async () => void (server = await startRedisServer()))
afterAll(() => server.close())
beforeEach(() => {
  tenant = trustTenantId(uuidv7())
})
const open = openBuses(() => server.url)

const publishFacts = async (
  { bus, redis }: { bus: Bus; redis: RedisStore },
  numbersOf: readonly number[],
  id = uuidv7(),
): Promise<void> => {
  const pipeline = redis.commands.multi()
  bus.publishFactsIn(pipeline, tenant, facts, { id, payloads: numbersOf.map((n) => ({ n })) })
  await redis.exec(pipeline)
}

test('facts are published to a tenant with a subscriber, in order, and to no other', async () => {
  const [writer, reader] = [await open(), await open()]
  const other = trustTenantId(uuidv7())
  await publishFacts(writer, [1, 2])
  expect(await writer.bus.watched([tenant, other], facts)).toEqual(new Set())
  expect(await writer.redis.commands.keys('*facts*')).toEqual([])
  const items = await reader.bus.subscribe(tenant, facts)
  expect(await writer.bus.watched([tenant, other], facts)).toEqual(new Set([tenant]))
  await publishFacts(writer, [3, 4])
  await publishFacts(writer, [5])
  const seen = await take(items, 3)
  expect(ns(seen)).toEqual([3, 4, 5])
  await items.return?.()
  // Nobody reads now: it goes on for a while, so that a subscriber can come back.
  await publishFacts(writer, [6])
  const first = seen[0]!
  const again = await reader.bus.subscribe(tenant, facts, { after: 'cursor' in first ? first.cursor : '' })
  expect(ns(await take(again, 3))).toEqual([4, 5, 6])
})

test('facts that can not be told make the readers look, once, and facts of another shape add nothing', async () => {
  const both = await open()
  const items = await both.bus.subscribe(tenant, facts)
  await publishFacts(both, [1])
  const pipeline = both.redis.commands.multi()
  expect(() =>
    both.bus.publishFactsIn(pipeline, tenant, facts, { id: 'a', payloads: [{ n: 2 }, { n: 'x' as never }] }),
  ).toThrow()
  both.bus.skipFactsIn(pipeline, tenant, facts, 'a')
  both.bus.skipFactsIn(pipeline, tenant, facts, 'a')
  await both.redis.exec(pipeline)
  await publishFacts(both, [3])
  const seen = await take(items, 3)
  expect(seen.map((item) => ('resync' in item ? 'resync' : item.payload.n))).toEqual([1, 'resync', 3])
})

test('facts that are published again under their id are told once', async () => {
  const both = await open()
  const items = await both.bus.subscribe(tenant, facts)
  const id = uuidv7()
  await publishFacts(both, [1, 2], id)
  await publishFacts(both, [1, 2], id)
  await publishFacts(both, [3])
  expect(ns(await take(items, 3))).toEqual([1, 2, 3])
})

test('who comes back to facts too late is told to load again, and misses nothing after that', async () => {
  const [writer, reader] = [await open(), await open()]
  const items = await reader.bus.subscribe(tenant, facts)
  await publishFacts(writer, [1])
  const [first] = await take(items, 1)
  await items.return?.()
  await until(async () => (await writer.bus.watched([tenant], facts)).size === 0)
  await publishFacts(writer, [2])
  const again = await reader.bus.subscribe(tenant, facts, { after: (first as { cursor: string }).cursor })
  expect(ns(await take(again, 1))).toEqual(['LOST'])
  await publishFacts(writer, [3])
  expect(ns(await take(again, 1))).toEqual([3])
})

test('a tail of facts that was lost while it is read is opened again, and not for ever', async () => {
  const { redis } = await open()
  const log = createTopicLog(redis)
  const unit = redis.unit('t', tenant, 'facts')
  expect(await log.readAfter(unit, '1-1', { count: 10, bytes: 1_000, seconds: 60 })).toMatchObject({
    proven: false,
  })
  expect(await redis.commands.ttl(redis.key(unit, 'tail'))).toBeGreaterThan(50)
})

test('a tail of facts that is read stays, however long nothing comes', async () => {
  const [writer, reader] = [await open(), await open()]
  const items = await reader.bus.subscribe(tenant, facts)
  const [tail = ''] = await writer.redis.commands.keys(`*${tenant}*facts*tail`)
  // Its life is made longer again and again: it was told once when it was joined.
  for (let renewed = 0, last = 0; renewed < 3;) {
    const leftMs = await writer.redis.commands.pttl(tail)
    if (leftMs > last + 50) renewed += 1
    last = leftMs
  }
  await publishFacts(writer, [1])
  expect(ns(await take(items, 1))).toEqual([1])
})

test('more facts at once than the tail keeps are left out, and every reader is told', async () => {
  const [writer, reader] = [await open(), await open()]
  const connected = await reader.bus.subscribe(tenant, facts)
  await publishFacts(writer, [1])
  const [first] = await take(connected, 1)
  await publishFacts(writer, upTo(101))
  expect(ns(await take(connected, 1))).toEqual(['TRIMMED'])
  const away = await reader.bus.subscribe(tenant, facts, { after: (first as { cursor: string }).cursor })
  expect(ns(await take(away, 1))).toEqual(['TRIMMED'])
  await publishFacts(writer, upTo(100))
  for (const items of [connected, away]) expect(ns(await take(items, 100))).toEqual(upTo(100))
})

import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { z } from 'zod'
import { firehoseOf, type AnyEvent } from '../../src/platform/bus/firehose.ts'
import type { Item } from '../../src/platform/bus/tail.ts'
import { defineEventTopic, type EventTopic } from '../../src/platform/bus/topics.ts'
import { trustTenantId, uuidv7, type TenantId } from '../../src/platform/ids.ts'
import { startRedisServer, type RedisServer } from '../testkit/redis.ts'
import { until } from '../testkit/waiters.ts'
import { openBuses, take } from './bus.testkit.ts'

const payload = z.object({ n: z.number() })
const red = defineEventTopic({ name: 'red', version: 1, payload })
const blue = defineEventTopic({ name: 'blue', version: 2, payload })
const apart = defineEventTopic({ name: 'apart', version: 1, payload })
const firehose = firehoseOf([red, blue] as unknown as EventTopic<never>[])

let server: RedisServer
let tenant: TenantId
beforeAll(async () => void (server = await startRedisServer()))
afterAll(() => server.close())
beforeEach(() => {
  tenant = trustTenantId(uuidv7())
})
const buses = openBuses(() => server.url)
const open = () => buses({ firehose })
const event = (n: number) => ({ id: uuidv7(), payload: { n } })
const told = (items: readonly Item<AnyEvent>[]) =>
  items.map((item) => ('resync' in item ? item.resync.reason : [item.payload.topic, item.payload.payload]))

test('what is published to each of its topics comes once, and what no topic of it carries does not', async () => {
  const [writer, reader] = [await open(), await open()]
  const items = await reader.bus.subscribeAll(tenant)
  const twice = event(2)
  await writer.bus.publish(tenant, red, event(1))
  const cursor = await writer.bus.publish(tenant, blue, twice)
  await writer.bus.publish(tenant, apart, event(0))
  await writer.bus.publish(trustTenantId(uuidv7()), red, event(0))
  expect(await writer.bus.publish(tenant, blue, twice)).toBe(cursor) // as a relay does after a crash
  await writer.bus.publish(tenant, red, event(3))
  expect(told(await take(items, 3))).toEqual([
    ['red', { n: 1 }],
    ['blue.v2', { n: 2 }],
    ['red', { n: 3 }],
  ])
})

test('an id is remembered for a week, in the topic and here, and for an hour once it is settled', async () => {
  const { bus, redis } = await open()
  await bus.subscribeAll(tenant)
  const once = event(1)
  const cursor = await bus.publish(tenant, red, once)
  const marks = ['red', 'activity'].map((name) => redis.key(redis.unit('t', tenant, name), 'id', once.id))
  const seconds = () => Promise.all(marks.map((mark) => redis.commands.ttl(mark)))
  for (const left of await seconds()) expect(left).toBeGreaterThan(6 * 86_400)
  await bus.settle([{ tenant, topic: red, id: once.id }])
  for (const left of await seconds()) expect(Math.ceil(left / 60)).toBe(60)
  expect(await bus.publish(tenant, red, once)).toBe(cursor)
})

test('nothing is kept for it while nobody subscribes, and who comes back too late is told to load again', async () => {
  const { bus, redis } = await open()
  await bus.publish(tenant, red, event(1))
  expect(await redis.commands.keys(`*${tenant}:activity*`)).toEqual([])
  const items = await bus.subscribeAll(tenant)
  await bus.publish(tenant, red, event(2))
  const [seen] = await take(items, 1)
  await items.return?.()
  await until(() => bus.openTails() === 0)
  await redis.commands.del(redis.key(redis.unit('t', tenant, 'activity'), 'tail')) // ten minutes later
  await bus.publish(tenant, red, event(3))
  const again = await bus.subscribeAll(tenant, { after: 'cursor' in seen! ? seen.cursor : '' })
  expect(told(await take(again, 1))).toEqual(['LOST'])
})

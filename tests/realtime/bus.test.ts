import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { z } from 'zod'
import { createBus, type Bus } from '../../src/platform/bus/bus.ts'
import { defineEventTopic, defineStateTopic } from '../../src/platform/bus/topics.ts'
import { trustTenantId, uuidv7, type TenantId } from '../../src/platform/ids.ts'
import { startRedisServer, type RedisServer } from '../testkit/redis.ts'
import { until } from '../testkit/waiters.ts'
import { connect, ns, numbers, openBuses, publisherTo, silent, take, upTo } from './bus.testkit.ts'

const short = defineEventTopic({ name: 'short', version: 2, payload: z.object({ n: z.number() }), keep: 100 })
const state = defineStateTopic({ name: 'state', version: 1, payload: z.object({ n: z.number() }) })

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
const openInAnother = openBuses(() => `${server.url}/1`)

const publishAll = publisherTo(() => tenant)

test('1,000 events reach 50 subscribers of two buses, each of them, in order, once, as shared objects', async () => {
  const [a, b] = [await open(), await open()]
  const readers = await Promise.all(
    upTo(50).map((index) => (index % 2 ? a : b).bus.subscribe(tenant, numbers)),
  )
  const received = Promise.all(readers.map((reader) => take(reader, 1_000)))
  for (let from = 0; from < 1_000; from += 50) {
    await publishAll(a.bus, a.redis, 25, from)
    await publishAll(b.bus, b.redis, 25, from + 25)
  }
  const all = await received
  for (const items of all) expect(ns(items)).toEqual(upTo(1_000))
  expect(all[0]![500]).toBe(all[2]![500])
  const [, subscriptions] = (await a.redis.commands.pubsub(
    'NUMSUB',
    `hg:{t:${tenant}:numbers}:live`,
  )) as number[]
  expect(subscriptions).toBe(2)
})

test('publishing twice with one id delivers once and gives the same cursor', async () => {
  const { bus } = await open()
  const reader = await bus.subscribe(tenant, numbers)
  const id = uuidv7()
  const first = await bus.publish(tenant, numbers, { id, payload: { n: 1 } })
  expect(await bus.publish(tenant, numbers, { id, payload: { n: 1 } })).toBe(first)
  await bus.publish(tenant, numbers, { id: uuidv7(), payload: { n: 2 } })
  expect(ns(await take(reader, 2))).toEqual([1, 2])
})

test('a killed subscriber connection in mid-flow loses nothing and repeats nothing', async () => {
  const [a, b] = [await open(), await open()]
  const readers = await Promise.all(upTo(10).map(() => a.bus.subscribe(tenant, numbers)))
  const received = Promise.all(readers.map((reader) => take(reader, 600)))
  for (let round = 0; round < 12; round++) {
    if (round % 3 === 1) await b.redis.commands.client('KILL', 'TYPE', 'pubsub')
    await publishAll(b.bus, b.redis, 50, round * 50)
  }
  for (const items of await received) expect(ns(items)).toEqual(upTo(600))
})

test('from the beginning nothing is missing while nothing was trimmed', async () => {
  const { bus, redis } = await open()
  const position = await bus.position(tenant, numbers)
  await publishAll(bus, redis, 3)
  expect(ns(await take(await bus.subscribe(tenant, numbers, { after: position }), 3))).toEqual([0, 1, 2])
})

test('a cursor that was trimmed away gives one Resync, then live', async () => {
  const { bus, redis } = await open()
  const cursors = await publishAll(bus, redis, 1_000, 0, short)
  for (const after of [cursors[0]!, '0-0']) {
    const reader = await bus.subscribe(tenant, short, { after })
    const position = await bus.position(tenant, short)
    expect(await take(reader, 1)).toEqual([{ resync: { reason: 'TRIMMED', cursor: position } }])
    await publishAll(bus, redis, 2, 5_000, short)
    expect(ns(await take(reader, 2))).toEqual([5_000, 5_001])
    await reader.return()
  }
})

test('Redis lost its data: the connected and the returning subscriber get one Resync, then live', async () => {
  const { bus, redis } = await open()
  const connected = await bus.subscribe(tenant, numbers)
  const [cursor] = await publishAll(bus, redis, 1)
  expect(ns(await take(connected, 1))).toEqual([0])
  await redis.commands.flushall()
  // A Redis that restarts takes longer than the millisecond in which the same cursor could be given again.
  await until(() => Date.now() > Number(cursor!.split('-')[0]) + 1)
  const waiting = take(connected, 2)
  await publishAll(bus, redis, 1, 1)
  await until(async () => (await bus.position(tenant, numbers)) !== '0-0')
  const returning = await (await open()).bus.subscribe(tenant, numbers, { after: cursor! })
  const first = await take(returning, 1)
  expect(ns(first)).toEqual(['LOST'])
  await publishAll(bus, redis, 1, 2)
  expect(ns(await waiting)).toEqual(['LOST', 2])
  expect(ns(await take(returning, 1))).toEqual([2])
})

test('Redis lost its newest event alone: who has it is told, and so is who comes back to an older place', async () => {
  const [a, b] = [await open(), await open()]
  const connected = await a.bus.subscribe(tenant, numbers)
  const cursors = (await publishAll(b.bus, b.redis, 2)) as [string, string]
  expect(ns(await take(connected, 2))).toEqual([0, 1])
  const tail = `hg:{t:${tenant}:numbers}:tail`
  // A client's own cursor is no proof of a loss.
  const made = await b.bus.subscribe(tenant, numbers, { after: cursors[0].replace(/-.*/, '-500') })
  expect(ns(await take(made, 1))).toEqual(['LOST'])
  expect(await b.redis.commands.xlen(tail)).toBe(3)
  await made.return?.()
  await until(() => b.bus.openTails() === 0)
  await b.redis.commands.xdel(tail, cursors[1]) // as a replica that had not got it yet
  await b.redis.commands.client('KILL', 'TYPE', 'pubsub')
  expect(ns(await take(connected, 1))).toEqual(['LOST'])
  const here = await a.bus.subscribe(tenant, numbers, { after: cursors[0] })
  expect(ns(await take(here, 2))).toEqual([1, 'LOST'])
  const elsewhere = await b.bus.subscribe(tenant, numbers, { after: cursors[0] })
  expect(ns(await take(elsewhere, 1))).toEqual(['LOST'])
  await publishAll(b.bus, b.redis, 1, 2)
  for (const reader of [connected, here, elsewhere]) expect(ns(await take(reader, 1))).toEqual([2])
})

test('a lost wake-up is no hole: the next message shows the gap and it is read from the tail', async () => {
  const { bus, redis } = await open()
  const reader = await bus.subscribe(tenant, numbers)
  const tail = `hg:{t:${tenant}:numbers}:tail`
  await redis.commands.xadd(tail, '*', 'p', '{"n":0}') // appended, but nobody was told
  await publishAll(bus, redis, 1, 1)
  expect(ns(await take(reader, 2))).toEqual([0, 1])
})

test('an event that this process cannot read is a Resync and not a hole', async () => {
  const { bus, redis } = await open()
  const reader = await bus.subscribe(tenant, numbers)
  await redis.commands.xadd(`hg:{t:${tenant}:numbers}:tail`, '*', 'p', '{"n":"text"}')
  await publishAll(bus, redis, 1, 1)
  expect(ns(await take(reader, 2))).toEqual(['UNREADABLE', 1])
})

test("another tenant's subscriber sees nothing", async () => {
  const { bus, redis } = await open()
  const other = trustTenantId(uuidv7())
  const reader = await bus.subscribe(other, numbers)
  const cursors = await publishAll(bus, redis, 3)
  await bus.publish(other, numbers, { id: uuidv7(), payload: { n: 99 } })
  expect(ns(await take(reader, 1))).toEqual([99])
  // A's cursor proves nothing in B's topic.
  const position = await bus.position(other, numbers)
  const foreign = cursors.find((cursor) => cursor !== position)! // two tenants may have one in the same millisecond
  const resumed = await bus.subscribe(other, numbers, { after: foreign })
  expect(ns(await take(resumed, 1))).toEqual(['LOST'])
})

test('a cursor of a wrong form is refused', async () => {
  const { bus } = await open()
  for (const after of ['', 'x', '1', '1-', '-1-0', '(1-0', '+', '1-0 ', '99999999999999999999-0'])
    await expect(bus.subscribe(tenant, numbers, { after })).rejects.toMatchObject({ code: 'BAD_REQUEST' })
})

test('2,000 subscriptions opened and closed, half of them before they were read, leave no Redis subscription and no window', async () => {
  const { bus, redis } = await open()
  const subscriber = redis.subscriber()
  const events = ['ready', 'message', 'error', 'close', 'end']
  const listeners = (): number[] => events.map((event) => subscriber.listenerCount(event))
  const before = listeners()
  for (let round = 0; round < 20; round++) {
    await Promise.all(
      upTo(100).map(async (index) => {
        const reader = await bus.subscribe(tenant, index % 3 ? numbers : short)
        if (index % 2) return reader.close()
        const waiting = reader.next()
        await reader.return()
        expect(await waiting).toEqual({ done: true, value: undefined })
      }),
    )
  }
  await until(() => bus.openTails() === 0)
  await until(async () => (await redis.commands.pubsub('CHANNELS', `*${tenant}*`)).length === 0)
  expect(listeners()).toEqual(before)
  // And the topic is alive afterwards.
  const reader = await bus.subscribe(tenant, numbers)
  await publishAll(bus, redis, 1, 7)
  expect(ns(await take(reader, 1))).toEqual([7])
})

test('joining and leaving at the same moment never leaves a subscriber without its wake-up', async () => {
  const { bus, redis } = await open({ lingerMs: 0 })
  for (const n of upTo(100)) {
    const reader = await bus.subscribe(tenant, numbers)
    const got = take(reader, 1)
    await publishAll(bus, redis, 1, n)
    expect(ns(await got)).toEqual([n])
    void reader.return()
    if (n % 3 === 0) await new Promise(setImmediate)
  }
})

test('while Redis is away a subscription is refused as STORE_UNAVAILABLE; afterwards it works, and open ones go on', async () => {
  const own = await startRedisServer()
  const redis = await connect(own.url)
  const bus = createBus({ redis, log: silent, lingerMs: 20 })
  const reader = await bus.subscribe(tenant, numbers)
  await bus.publish(tenant, numbers, { id: uuidv7(), payload: { n: 0 } })
  expect(ns(await take(reader, 1))).toEqual([0])
  await own.kill()
  await until(() => redis.commands.status !== 'ready')
  const refused = bus.subscribe(trustTenantId(uuidv7()), numbers)
  await expect(refused).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  await expect(bus.publish(tenant, numbers, { id: uuidv7(), payload: { n: 1 } })).rejects.toMatchObject({
    code: 'STORE_UNAVAILABLE',
  })
  own.restart() // and it comes back empty: this server keeps nothing
  expect(ns(await take(reader, 1))).toEqual(['LOST'])
  await redis.ready(10_000)
  await bus.publish(tenant, numbers, { id: uuidv7(), payload: { n: 2 } })
  expect(ns(await take(reader, 1))).toEqual([2])
  bus.close()
  await Promise.all([redis.close(), own.close()])
})

test('a state message reaches the watcher, a reconnection asks for a new snapshot, leaving stops both', async () => {
  const [a, b] = [await open(), await open()]
  const values: number[] = []
  let reconnected = 0
  const leave = await a.bus.watchState(tenant, state, {
    onValue: ({ n }) => values.push(n),
    onReconnect: () => reconnected++,
  })
  await b.bus.publishState(tenant, state, { n: 1 })
  const pipeline = b.redis.commands.pipeline()
  b.bus.publishStateIn(pipeline, tenant, state, { n: 2 })
  await b.redis.exec(pipeline)
  await until(() => values.length === 2)
  await b.redis.commands.client('KILL', 'TYPE', 'pubsub')
  await until(() => reconnected > 0)
  await b.bus.publishState(tenant, state, { n: 3 })
  await until(() => values.length === 3)
  leave()
  leave()
  await until(async () => (await b.redis.commands.pubsub('CHANNELS', `*${tenant}*`)).length === 0)
  expect(values).toEqual([1, 2, 3])
})

test('what is said in another database of the same Redis is not heard, and is there', async () => {
  const [here, there, beside] = [await open(), await openInAnother(), await openInAnother()]
  const heard: string[] = []
  const watch = (bus: Bus, name: string) =>
    bus.watchState(tenant, state, { onValue: ({ n }) => heard.push(`${name} ${n}`), onReconnect: () => {} })
  await watch(here.bus, 'here')
  await watch(beside.bus, 'beside')
  const reader = await beside.bus.subscribe(tenant, numbers)
  await there.bus.publishState(tenant, state, { n: 1 })
  await there.bus.publish(tenant, numbers, { id: uuidv7(), payload: { n: 5 } })
  expect(ns(await take(reader, 1))).toEqual([5])
  await here.bus.publishState(tenant, state, { n: 2 })
  await until(() => heard.includes('here 2'))
  expect(heard).toEqual(['beside 1', 'here 2'])
})

test('one event is lost with its wake-up and Redis comes back empty: also who joined before the first event is told', async () => {
  const { bus, redis } = await open()
  const reader = await bus.subscribe(tenant, numbers)
  const tail = `hg:{t:${tenant}:numbers}:tail`
  for (const next of [1, 3]) {
    const since = await bus.position(tenant, numbers)
    await redis.commands.xadd(tail, '*', 'p', JSON.stringify({ n: next - 1 })) // and nobody is told
    await redis.commands.flushall()
    await until(() => Date.now() > Number(since.split('-')[0]) + 1)
    await publishAll(bus, redis, 1, next)
    expect(ns(await take(reader, 1))).toEqual(['LOST']) // the event itself may be before its cursor
    await publishAll(bus, redis, 1, next + 10)
    expect(ns(await take(reader, 1))).toEqual([next + 10])
  }
})

test('the start is told to who asks for it, and from there nothing is missed, however early it breaks off', async () => {
  const { bus, redis } = await open()
  const reader = await bus.subscribe(tenant, numbers, { withStart: true })
  const [start] = await take(reader, 1)
  expect(ns([start!])).toEqual(['STARTED'])
  await reader.return()
  await publishAll(bus, redis, 3)
  const after = start && 'resync' in start ? start.resync.cursor : ''
  const resumed = await bus.subscribe(tenant, numbers, { after, withStart: true })
  expect(ns(await take(resumed, 3))).toEqual([0, 1, 2])
})

test('from 0-0 a topic without events waits for its first one', async () => {
  const { bus, redis } = await open()
  const reader = await bus.subscribe(tenant, numbers, { after: '0-0' })
  const first = take(reader, 1)
  await publishAll(bus, redis, 1, 5)
  expect(ns(await first)).toEqual([5])
})

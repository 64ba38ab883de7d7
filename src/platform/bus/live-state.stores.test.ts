import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { connect, silent } from '../../../tests/realtime/bus.testkit.ts'
import { startRedisServer, type RedisServer } from '../../../tests/testkit/redis.ts'
import { until } from '../../../tests/testkit/waiters.ts'
import { systemClock, type Clock } from '../clock.ts'
import { trustTenantId, uuidv7 } from '../ids.ts'
import type { RedisStore } from '../redis/client.ts'
import { createBus, type Bus } from './bus.ts'
import { createLiveState, type View } from './live-state.ts'
import { defineStateTopic } from './topics.ts'

const topic = defineStateTopic({ name: 'numbers', version: 1, payload: z.record(z.string(), z.number()) })
const TICK_MS = 2_000

let server: RedisServer
let redis: RedisStore
let bus: Bus
beforeAll(async () => {
  server = await startRedisServer()
  redis = await connect(server.url)
  bus = createBus({ redis, log: silent, lingerMs: 20 })
  await until(() => redis.subscriber().status === 'ready')
})
afterAll(async () => {
  bus.close()
  await redis.close()
  await server.close()
})

/** The newest number of each name. `looks` counts how often it was asked for what changed. */
const createNumbers = () => {
  const numbers = new Map<string, number>()
  const changed = new Set<string>()
  const offer = (digest: Readonly<Record<string, number>>): void => {
    for (const [name, number] of Object.entries(digest)) {
      numbers.set(name, number)
      changed.add(name)
    }
  }
  const fold = {
    looks: 0,
    offer,
    load: offer,
    update: () => {
      fold.looks += 1
      const keys = new Set(changed)
      changed.clear()
      return keys
    },
    numbers,
  }
  return fold
}
type Numbers = ReturnType<typeof createNumbers>
const numberOf = (name: string): View<Numbers, number> => ({
  key: name,
  read: ({ numbers }) => numbers.get(name) ?? 0,
  compared: (value) => value,
})

const open = (on: Bus = bus, given: { clock?: Clock; reloadEveryMs?: number } = {}) => {
  const folds: Numbers[] = []
  const snapshots: string[] = []
  const state = createLiveState({
    topic,
    bus: on,
    clock: systemClock,
    log: silent,
    tickMs: TICK_MS,
    ...given,
    snapshot: async (tenant) => {
      snapshots.push(tenant)
      return { loaded: 1 }
    },
    fold: () => {
      const fold = createNumbers()
      folds.push(fold)
      return fold
    },
  })
  return { state, folds, snapshots }
}
const newTenant = () => trustTenantId(uuidv7())

test('the first change after a pause comes at once, further ones with the next tick', async () => {
  const tenant = newTenant()
  const { state, folds } = open()
  const values = await state.watch(tenant, numberOf('a'))
  expect((await values.next()).value).toBe(0)
  // Two ticks that look and find nothing are a pause: neither of them may count as a change.
  const looks = folds[0]!.looks
  await until(() => folds[0]!.looks >= looks + 2)
  const published = performance.now()
  await bus.publishState(tenant, topic, { a: 1 })
  expect((await values.next()).value).toBe(1)
  expect(performance.now() - published).toBeLessThan(TICK_MS / 2)
  const soon = folds[0]!.looks
  await bus.publishState(tenant, topic, { a: 2 })
  await bus.publishState(tenant, topic, { a: 3 })
  expect((await values.next()).value).toBe(3)
  expect(folds[0]!.looks - soon).toBeLessThanOrEqual(2)
  state.close()
})

test('all views of a tenant are read from one fold and one snapshot; another tenant has its own', async () => {
  const [tenant, other] = [newTenant(), newTenant()]
  const { state, folds, snapshots } = open()
  const [a, loaded, theirs] = await Promise.all([
    state.watch(tenant, numberOf('a')),
    state.watch(tenant, numberOf('loaded')),
    state.watch(other, numberOf('a')),
  ])
  expect([(await a.next()).value, (await loaded.next()).value, (await theirs.next()).value]).toEqual([
    0, 1, 0,
  ])
  expect(folds).toHaveLength(2)
  expect(snapshots.toSorted()).toEqual([tenant, other].toSorted())
  await bus.publishState(tenant, topic, { a: 7 })
  expect((await a.next()).value).toBe(7)
  expect(folds.map(({ numbers }) => numbers.get('a'))).toEqual([7, undefined])
  expect(state.open()).toBe(2)
  state.close()
})

test('a clock that is set back stops no loading', async () => {
  const tenant = newTenant()
  let behindMs = 0
  const clock = { ...systemClock, now: () => systemClock.now() - behindMs }
  const { state, snapshots } = open(bus, { clock, reloadEveryMs: 0 })
  const values = await state.watch(tenant, numberOf('loaded'))
  expect((await values.next()).value).toBe(1)
  expect(snapshots).toHaveLength(1)
  behindMs = 600_000
  await bus.publishState(tenant, topic, { a: 1 })
  await until(() => snapshots.length === 2)
  state.close()
})

test('the close of the bus ends its readers and refuses new ones', async () => {
  const connection = await connect(server.url)
  const own = createBus({ redis: connection, log: silent })
  const { state } = open(own)
  const values = await state.watch(newTenant(), numberOf('a'))
  await values.next()
  const waiting = values.next()
  own.close()
  expect((await waiting).done).toBe(true)
  expect(state.open()).toBe(0)
  await expect(state.watch(newTenant(), numberOf('a'))).rejects.toMatchObject({ code: 'SHUTTING_DOWN' })
  await connection.close()
})

test('who still waits for the snapshot when it closes is refused, and does not wait for ever', async () => {
  const loading = Promise.withResolvers<object>()
  const state = createLiveState({
    topic,
    bus,
    clock: systemClock,
    log: silent,
    snapshot: () => loading.promise as Promise<Readonly<Record<string, number>>>,
    fold: createNumbers,
  })
  const watching = state.watch(newTenant(), numberOf('a'))
  await until(() => state.open() === 1)
  state.close()
  loading.resolve({})
  await expect(watching).rejects.toMatchObject({ code: 'SHUTTING_DOWN' })
})

import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { z } from 'zod'
import { freshDatabases } from '../../tests/testkit/databases.ts'
import { eventually } from '../../tests/testkit/waiters.ts'
import { currentDeadline, underDeadline, type Deadline } from './deadline.ts'
import { storeUnavailable } from './errors.ts'
import { trustTenantId, uuidv7, type TenantId } from './ids.ts'
import { createLogger } from './logger.ts'
import { publishOutbox } from './outbox-target.ts'
import { createOutboxRelay, outboxEvent, type OutboxRelay } from './outbox.ts'
import { createPostgres, type Postgres } from './postgres/postgres.ts'

const log = createLogger({ level: 'silent', format: 'json' })
let databases: Awaited<ReturnType<typeof freshDatabases>>
let postgres: Postgres
let tenant: TenantId
beforeAll(async () => {
  databases = await freshDatabases(log)
  postgres = createPostgres({ url: databases.postgresUrl, log })
  tenant = trustTenantId(uuidv7())
  await postgres
    .forTenant(tenant)
    .tenant.create({ data: { id: tenant, slug: `outbox-${process.pid}`, name: 'Outbox' } })
})
afterAll(async () => {
  await postgres.close()
  await databases.clickHouse.close()
})

type Published = { id: string; n: number }
type Publish = (message: Published) => Promise<void> | void

/** A relay whose bus is a list. */
const relayTo = (publish: Publish, publishMs?: number): OutboxRelay => {
  const relay = createOutboxRelay({
    postgres,
    log,
    topics: ['test'],
    ...(publishMs !== undefined && { publishMs }),
    publish: async (of, topic, { id, payload }) => {
      expect([of, topic]).toEqual([tenant, 'test'])
      await publish({ id, n: (payload as { n: number }).n })
    },
  })
  onTestFinished(() => relay.stop())
  return relay
}
const outbox = () => postgres.forTenant(tenant).outboxMessage
let count = 0
const commit = async (many = 1): Promise<Published[]> => {
  const made = Array.from({ length: many }, () => ({ id: uuidv7(), n: (count += 1) }))
  for (const { id, n } of made)
    await outbox().create({ data: { id, tenantId: tenant, topic: 'test', payload: { n } } })
  return made
}
const emptied = () => eventually(async () => expect(await outbox().count()).toBe(0))

test('what was committed is published in order, once, and is gone', async () => {
  const published: Published[] = []
  const made = await commit(30)
  const relay = relayTo((message) => void published.push(message))
  relay.poke()
  await emptied()
  expect(published).toEqual(made)
  const later = await commit()
  relay.poke()
  await emptied()
  expect(published).toEqual([...made, ...later])
})

test('what is published outlives the operation that told of it: it has no deadline', async () => {
  const deadlines: (Deadline | undefined)[] = []
  await commit()
  const relay = relayTo(() => void deadlines.push(currentDeadline()))
  underDeadline({ endsAt: 0 }, () => relay.poke())
  await emptied()
  expect(deadlines).toEqual([undefined])
})

test('where publishing is slow, what was published is gone before the rest has its turn', async () => {
  const left: number[] = []
  const made = await commit(3)
  const relay = relayTo(async () => void left.push(await outbox().count()), 0)
  relay.poke()
  await emptied()
  expect(left).toEqual(made.map((_, index) => made.length - index))
})

test('what is gone from the outbox is settled, and not before', async () => {
  const settled: { id: string; left: number }[] = []
  const made = await commit(2)
  const relay = createOutboxRelay({
    postgres,
    log,
    topics: ['test'],
    publish: async () => {},
    settled: async (messages) => {
      const left = await outbox().count()
      for (const { id } of messages) settled.push({ id, left })
    },
  })
  onTestFinished(() => relay.stop())
  relay.poke()
  await eventually(() => expect(settled).toEqual(made.map(({ id }) => ({ id, left: 0 }))))
})

test('what a process committed and never told is found by another', async () => {
  const published: Published[] = []
  relayTo((message) => void published.push(message))
  const made = await commit(2)
  await emptied()
  expect(published).toEqual(made)
})

test('what rolls back is never published', async () => {
  const published: Published[] = []
  const relay = relayTo((message) => void published.push(message))
  await expect(
    postgres.forTenant(tenant).$transaction(async (tx) => {
      await tx.outboxMessage.create({
        data: { id: uuidv7(), tenantId: tenant, topic: 'test', payload: { n: -1 } },
      })
      throw new Error('no')
    }),
  ).rejects.toThrow('no')
  const made = await commit()
  relay.poke()
  await emptied()
  expect(published).toEqual(made)
})

test('a crash between publishing and removing repeats the same ids in the same order', async () => {
  const published: Published[] = []
  const made = await commit(4)
  let crashes = 1
  const relay = relayTo((message) => {
    published.push(message)
    if (message.n === made[2]!.n && crashes-- > 0) throw new Error('the process died')
  })
  relay.poke()
  await emptied()
  expect(published).toEqual([...made.slice(0, 3), ...made])
})

test('while the bus is away messages wait, and afterwards they come in order', async () => {
  const published: Published[] = []
  let away = true
  let asked = 0
  const relay = relayTo((message) => {
    asked++
    if (away) throw storeUnavailable('Redis', new Error('closed'))
    published.push(message)
  })
  const made = await commit(3)
  relay.poke()
  await eventually(() => expect(asked).toBeGreaterThan(0))
  expect(await outbox().count()).toBe(3)
  expect(published).toEqual([])
  made.push(...(await commit(2)))
  away = false
  await emptied()
  expect(published).toEqual(made)
})

test('what can not be reached waits with what is behind it, and all else goes on', async () => {
  const published: string[] = []
  const away = new Set(['a', 'b'])
  let tries = 0
  const relay = createOutboxRelay({
    postgres,
    log,
    topics: ['a', 'b', 'test'],
    publishMs: 0, // each try takes all the time that there is
    publish: async (_tenant, topic, { payload }) => {
      if (away.has(topic)) {
        tries += 1
        throw storeUnavailable('Redis', new Error('this node hangs'))
      }
      published.push(`${topic} ${(payload as { n: number }).n}`)
    },
  })
  onTestFinished(() => relay.stop())
  for (const n of [1, 2]) for (const topic of ['a', 'b', 'test']) await put(topic, n)
  relay.poke()
  await eventually(async () => expect(await left()).toEqual([1, 1, 2, 2]))
  expect(published).toEqual(['test 1', 'test 2'])
  expect(tries).toBeGreaterThan(1)
  away.clear()
  await emptied()
  expect(published.filter((each) => !each.startsWith('test')).toSorted()).toEqual([
    'a 1',
    'a 2',
    'b 1',
    'b 2',
  ])
  for (const topic of ['a', 'b'])
    expect(published.indexOf(`${topic} 1`)).toBeLessThan(published.indexOf(`${topic} 2`))
})

test('while what can not be reached is tried again, nothing waits for it, however much of it there is', async () => {
  const hang = Promise.withResolvers<void>()
  const published: string[] = []
  const tries = { failed: 0, hanging: 0 }
  const relays = [1, 2].map(() => {
    const seen = new Set<string>()
    const relay = createOutboxRelay({
      postgres,
      log,
      topics: ['a', 'b', 'test'],
      publish: async (_tenant, topic, { id }) => {
        if (topic !== 'test' && !seen.has(topic)) {
          seen.add(topic)
          tries.failed += 1
          throw storeUnavailable('Redis', new Error('this node is away'))
        }
        if (topic !== 'test') {
          tries.hanging += 1
          await hang.promise
        }
        published.push(id)
      },
    })
    onTestFinished(() => relay.stop())
    return relay
  })
  onTestFinished(() => hang.resolve())
  const away = Array.from({ length: 600 }, (_, n) => ({
    id: uuidv7(),
    tenantId: tenant,
    topic: n % 2 === 0 ? 'a' : 'b',
    payload: {},
  }))
  await outbox().createMany({ data: away })
  for (const relay of relays) relay.poke()
  await eventually(() => expect(tries).toEqual({ failed: 4, hanging: 4 }))
  const [healthy] = await commit()
  for (const relay of relays) relay.poke()
  await eventually(() => expect(published).toEqual([healthy!.id]))

  hang.resolve()
  await emptied()
  for (const topic of ['a', 'b']) {
    const made = away.filter((each) => each.topic === topic).map(({ id }) => id)
    // Each of the relays may have tried the first one.
    expect([...new Set(published)].filter((id) => made.includes(id))).toEqual(made)
  }
})

test('two relays at once publish each message once and in order', async () => {
  const published: Published[] = []
  const slowly: Publish = async (message) => {
    await new Promise(setImmediate)
    published.push(message)
  }
  const relays = [relayTo(slowly), relayTo(slowly)]
  const made: Published[] = []
  for (let round = 0; round < 10; round++) {
    made.push(...(await commit(5)))
    for (const relay of relays) relay.poke()
  }
  await emptied()
  expect(published).toEqual(made)
})

/** A relay of one version: it knows its topics, and reads numbers that are one of its payloads. */
const relayOf = (version: { topics: string[]; reads: (n: number) => boolean; graceMs?: number }) => {
  const published: number[] = []
  const relay = createOutboxRelay({
    postgres,
    log,
    topics: version.topics,
    ...(version.graceMs !== undefined && { graceMs: version.graceMs }),
    publish: async (_tenant, _topic, { payload }) => {
      const { n } = payload as { n: number }
      if (!version.reads(n)) return 'unreadable'
      published.push(n)
    },
  })
  onTestFinished(() => relay.stop())
  return { relay, published }
}
const put = async (topic: string, n: number, createdAt = new Date()) =>
  void (await outbox().create({ data: { id: uuidv7(), tenantId: tenant, topic, payload: { n }, createdAt } }))
const left = async () =>
  (await outbox().findMany({ select: { payload: true }, orderBy: { sequence: 'asc' } })).map(
    ({ payload }) => (payload as { n: number }).n,
  )

test('while a deployment rolls, the process of before leaves what it does not know or can not read, in order', async () => {
  const old = relayOf({ topics: ['test', 'other'], reads: (n) => n !== 2 })
  for (const n of [1, 2, 3]) await put('test', n)
  await put('test.v2', 4)
  await put('other', 5)
  old.relay.poke()
  await eventually(async () => expect(await left()).toEqual([2, 3, 4]))
  expect(old.published).toEqual([1, 5])
  await old.relay.stop()

  const next = relayOf({ topics: ['test', 'test.v2', 'other'], reads: () => true })
  next.relay.poke()
  await emptied()
  expect(next.published).toEqual([2, 3, 4])
})

test('what is behind a message that it can not read waits, also where a look comes in the middle of a round', async () => {
  const gate = Promise.withResolvers<void>()
  const slow = Promise.withResolvers<void>()
  const published: number[] = []
  await put('test', 1)
  await put('other', 2)
  await put('test', 3)
  const looks = vi.spyOn(globalThis, 'setInterval')
  const relay = createOutboxRelay({
    postgres,
    log,
    topics: ['test', 'other'],
    publish: async (_tenant, topic, { payload }) => {
      const { n } = payload as { n: number }
      if (n === 1) return 'unreadable'
      if (topic === 'other') {
        slow.resolve()
        await gate.promise
      }
      published.push(n)
    },
  })
  const look = looks.mock.calls[0]![0]
  looks.mockRestore()
  onTestFinished(() => relay.stop())
  relay.poke()
  await slow.promise
  look()
  gate.resolve()
  await eventually(async () => expect(await left()).toEqual([1, 3]))
  await relay.stop()
  expect(published).toEqual([2])
  await outbox().deleteMany()
})

test('what no process read in time is set aside, those behind it go on, and a version that reads it takes it up', async () => {
  const { relay, published } = relayOf({ topics: ['test'], reads: (n) => n !== 1, graceMs: 30_000 })
  await put('test', 1, new Date(Date.now() - 40_000))
  await put('test', 2)
  relay.poke()
  await eventually(async () => expect(await left()).toEqual([1]))
  expect(await outbox().count({ where: { setAsideAt: null } })).toBe(0)
  await put('test', 3)
  relay.poke()
  await eventually(() => expect(published).toEqual([2, 3]))
  await relay.stop()

  const next = relayOf({ topics: ['test'], reads: () => true })
  next.relay.poke()
  await emptied()
  expect(next.published).toEqual([1])
})

test('the outbox names a topic with its version', () => {
  const topic = { name: 'test', kind: 'event', keep: 1, payload: z.object({}) } as const
  const names = [1, 2].map((version) => outboxEvent({ ...topic, version }, uuidv7(), {}).topic)
  expect(names).toEqual(['test', 'test.v2'])
  const target = publishOutbox({ publish: async () => '', settle: async () => {} }, [
    { ...topic, version: 1 },
    { ...topic, version: 2 },
  ])
  expect(target.topics).toEqual(names)
})

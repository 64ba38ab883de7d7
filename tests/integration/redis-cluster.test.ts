import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { createBus, type Bus } from '../../src/platform/bus/bus.ts'
import type { Item } from '../../src/platform/bus/tail.ts'
import { defineEventTopic, defineStateTopic } from '../../src/platform/bus/topics.ts'
import { currentDeadline, underDeadline } from '../../src/platform/deadline.ts'
import { AppError } from '../../src/platform/errors.ts'
import { trustTenantId, uuidv7, type TenantId } from '../../src/platform/ids.ts'
import { publishOutbox } from '../../src/platform/outbox-target.ts'
import { createOutboxRelay } from '../../src/platform/outbox.ts'
import { createPostgres } from '../../src/platform/postgres/postgres.ts'
import type { RedisStore } from '../../src/platform/redis/client.ts'
import { assertRedis } from '../../src/platform/redis/connect.ts'
import { createRate } from '../../src/platform/redis/rate.ts'
import { TypedDocumentString } from '../graphql/graphql.ts'
import { connect, ns, silent, take, upTo } from '../realtime/bus.testkit.ts'
import { startApp, type TestApp } from '../testkit/app.ts'
import { createTestClient } from '../testkit/client.ts'
import { mutationDocument } from '../testkit/mutate.ts'
import { startRedisCluster, type RedisClusterServers } from '../testkit/redis-cluster.ts'
import { eventually, until } from '../testkit/waiters.ts'

const payload = z.object({ n: z.number() })
const topics = ['numbers', 'letters'].map((name) => defineEventTopic({ name, version: 1, payload }))
const [numbers] = topics as [(typeof topics)[number]]

const level = defineStateTopic({ name: 'level', version: 1, payload })

type Process = { readonly bus: Bus; readonly redis: RedisStore }

let cluster: RedisClusterServers
let program: TestApp
/** Two, as other processes have them: the one publishes, the other reads. */
let writer: Process
let reader: Process
const openProcess = async (): Promise<Process> => {
  const redis = await connect(cluster.url)
  const bus = createBus({ redis, log: silent, lingerMs: 20 })
  await until(() => redis.subscriber().status === 'ready')
  return { bus, redis }
}
beforeAll(async () => {
  cluster = await startRedisCluster()
  ;[writer, reader] = [await openProcess(), await openProcess()]
  program = await startApp({ redisUrl: cluster.url, log: silent })
})
// The last test takes the nodes away: nothing waits for them here.
afterAll(async () => {
  if (program) await program.stop()
  for (const { bus, redis } of [writer, reader].filter(Boolean)) {
    bus.close()
    await redis.close()
  }
  await cluster?.close()
})

const newTenant = (): TenantId => trustTenantId(uuidv7())
const numbersOf = (tenant: TenantId): string => writer.redis.unit('t', tenant, 'numbers')
const placeOf = (tenant: TenantId): Promise<number> => cluster.placeOf(numbersOf(tenant))
/** A tenant whose numbers were given to one of the three masters at the start. */
const tenantAt = async (place: number): Promise<TenantId> => {
  for (;;) {
    const tenant = newTenant()
    if ((await placeOf(tenant)) === place) return tenant
  }
}
const cursorsOf = (items: readonly Item<unknown>[]): string[] =>
  items.map((item) => ('resync' in item ? '' : item.cursor))

test('one pipeline over all slots: each reply in its place, each topic in order and once, and resumed by cursor', async () => {
  const tenants = upTo(24).map(newTenant)
  expect(new Set(await Promise.all(tenants.map(placeOf))).size).toBe(3)
  const all = tenants.flatMap((tenant) => topics.map((topic) => ({ tenant, topic })))
  const feeds = await Promise.all(all.map(({ tenant, topic }) => reader.bus.subscribe(tenant, topic)))
  const pipeline = writer.redis.commands.pipeline()
  for (const n of upTo(20))
    for (const { tenant, topic } of all)
      writer.bus.publishIn(pipeline, tenant, topic, { id: uuidv7(), payload: { n } })
  const replies = (await writer.redis.exec(pipeline)) as string[]
  for (const [index, feed] of feeds.entries()) {
    const items = await take(feed, 20)
    expect(ns(items)).toEqual(upTo(20))
    const cursors = cursorsOf(items)
    expect(cursors).toEqual(replies.filter((_reply, place) => place % all.length === index))
    await feed.return?.()
    const { tenant, topic } = all[index]!
    const resumed = await writer.bus.subscribe(tenant, topic, { after: cursors[4] })
    expect(ns(await take(resumed, 15))).toEqual(upTo(15, 5))
    await resumed.return?.()
  }
})

test('what comes from the nodes is heard under no deadline, whichever operation has found them', async () => {
  const { bus, redis } = await underDeadline({ endsAt: 0 }, openProcess)
  onTestFinished(async () => {
    bus.close()
    await redis.close()
  })
  const tenant = newTenant()
  const heard: unknown[] = []
  await bus.watchState(tenant, level, { onValue: () => heard.push(currentDeadline()), onReconnect: () => {} })
  await until(async () => {
    await writer.bus.publishState(tenant, level, { n: 1 })
    return heard.length > 0
  })
  expect(new Set(heard)).toEqual(new Set([undefined]))
})

test('a pipeline tells the failure of one part and the others are done; a transaction ends with its first failure', async () => {
  const { redis } = writer
  const keys = await Promise.all(
    [0, 1, 2].map(async (place) => redis.key(numbersOf(await tenantAt(place)), 'x')),
  )
  const [a, b, c] = keys as [string, string, string]
  await redis.commands.set(b, 'text')
  const pipeline = redis.commands.pipeline().incr(a).incr(b).incr(c)
  await expect(redis.exec(pipeline)).rejects.toMatchObject({ name: 'ReplyError' })
  expect(await Promise.all([a, c].map((key) => redis.commands.get(key)))).toEqual(['1', '1'])
  const transaction = redis.commands.multi().incr(a).set(b, 'more').incr(a).incr(c)
  expect(await redis.exec(transaction)).toEqual([2, 'OK', 3, 2])
  expect(await redis.exec(redis.commands.pipeline())).toEqual([])
})

const rateOn = ({ redis }: Process) =>
  createRate({ redis, log: silent, name: 'test', what: 'points a minute', points: 100 })

test('a budget is one for all processes', async () => {
  const rates = [rateOn(writer), rateOn(reader)]
  for (const place of [0, 1, 2]) {
    const owner = ['t', await tenantAt(place)] as const
    const tries = await Promise.allSettled(upTo(300).map((index) => rates[index % 2]!.take(owner, 1)))
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(100)
  }
})

test('REDIS_URL is looked at: a node of a cluster by itself is refused with what to write instead', async () => {
  await assertRedis(cluster.url)
  const [one, two] = cluster.url.split(',') as [string, string]
  await assertRedis(`${one},${two}`)
  await expect(assertRedis(one)).rejects.toThrow('is a node of a cluster. Name two or more of its nodes')
})

const live = <R>(text: string): TypedDocumentString<R, object> => new TypedDocumentString<R, object>(text)
const ready = async (): Promise<number> => (await fetch(`${program.url}/health/ready`)).status

test('the whole program: rows and changes come to their subscribers in another process', async () => {
  const other = await program.beside()
  try {
    const { tenant, key } = await program.seed.tenant()
    const { internalName } = await program.seed.stream(tenant)
    const socket = createTestClient(other.url, key).webSocket()
    const viewers: string[] = []
    const titles: string[] = []
    const listen = async <R>(
      document: TypedDocumentString<R, object>,
      read: (data: R) => void,
    ): Promise<void> => {
      for await (const { data } of socket.subscribe(document)) if (data) read(data)
    }
    const listening = Promise.all([
      listen(
        live<{ tenantViewers: { viewers: string } }>('subscription { tenantViewers { viewers } }'),
        (data) => viewers.push(data.tenantViewers.viewers),
      ),
      listen(
        live<{ incidentChanged: { title?: string } }>(
          'subscription { incidentChanged(withStart: true) { ... on IncidentChanged { title } } }',
        ),
        (data) => titles.push(data.incidentChanged.title ?? 'start'),
      ),
    ])
    await until(() => titles[0] === 'start' && viewers.length > 0)
    const client = createTestClient(program.url, key)
    const { status } = await client.ingest('viewer_samples', [program.seed.sample(internalName, 7)])
    expect(status).toBe(202)
    await until(() => viewers.includes('7'))
    for (const n of upTo(10))
      await client.request(mutationDocument('openIncident'), {
        input: { title: `incident ${n}`, severity: 'LOW' },
      })
    await until(() => titles.length === 11)
    expect(titles).toEqual(['start', ...upTo(10).map((n) => `incident ${n}`)])
    expect(await ready()).toBe(200)
    await socket.close()
    await listening.catch(() => undefined) // the close is our own
  } finally {
    await other.stop()
  }
})

/** Publishes as the relay does: one after the other, each again under its id until it is acknowledged. */
const startNumbering = (tenant: TenantId) => {
  let next = 0
  const stopping = new AbortController()
  const publish = async (id: string): Promise<void> => {
    for (;;)
      try {
        await writer.bus.publish(tenant, numbers, { id, payload: { n: next } })
        return
      } catch (error) {
        if (!(error instanceof AppError) || error.code !== 'STORE_UNAVAILABLE') throw error
        await pause(20)
      }
  }
  const run = async (): Promise<void> => {
    for (; !stopping.signal.aborted; next += 1) {
      await publish(uuidv7())
      await pause(2)
    }
  }
  const running = run()
  return {
    acknowledged: () => next,
    stop: async (): Promise<number> => {
      stopping.abort()
      await running
      return next
    },
  }
}

/** Numbers go on in tenants of all masters and are read in the other process, while `during` does something. */
const throughout = async (
  during: (published: (place: number) => number, tenants: readonly TenantId[]) => Promise<void>,
): Promise<void> => {
  const tenants = await Promise.all([0, 0, 1, 2].map(tenantAt))
  const feeds = await Promise.all(tenants.map((tenant) => reader.bus.subscribe(tenant, numbers)))
  const numberings = tenants.map(startNumbering)
  await until(() => numberings.every((each) => each.acknowledged() > 20))
  await during((place) => numberings[place + 1]!.acknowledged(), tenants)
  const before = numberings.map((each) => each.acknowledged())
  await until(() => numberings.every((each, index) => each.acknowledged() > before[index]! + 20))
  const counts = await Promise.all(numberings.map((each) => each.stop()))
  for (const [index, feed] of feeds.entries()) {
    expect(ns(await take(feed, counts[index]!)), 'in order, each once').toEqual(upTo(counts[index]!))
    // And the messages come by themselves again.
    const waiting = take(feed, 1)
    await writer.bus.publish(tenants[index]!, numbers, { id: uuidv7(), payload: { n: -1 } })
    expect(ns(await waiting)).toEqual([-1])
    await feed.return?.()
  }
}

test('slots that are handed over while events come: none lost, doubled or reordered', async () => {
  await throughout(() => cluster.handOver())
  await throughout((_published, [, , second]) => cluster.moveSlot(numbersOf(second!)))
})

test('while a slot is moved, the outbox keeps what is in it and publishes all else; then it comes in order', async () => {
  const postgres = createPostgres({ url: program.databases.postgresUrl, log: silent })
  const relay = createOutboxRelay({ ...publishOutbox(writer.bus, topics), postgres, log: silent })
  onTestFinished(async () => {
    await relay.stop()
    await postgres.close()
  })
  const seeded = async (fits: (place: number) => boolean): Promise<TenantId> => {
    for (;;) {
      const { tenant } = await program.seed.tenant()
      if (fits(await placeOf(tenant))) return tenant
    }
  }
  const tenants = [await seeded((place) => place === 1), await seeded((place) => place !== 1)] as const
  const [moved, other] = tenants
  const feeds = await Promise.all(tenants.map((tenant) => reader.bus.subscribe(tenant, numbers)))
  const commit = async (tenant: TenantId, n: number): Promise<void> => {
    const data = { id: uuidv7(), tenantId: tenant, topic: 'numbers', payload: { n } }
    await postgres.forTenant(tenant).outboxMessage.create({ data })
  }
  const waiting = (tenant: TenantId): Promise<number> => postgres.forTenant(tenant).outboxMessage.count()
  await cluster.moveSlot(numbersOf(moved), async () => {
    for (const n of upTo(3)) for (const tenant of tenants) await commit(tenant, n)
    relay.poke()
    expect(ns(await take(feeds[1]!, 3))).toEqual(upTo(3))
    await eventually(async () => expect(await waiting(other)).toBe(0))
    expect(await waiting(moved)).toBe(3)
  })
  expect(ns(await take(feeds[0]!, 3))).toEqual(upTo(3))
  await eventually(async () => expect(await waiting(moved)).toBe(0))
  for (const feed of feeds) await feed.return?.()
})

test('a master is killed: the others go on, its replica takes over, no event is lost, doubled or reordered, and health tells', async () => {
  await throughout(async (published) => {
    const { tookOver } = await cluster.killFirst()
    const [second, third] = [published(1), published(2)]
    const told = eventually(async () => expect(await ready()).toBe(503), 5_000)
    await until(() => published(1) > second + 20 && published(2) > third + 20)
    await told
    await tookOver
  })
  await until(async () => (await ready()) === 200)
  const { tenant, key } = await program.seed.tenant()
  const { internalName } = await program.seed.stream(tenant)
  const client = createTestClient(program.url, key)
  await eventually(async () => {
    const { status } = await client.ingest('viewer_samples', [program.seed.sample(internalName, 3)])
    expect(status).toBe(202)
  })
  await program.app.ingest.flushed()
})

test('when all nodes are gone, commands fail at once as STORE_UNAVAILABLE, and the end of this file can close everything', async () => {
  const { redis } = writer
  const away = { code: 'STORE_UNAVAILABLE' }
  const group = { key: redis.key(redis.unit('last'), 'log'), blocking: redis.blocking('last') }
  await redis.commands.xgroup('CREATE', group.key, 'g', '0', 'MKSTREAM')
  const read = (): Promise<unknown> =>
    redis.run(() => group.blocking.xreadgroup('GROUP', 'g', 'c', 'BLOCK', 100, 'STREAMS', group.key, '>'))
  expect(await read()).toBeNull()
  await cluster.close()
  await expect(redis.run((commands) => commands.get('a'))).rejects.toMatchObject(away)
  await expect(redis.exec(redis.commands.pipeline().get('a').get('b'))).rejects.toMatchObject(away)
  await expect(redis.exec(redis.commands.multi().get('a').get('b'))).rejects.toMatchObject(away)
  await expect(read()).rejects.toMatchObject(away)
  await expect(redis.ping()).rejects.toMatchObject(away)
  await expect(assertRedis(cluster.url)).rejects.toThrow('Redis does not answer at 127.0.0.1:')
})

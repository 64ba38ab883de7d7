import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { connect, silent } from '../../../tests/realtime/bus.testkit.ts'
import { startRedisServer, type RedisServer } from '../../../tests/testkit/redis.ts'
import { until } from '../../../tests/testkit/waiters.ts'
import { createBus, type Bus } from '../../platform/bus/bus.ts'
import { storeUnavailable } from '../../platform/errors.ts'
import { trustTenantId, uuidv7, type TenantId } from '../../platform/ids.ts'
import type { RedisStore } from '../../platform/redis/client.ts'
import { createLiveViewers } from './live-viewers.ts'
import type { LatestSample } from './viewers.queries.ts'
import { viewersTopic, type ViewersDigest } from './viewers.topics.ts'

let server: RedisServer
let redis: RedisStore
let bus: Bus
let tenant: TenantId
let now: number
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
beforeEach(() => {
  tenant = trustTenantId(uuidv7())
  now = Date.UTC(2026, 0, 1)
})

const clock = { now: () => now }
const live = (
  snapshot: () => Promise<LatestSample[]> = () => Promise.resolve([]),
  more: { snapshotEveryMs?: number } = {},
) => createLiveViewers({ bus, snapshot, clock, log: silent, ...more })
const row = (internalName: string, viewerCount: number, more: Partial<LatestSample> = {}): LatestSample => ({
  internalName,
  viewerCount,
  nodeId: 'n1',
  countryCode: 'DE',
  connectionType: 'hls',
  time: new Date(now),
  ingestedAt: new Date(now),
  ...more,
})
const digest = (...samples: LatestSample[]): ViewersDigest => ({
  ingestedAtMs: samples[0]!.ingestedAt.getTime(),
  samples: samples.map((s) => [
    s.internalName,
    s.nodeId,
    s.countryCode,
    s.connectionType,
    s.time.getTime(),
    s.viewerCount,
  ]),
})
const publish = (...samples: LatestSample[]) => bus.publishState(tenant, viewersTopic, digest(...samples))
const nextOf = async <T>(values: AsyncIterator<T, undefined>): Promise<T> => {
  const result = await values.next()
  if (result.done === true) throw new Error('ended')
  return result.value
}

test('the current value comes first, then the latest sample per key, summed and broken down', async () => {
  const viewers = live(() => Promise.resolve([row('a', 5), row('a', 2, { countryCode: 'FR', nodeId: 'n2' })]))
  const values = await viewers.streamViewers(tenant, 'a')
  expect(await nextOf(values)).toMatchObject({ viewers: 7, asOf: new Date(now) })
  now += 1_000
  await publish(row('a', 9), row('b', 100))
  expect(await nextOf(values)).toEqual({
    viewers: 11,
    byCountry: [
      { key: 'DE', viewers: 9 },
      { key: 'FR', viewers: 2 },
    ],
    byEdgeNode: [
      { key: 'n1', viewers: 9 },
      { key: 'n2', viewers: 2 },
    ],
    byConnectionType: [{ key: 'hls', viewers: 11 }],
    at: new Date(now),
    asOf: new Date(now),
  })
  const tenantValues = await viewers.tenantViewers(tenant)
  expect(await nextOf(tenantValues)).toEqual({
    viewers: 111,
    streams: 2,
    top: [
      { internalName: 'b', viewers: 100 },
      { internalName: 'a', viewers: 11 },
    ],
    at: new Date(now),
  })
  viewers.close()
})

test('an older sample and the same sample again change nothing; of equal times the later arrival counts', async () => {
  const viewers = live()
  const values = await viewers.streamViewers(tenant, 'a')
  expect(await nextOf(values)).toMatchObject({ viewers: 0, asOf: null })
  await publish(row('a', 5))
  expect(await nextOf(values)).toMatchObject({ viewers: 5 })
  const time = new Date(now)
  await publish(row('a', 50, { time: new Date(now - 1_000) }))
  await publish(row('a', 5))
  await publish(row('a', 4, { time, ingestedAt: new Date(now - 10) }))
  await publish(row('a', 6, { time, ingestedAt: new Date(now + 10) }))
  expect(await nextOf(values)).toMatchObject({ viewers: 6 })
  viewers.close()
})

test('a stream that falls silent goes to 0 after 60 s, and that is pushed', async () => {
  const viewers = live()
  const [stream, whole] = [await viewers.streamViewers(tenant, 'a'), await viewers.tenantViewers(tenant)]
  await Promise.all([stream.next(), whole.next()])
  await publish(row('a', 5))
  expect([(await nextOf(stream)).viewers, (await nextOf(whole)).streams]).toEqual([5, 1])
  now += 59_999
  await publish(row('b', 1))
  expect(await nextOf(whole)).toMatchObject({ viewers: 6, streams: 2 })
  now += 1
  expect(await nextOf(stream)).toMatchObject({ viewers: 0, byCountry: [], asOf: null })
  expect(await nextOf(whole)).toMatchObject({ viewers: 1, streams: 1 })
  viewers.close()
})

test('all readers share one value object, a change is counted four times a second at most, a slow reader skips', async () => {
  const viewers = live()
  const [fast, other, slow] = [
    await viewers.streamViewers(tenant, 'a'),
    await viewers.streamViewers(tenant, 'a'),
    await viewers.streamViewers(tenant, 'a'),
  ]
  await Promise.all([fast.next(), other.next(), slow.next()])
  const seen: number[] = []
  const reading = (async () => {
    while (seen.at(-1) !== 200) seen.push((await nextOf(fast)).viewers)
  })()
  for (let n = 1; n <= 200; n++) {
    now += 1
    await publish(row('a', n))
  }
  await reading
  expect(seen.length).toBeLessThan(20)
  const [a, b] = [await nextOf(other), await nextOf(slow)]
  expect(a.viewers).toBe(200)
  expect(a).toBe(b)
  viewers.close()
})

test('a snapshot that fails is an error for its subscribers and no empty value; the next one tries again', async () => {
  let fails = true
  const viewers = live(() =>
    fails
      ? Promise.reject(storeUnavailable('ClickHouse', new Error('away')))
      : Promise.resolve([row('a', 3)]),
  )
  const tries = [viewers.streamViewers(tenant, 'a'), viewers.tenantViewers(tenant)]
  for (const result of await Promise.allSettled(tries))
    expect(result).toMatchObject({ status: 'rejected', reason: { code: 'STORE_UNAVAILABLE' } })
  fails = false
  expect(await nextOf(await viewers.streamViewers(tenant, 'a'))).toMatchObject({ viewers: 3 })
  viewers.close()
})

test('what was missed during a reconnection is healed by a new snapshot', async () => {
  let stored = 1
  const viewers = live(() => Promise.resolve([row('a', stored)]))
  const values = await viewers.streamViewers(tenant, 'a')
  expect((await nextOf(values)).viewers).toBe(1)
  stored = 2
  now += 10
  await redis.commands.client('KILL', 'TYPE', 'pubsub')
  expect((await nextOf(values)).viewers).toBe(2)
  viewers.close()
})

test('what was never published is healed by the snapshot that comes due', async () => {
  let stored = 1
  const viewers = live(() => Promise.resolve([row('a', stored)]), { snapshotEveryMs: 300 })
  const values = await viewers.streamViewers(tenant, 'a')
  expect((await nextOf(values)).viewers).toBe(1)
  stored = 2
  now += 10
  expect((await nextOf(values)).viewers).toBe(2)
  viewers.close()
})

test("another tenant's numbers are not seen, and a tenant without subscribers is given up", async () => {
  const viewers = live()
  const other = trustTenantId(uuidv7())
  const values = await viewers.streamViewers(other, 'a')
  await values.next()
  const mine = await viewers.streamViewers(tenant, 'a')
  await mine.next()
  await publish(row('a', 5))
  expect((await nextOf(mine)).viewers).toBe(5)
  expect((await nextOf(await viewers.streamViewers(other, 'a'))).viewers).toBe(0)
  const late = values.next()
  await Promise.all([values.return(), mine.return()])
  expect((await late).done).toBe(true)
  ;(await viewers.tenantViewers(tenant)).close() // and was never read
  await until(() => viewers.open() === 1) // the reader that was opened above is still there
  viewers.close()
  await until(async () => (await redis.commands.pubsub('CHANNELS', '*')).length === 0)
})

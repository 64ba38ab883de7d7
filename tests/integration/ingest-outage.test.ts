import { afterAll, beforeAll, expect, test } from 'vitest'
import { createIngest } from '../../src/ingest/ingest.ts'
import { datasets } from '../../src/modules/datasets.ts'
import { connectClickHouse } from '../../src/platform/clickhouse/client.ts'
import { systemClock } from '../../src/platform/clock.ts'
import { freePort } from '../../src/embedded/ports.ts'
import { serveIngest } from './ingest-http.testkit.ts'
import {
  counts,
  eachOnce,
  log,
  newTenant,
  openRedis,
  openWorld,
  samples,
  type World,
} from './ingest.testkit.ts'
import { startRedisServer, type RedisServer } from '../testkit/redis.ts'
import { until } from '../testkit/waiters.ts'

let own: RedisServer
let world: World
beforeAll(async () => {
  own = await startRedisServer({ keepsData: true })
  world = await openWorld({ redis: await openRedis(own.url), timing: { backoffMaxMs: 200 } })
})
afterAll(async () => {
  await world?.close()
  await own?.close()
})

const unavailable = { code: 'LOG_UNAVAILABLE', status: 503, retryAfterSeconds: 5 }

test('a full log refuses a whole request with LOG_UNAVAILABLE, forgets its ids, and takes it when there is room', async () => {
  const tenant = newTenant()
  const redis = await openRedis()
  const small = createIngest({ ...world, datasets, redis, clock: systemClock, log, logMaxBytes: 1 << 20 })
  const first = samples(5_000)
  await small.accept(tenant, 'viewer_samples', first)
  const more = samples(3_000)
  await expect(small.accept(tenant, 'viewer_samples', more)).rejects.toMatchObject(unavailable)
  expect((await small.lag()).viewer_samples).toMatchObject({ rows: 5_000 })
  const server = await serveIngest(small)
  const answer = await server.post(tenant, JSON.stringify(more))
  expect([answer.status, answer.body.error?.code, answer.headers['retry-after']]).toEqual([
    503,
    'LOG_UNAVAILABLE',
    '5',
  ])
  server.close()
  // All of it is there already, so it needs no room.
  expect(await small.accept(tenant, 'viewer_samples', first)).toMatchObject({
    accepted: 0,
    duplicates: 5_000,
  })
  small.start()
  await small.flushed()
  expect(await small.accept(tenant, 'viewer_samples', more)).toMatchObject({ accepted: 3_000, duplicates: 0 })
  await small.flushed()
  expect(await counts(world.clickHouse, tenant)).toEqual(eachOnce(8_000, 8_000))
  await small.drain(5_000)
  await redis.close()
})

test('a log without memory is LOG_UNAVAILABLE, and neither rows nor ids are kept then', async () => {
  const tenant = newTenant()
  const redis = world.redis.commands
  const items = samples(10)
  await redis.config('SET', 'maxmemory', '1')
  await expect(world.ingest.accept(tenant, 'viewer_samples', items)).rejects.toMatchObject(unavailable)
  await redis.config('SET', 'maxmemory', '0')
  expect(await world.ingest.accept(tenant, 'viewer_samples', items)).toMatchObject({
    accepted: 10,
    duplicates: 0,
  })
  await world.ingest.flushed()
  expect(await counts(world.clickHouse, tenant)).toEqual(eachOnce(10, 10))
})

test('without Redis rows are refused at once; with it back they are taken and stored, in the same process', async () => {
  const tenant = newTenant()
  await world.ingest.accept(tenant, 'viewer_samples', samples(100))
  await own.end()
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const from = performance.now()
    await expect(world.ingest.accept(tenant, 'viewer_samples', samples(1))).rejects.toMatchObject(unavailable)
    expect(performance.now() - from).toBeLessThan(3_000)
  }
  await until(async () =>
    world.ingest.health().every((each) => each.state === 'retrying' && each.code === 'STORE_UNAVAILABLE'),
  )
  own.restart()
  await world.redis.ready(10_000)
  expect(await world.ingest.accept(tenant, 'viewer_samples', samples(50))).toMatchObject({ accepted: 50 })
  await world.ingest.flushed()
  expect(await counts(world.clickHouse, tenant)).toEqual(eachOnce(150, 150))
  await until(async () => world.ingest.health().every((each) => each.state === 'running'))
})

test('a Redis that comes back without its data is written and read again', async () => {
  const tenant = newTenant()
  await world.redis.commands.flushall()
  await world.ingest.accept(tenant, 'viewer_samples', samples(20))
  await world.ingest.flushed()
  expect(await counts(world.clickHouse, tenant)).toEqual(eachOnce(20, 20))
})

test('without ClickHouse rows wait and are told; with it they are stored once', async () => {
  const tenant = newTenant()
  const redis = await openRedis()
  const nobody = connectClickHouse({ url: `http://127.0.0.1:${await freePort()}/none`, log })
  let clickHouse: { insertRows: typeof nobody.insertRows } = nobody
  const ingest = createIngest({
    datasets,
    redis,
    clickHouse: { insertRows: (...args) => clickHouse.insertRows(...args) },
    clock: systemClock,
    log,
    logMaxBytes: 1 << 20,
    timing: { backoffMaxMs: 200 },
  })
  ingest.start()
  await ingest.accept(tenant, 'viewer_samples', samples(30))
  await until(async () => {
    const [viewers] = ingest.health()
    return viewers?.state === 'retrying' && viewers.code === 'STORE_UNAVAILABLE'
  })
  await ingest.accept(tenant, 'viewer_samples', samples(5))
  await expect(ingest.flushed('viewer_samples', { timeoutMs: 100 })).rejects.toMatchObject({
    code: 'TIMED_OUT',
  })
  expect((await ingest.lag()).viewer_samples).toMatchObject({ entries: 2, rows: 35 })
  clickHouse = world.clickHouse
  await ingest.flushed()
  expect(await counts(world.clickHouse, tenant)).toEqual(eachOnce(35, 35))
  await ingest.drain(5_000)
  await redis.close()
  await nobody.close()
})

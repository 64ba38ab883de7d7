import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createIngest, type Ingest } from '../../src/ingest/ingest.ts'
import { datasets } from '../../src/modules/datasets.ts'
import { logKeys } from '../../src/ingest/log-keys.ts'
import { systemClock } from '../../src/platform/clock.ts'
import type { TenantId } from '../../src/platform/ids.ts'
import { stores } from '../testkit/stores.ts'
import {
  counts,
  eachOnce,
  log,
  newTenant,
  openRedis,
  openWorld,
  samples,
  send,
  type World,
} from './ingest.testkit.ts'

const program = fileURLToPath(new URL('ingest-writer-process.ts', import.meta.url))
/** Looks for the dead more often than usual, so that the tests need not wait. */
const timing = { aliveMs: 600, recoverEveryMs: 200 }

let world: World
beforeAll(async () => {
  world = await openWorld({ start: false })
})
afterAll(() => world.close())

/**
 * Many small entries: a writer takes all of them at once, one that recovers meets them a hundred at a time.
 * So whoever makes batches anew, instead of repeating those that were written down, cuts them differently and
 * is found out.
 */
const MANY = 2_600
const acceptMany = async (ingest: Ingest, tenant: TenantId): Promise<void> => {
  for (let rows = 0; rows < MANY; rows += 10) await send(ingest, tenant, samples(10))
}

/** A real process that stores rows of `prefix`, and ends itself after `step`. */
const startWriter = (prefix: string, step: string) =>
  spawn(process.execPath, [program, stores().redisUrl, prefix, world.clickHouseUrl, step], {
    stdio: 'ignore',
  })

for (const step of ['read', 'manifest', 'insert', 'settle']) {
  test(`a writer that is killed after "${step}" loses nothing and doubles nothing`, async () => {
    const tenant = newTenant()
    const redis = await openRedis()
    const ingest = createIngest({
      datasets,
      redis,
      clickHouse: world.clickHouse,
      clock: systemClock,
      log,
      logMaxBytes: 64 << 20,
      timing,
    })
    try {
      await acceptMany(ingest, tenant)
      const child = startWriter(redis.prefix, step)
      const [, signal] = (await once(child, 'exit')) as [number | null, string | null]
      expect(signal).toBe('SIGKILL')
      // What comes after the crash must not mix with the batch that was under way.
      await send(ingest, tenant, samples(700))
      ingest.start()
      await ingest.flushed()
      expect(await counts(world.clickHouse, tenant)).toEqual(eachOnce(MANY + 700, MANY + 700))
      const keys = logKeys(redis, 'viewer_samples')
      expect(await redis.commands.hlen(keys.manifests)).toBe(0)
      expect((await ingest.lag()).viewer_samples).toMatchObject({ entries: 0, rows: 0, bytes: 0 })
    } finally {
      await ingest.drain(5_000)
      await redis.close()
    }
  })
}

test('writers that are killed again and again while rows arrive leave every row once', async () => {
  const tenant = newTenant()
  const redis = await openRedis()
  const options = {
    datasets,
    redis,
    clickHouse: world.clickHouse,
    clock: systemClock,
    log,
    logMaxBytes: 64 << 20,
    timing,
  }
  const ingest = createIngest(options)
  let rows = 0
  let next = samples(100)
  for (const step of ['insert', 'manifest', 'insert', 'read']) {
    const child = startWriter(redis.prefix, step)
    const ended = once(child, 'exit')
    while (child.exitCode === null && child.signalCode === null) {
      try {
        await ingest.accept(tenant, 'viewer_samples', next)
        rows += 100
        next = samples(100)
      } catch (error) {
        // A writer that is slow to start lets the log fill; one that did not answer in time may have taken them.
        expect(error).toMatchObject({ code: 'LOG_UNAVAILABLE' })
        await pause(50)
      }
    }
    await ended
  }
  ingest.start()
  await send(ingest, tenant, next)
  rows += 100
  await ingest.flushed()
  expect(await counts(world.clickHouse, tenant)).toEqual(eachOnce(rows, rows))
  await ingest.drain(5_000)
  await redis.close()
})

for (const step of ['read', 'manifest', 'insert'] as const) {
  test(`a writer that is taken for dead after "${step}", but only was slow, does not double its rows`, async () => {
    const tenant = newTenant()
    const slowRedis = await openRedis()
    const redis = await openRedis(undefined, slowRedis.prefix)
    const shared = { datasets, clickHouse: world.clickHouse, clock: systemClock, log, logMaxBytes: 64 << 20 }
    const held = Promise.withResolvers<void>()
    const reached = Promise.withResolvers<void>()
    const slow = createIngest({
      ...shared,
      redis: slowRedis,
      onStep: async (each) => {
        if (each !== step) return
        reached.resolve()
        await held.promise
      },
    })
    await acceptMany(slow, tenant)
    slow.start()
    await reached.promise
    // Its sign of life runs out, which only a pause of 10 seconds would do otherwise.
    const { alive } = logKeys(redis, 'viewer_samples')
    const signs = await redis.commands.keys(`${alive}:*`)
    expect(await redis.commands.del(signs)).toBe(1)
    await send(slow, tenant, samples(10))
    const other = createIngest({ ...shared, redis, timing })
    other.start()
    await other.flushed()
    held.resolve()
    await send(other, tenant, samples(10))
    await other.flushed()
    await slow.drain(5_000)
    await other.drain(5_000)
    expect(await counts(world.clickHouse, tenant)).toEqual(eachOnce(MANY + 20, MANY + 20))
    await slowRedis.close()
    await redis.close()
  })
}

import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { startApp, type TestApp } from '../testkit/app.ts'
import { openListeners } from '../testkit/listeners.ts'
import { startProxy, type Proxy } from '../testkit/proxy.ts'
import { startRedisServer, type RedisServer } from '../testkit/redis.ts'
import { eventually } from '../testkit/waiters.ts'
import { silent } from './bus.testkit.ts'

/** A moment for a run of the tests; CUT_SECONDS=20 for the question of a day. */
const CUT_MS = Number(process.env.CUT_SECONDS ?? 2) * 1_000
const OF_EACH = 5
/** Events, however slow the machine. */
const LEAST = 40

let redis: RedisServer
let line: Proxy
let program: TestApp
beforeAll(async () => {
  redis = await startRedisServer({ keepsData: true })
  line = await startProxy(redis.url)
  program = await startApp({ redisUrl: line.url, silenceMs: 1_000, log: silent })
})
afterAll(async () => {
  await program.stop()
  await line.close()
  await redis.close()
})

const listeners = (key: string) => {
  const { heard, close } = openListeners(program.url, key, OF_EACH)
  onTestFinished(close)
  return heard
}

test.each([
  [
    `cut for ${CUT_MS / 1_000} s`,
    async () => {
      line.fault({ kind: 'cut', how: 'RST' })
      await pause(CUT_MS)
      line.heal()
    },
  ],
  [
    'killed and started again',
    async () => {
      await redis.kill()
      await pause(500)
      redis.restart()
    },
  ],
])('Redis is %s: over each transport every event comes once, in order', async (_how, happen) => {
  const { tenant, key } = await program.seed.tenant()
  const all = listeners(key)
  await eventually(() => {
    for (const heard of all) expect(heard).toEqual(['STARTED'])
  })
  const over = new AbortController()
  let written = 0
  const write = async (): Promise<void> => {
    for (; !over.signal.aborted || written < LEAST; written += 1) {
      await program.seed.incident(tenant)
      await pause(20)
    }
  }
  const writing = write()
  await pause(300)
  await happen()
  await pause(300)
  over.abort()
  await writing
  const expected = ['STARTED', ...Array.from({ length: written }, (_, index) => index + 1)]
  await eventually(() => {
    for (const heard of all) expect(heard.length).toBe(expected.length)
  })
  for (const heard of all) expect(heard).toEqual(expected)
})

import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createLogger } from '../../src/platform/logger.ts'
import { INSTALL_TIMEOUT_MS, launchChromium } from '../browser/chromium.ts'
import { startBalancer } from '../testkit/balancer.ts'
import { createTestClient, type TestClient } from '../testkit/client.ts'
import { freshDatabases } from '../testkit/databases.ts'
import { eventually } from '../testkit/waiters.ts'
import { givenStores } from './command.ts'
import { Open } from './operations.ts'
import { createPrograms, type Program } from './program.ts'
import { subscribeAll, type Heard } from './restart-clients.ts'
import { makeTenant } from './tenant.ts'

const programs = createPrograms()
let browser: Browser
beforeAll(async () => {
  browser = await launchChromium()
}, INSTALL_TIMEOUT_MS)
afterAll(() => browser?.close())

/** All that a phase's events are, and what became of them at one client. */
const countOf = ({ numbers }: Heard, from: number, to: number) => {
  const own = numbers.filter((number) => number > from && number <= to)
  const distinct = new Set(own).size
  return `${to - from - distinct} lost, ${own.length - distinct} doubled`
}

const stop = async (program: Program, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> => {
  program.kill(signal)
  const { code, output } = await program.ended
  if (signal === 'SIGTERM') expect(code, output).toBe(0)
}

/** Ends the client's own key, the only one of its tenant. */
const revoke = async ({ request }: TestClient): Promise<void> => {
  const { data } = await request<{ apiKeys: { nodes: [{ id: string }] } }, never>(
    '{ apiKeys(first: 1) { nodes { id } } }',
  )
  const { id } = data!.apiKeys.nodes[0]
  const revoked = await request(`mutation { revokeApiKey(input: { id: "${id}" }) { __typename } }`)
  expect(revoked.data).toEqual({ revokeApiKey: { __typename: 'RevokeApiKeyPayload' } })
}

test('no client misses an event or gets one twice over SIGTERM, over kill -9 and over a rolling restart, and each tells that its key was revoked', async () => {
  const databases = await freshDatabases(createLogger({ level: 'error', format: 'pretty' }))
  const env = {
    ...givenStores(databases),
    HELIOGRAPH_SECRET: 'a secret that all of the programs have',
    HELIOGRAPH_ROLES: 'server',
  }
  const start = (): Promise<Program> => programs.start({ env })
  let [a, b] = await Promise.all([start(), start()])
  const balancer = await startBalancer()
  balancer.to(a.url)
  const key = await makeTenant(databases.postgresUrl, undefined, ['read', 'write', 'admin'])
  const { heard, leave } = await subscribeAll(balancer.url, key, browser)
  await eventually(() => {
    for (const { told } of heard.values()) expect(told).toEqual(['STARTED'])
  })

  let maker = createTestClient(b.url, key)
  let made = 0
  /** Events go on all the time while `restart` is under way, and a little after it. */
  const over = async (restart: () => Promise<void>): Promise<[from: number, to: number]> => {
    const from = made
    let left = Infinity
    const restarted = restart().finally(() => (left = 20))
    for (; left > 0; left -= 1) {
      await maker.ask(Open, { title: 'One of many' })
      made += 1
    }
    await restarted
    await eventually(() => {
      const last = [...heard].map(([name, { numbers }]) => [name, numbers.at(-1)])
      expect(last).toEqual([...heard.keys()].map((name) => [name, made]))
    }, 20_000)
    return [from, made]
  }

  const phases = {
    SIGTERM: await over(async () => {
      await stop(a, 'SIGTERM')
      a = await start()
      balancer.to(a.url)
    }),
    'kill -9': await over(async () => {
      await stop(a, 'SIGKILL')
      a = await start()
      balancer.to(a.url)
    }),
    'rolling restart': await over(async () => {
      balancer.to(a.url, b.url)
      await stop(a, 'SIGTERM')
      a = await start()
      balancer.to(b.url, a.url)
      maker = createTestClient(a.url, key)
      await stop(b, 'SIGTERM')
      b = await start()
    }),
  }
  const table = [...heard].map(([name, each]) => [
    name,
    Object.fromEntries(Object.entries(phases).map(([phase, [from, to]]) => [phase, countOf(each, from, to)])),
  ])
  console.table(Object.fromEntries(table))
  console.log(
    Object.entries(phases)
      .map(([phase, [from, to]]) => `${phase}: ${to - from} events`)
      .join(', '),
  )
  const all = Array.from({ length: made }, (_, index) => index + 1)
  for (const [name, { numbers, told }] of heard) {
    expect(numbers, name).toEqual(all)
    expect(told, name).toEqual(['STARTED'])
  }
  await revoke(maker)
  await eventually(() => {
    for (const [name, { told }] of heard)
      expect(told.slice(0, 2), name).toEqual(['STARTED', expect.stringMatching(/error/)]) // in Apollo's result
  })
  leave()
  balancer.close()
  await databases.clickHouse.close()
})

import type { ServerResponse } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { decodeGlobalID } from '../../src/graphql/global-id.ts'
import { startApp, type TestApp } from '../testkit/app.ts'
import { createTestClient } from '../testkit/client.ts'
import { startCollector } from '../testkit/collector.ts'
import { mutate } from '../testkit/mutate.ts'
import { aMessage, enqueued, toThisMachine } from '../testkit/notifications.ts'
import { until } from '../testkit/waiters.ts'

let program: TestApp
let collector: Awaited<ReturnType<typeof startCollector>>
/** Requests that are answered when the test says so, as by receivers that are dead until then. */
const held: ServerResponse[] = []
let holds = true
const release = () => {
  for (const response of held.splice(0)) response.writeHead(204).end()
}

beforeAll(async () => {
  collector = await startCollector(({ path }, response) => {
    if (holds && path.startsWith('/held')) held.push(response)
    else response.writeHead(204).end()
  })
  // Longer than the test: what is held is neither answered nor given up before it says so.
  program = await startApp({ settings: toThisMachine, notifyTimeoutMs: 600_000 })
})
afterAll(async () => {
  holds = false
  release()
  await program.stop()
  await collector.stop()
})

const tenantOf = async () => {
  const { tenant } = await program.seed.tenant()
  const client = createTestClient(program.url, await program.seed.key(tenant, ['read', 'write', 'admin']))
  const channel = async (path: string): Promise<string> => {
    const input = { name: path, webhookUrl: `${collector.url}${path}` }
    const { notificationChannel } = await mutate(client, 'createNotificationChannel', input)
    return decodeGlobalID((notificationChannel as unknown as { id: string }).id).id
  }
  const send = (channelIds: readonly string[], each = 1) =>
    enqueued(
      program.app.postgres,
      tenant,
      channelIds.flatMap((channelId) =>
        Array.from({ length: each }, (_, n) => ({ channelId, message: aMessage({ dedupKey: `k${n}` }) })),
      ),
    )
  const pending = () => program.app.modules.notifications.reads.count(tenant, { status: 'PENDING' })
  return { channel, send, pending }
}
const look = () => program.app.modules.notifications.service.tasks[0]!.run()
const numbered = (path: string, count: number) => Array.from({ length: count }, (_, n) => `${path}/${n}`)

test('a tenant whose receivers are all dead, however many, delays no other tenant and not its own others for good', async () => {
  const sick = await tenantOf()
  const well = await tenantOf()
  const dead: string[] = []
  for (const path of numbered('/held', 70)) dead.push(await sick.channel(path))
  const alive = await sick.channel('/alive')
  const healthy = await well.channel('/healthy')
  await sick.send(dead, 2)
  await sick.send([alive])
  await look()
  // Half of the places, and no more by however many looks.
  await until(() => held.length === 32)
  await look()
  await well.send([healthy], 20)
  // Nothing that is held ends before this: so it is sent beside it.
  await until(async () => {
    await look()
    return collector.at('/healthy').length === 20
  })
  expect(held).toHaveLength(32)
  await until(async () => {
    release()
    await look()
    return collector.at('/alive').length === 1 && (await sick.pending()) === 0
  })
})

test('receivers of one tenant that do not answer delay none of its others, as long as they are few', async () => {
  const { channel, send } = await tenantOf()
  const slow: string[] = []
  for (const path of numbered('/held/few', 6)) slow.push(await channel(path))
  const good = await channel('/good')
  await send(slow, 8)
  await until(async () => {
    await look()
    return held.length === 24
  })
  await send([good])
  await until(async () => {
    await look()
    return collector.at('/good').length === 1
  })
  expect(held).toHaveLength(24)
})

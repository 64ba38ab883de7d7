import { afterAll, beforeAll, expect, test } from 'vitest'
import { decodeGlobalID, encodeGlobalID } from '../../src/graphql/global-id.ts'
import { graphql } from '../graphql/gql.ts'
import { startApp, type TestApp } from '../testkit/app.ts'
import { createTestClient, type TestClient } from '../testkit/client.ts'
import { startCollector } from '../testkit/collector.ts'
import { mutate } from '../testkit/mutate.ts'
import { aMessage, enqueued, toThisMachine } from '../testkit/notifications.ts'
import { settled, until } from '../testkit/waiters.ts'

const Changes = graphql(`
  subscription NotificationChanges($filter: NotificationChangeFilter) {
    notificationChanged(filter: $filter, withStart: true) {
      __typename
      ... on NotificationChanged {
        kind
        dedupKey
        status
        failure
        attemptCount
        notification {
          channel {
            name
          }
        }
      }
    }
  }
`)

let program: TestApp
let collector: Awaited<ReturnType<typeof startCollector>>
let nowMs = Date.now()
beforeAll(async () => {
  collector = await startCollector(({ path }, response) =>
    response.writeHead(path === '/broken' ? 500 : 204).end(),
  )
  program = await startApp({ settings: toThisMachine, clock: { now: () => nowMs } })
})
afterAll(async () => {
  await program.stop()
  await collector.stop()
})

const open = async (client: TestClient, filter = {}) => {
  const live = client.webSocket()
  const values = live.subscribe(Changes, { filter })
  const next = async () => {
    const { value } = await settled(values.next(), 10_000, 'a change of a message')
    if (!value?.data?.notificationChanged) throw new Error(JSON.stringify(value))
    return value.data.notificationChanged
  }
  expect((await next()).__typename).toBe('Resync')
  const close = async () => {
    await values.return?.()
    await live.close()
  }
  return { next, close }
}
const change = (status: string, failure: string | null, attemptCount: number) => ({
  kind: 'FIRING',
  dedupKey: 'a',
  status,
  failure,
  attemptCount,
  notification: { channel: { name: 'broken' } },
})
const look = () => program.app.modules.notifications.service.tasks[0]!.run()

test('a message is told when it is queued, tried, delivered and given up, to its own tenant, once and in order', async () => {
  const { tenant } = await program.seed.tenant()
  const client = createTestClient(program.url, await program.seed.key(tenant, ['read', 'write', 'admin']))
  const channel = async (name: string) => {
    const input = { name, webhookUrl: `${collector.url}/${name}` }
    const { notificationChannel } = await mutate(client, 'createNotificationChannel', input)
    return (notificationChannel as unknown as { id: string }).id
  }
  const [fine, broken] = [await channel('fine'), await channel('broken')]
  const send = (id: string, dedupKey: string) => {
    const messages = [{ channelId: decodeGlobalID(id).id, message: aMessage({ dedupKey }) }]
    return enqueued(program.app.postgres, tenant, messages, new Date(nowMs))
  }
  const all = await open(client, { channel: { eq: broken } })
  const delivered = await open(client, { status: { eq: 'DELIVERED' } })
  const others = await open(createTestClient(program.url, (await program.seed.tenant()).key))
  const { reads, attemptReads } = program.app.modules.notifications
  const tried = (count: number) =>
    until(async () => {
      await look()
      return (await attemptReads.count(tenant)) === count
    })
  await send(broken, 'a')
  await tried(1)
  await send(fine, 'b')
  await tried(2)
  const message = await reads.find(tenant, { dedupKey: 'a' })
  await mutate(client, 'retryNotification', { id: encodeGlobalID('Notification', message!.id) })
  await mutate(client, 'updateNotificationChannel', { id: broken, enabled: false })
  const seen = [await all.next(), await all.next(), await all.next(), await all.next()]
  expect(seen).toMatchObject([
    change('PENDING', null, 0),
    change('PENDING', 'REJECTED', 1),
    change('PENDING', null, 1),
    change('FAILED', null, 1),
  ])
  expect(await delivered.next()).toMatchObject({ dedupKey: 'b', status: 'DELIVERED', failure: null })
  // What is left over by a channel that was switched off in that very moment is given up by the clock.
  await program.app.postgres.forTenant(tenant).notification.updateMany({
    where: { tenantId: tenant, dedupKey: 'a' },
    data: { status: 'PENDING', endedAt: null },
  })
  const over = program.app.modules.notifications.service.tasks.find(({ name }) => name.endsWith('are over'))
  await over!.run()
  expect(await all.next()).toMatchObject(change('FAILED', null, 1))
  await Promise.all([all.close(), delivered.close()])
  const none = others.next().catch((error: unknown) => error)
  await others.close()
  expect(await none).toBeInstanceOf(Error)
})

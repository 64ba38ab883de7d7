import { afterAll, beforeAll, expect, test } from 'vitest'
import { decodeGlobalID, encodeGlobalID } from '../../src/graphql/global-id.ts'
import { MAX_ATTEMPTS } from '../../src/modules/notifications/backoff.ts'
import { createDeliveryStore } from '../../src/modules/notifications/delivery.store.ts'
import { startApp, type TestApp } from '../testkit/app.ts'
import { createTestClient } from '../testkit/client.ts'
import { startCollector } from '../testkit/collector.ts'
import { mutate } from '../testkit/mutate.ts'
import { aMessage, enqueued, toThisMachine } from '../testkit/notifications.ts'
import { until } from '../testkit/waiters.ts'

let program: TestApp
let collector: Awaited<ReturnType<typeof startCollector>>
let nowMs = Date.now()
/** Answers of requests that wait for one, by their paths. */
const held = new Map<string, (statusCode: number) => void>()
/** The next one of a path, once it is there. */
const answering = (path: string, statusCode: number) =>
  until(() => {
    const answer = held.get(path)
    held.delete(path)
    answer?.(statusCode)
    return answer !== undefined
  })

beforeAll(async () => {
  collector = await startCollector(({ path }, response) => {
    if (path.startsWith('/held')) held.set(path, (statusCode) => response.writeHead(statusCode).end())
    else response.writeHead(204).end()
  })
  program = await startApp({ settings: toThisMachine, clock: { now: () => nowMs } })
})
afterAll(async () => {
  await program.stop()
  await collector.stop()
})

const look = () => program.app.modules.notifications.service.tasks[0]!.run()

/** A tenant with a message to a channel. */
const workspace = async (path: string) => {
  const { tenant } = await program.seed.tenant()
  const client = createTestClient(program.url, await program.seed.key(tenant, ['read', 'write', 'admin']))
  const input = { name: 'c', webhookUrl: `${collector.url}${path}` }
  const { notificationChannel } = await mutate(client, 'createNotificationChannel', input)
  const { id } = notificationChannel as unknown as { id: string }
  const messages = [{ channelId: decodeGlobalID(id).id, message: aMessage() }]
  await enqueued(program.app.postgres, tenant, messages, new Date(nowMs))
  const message = async () => (await program.app.modules.notifications.reads.find(tenant, {}))!
  const { id: messageId } = await message()
  const retry = () => mutate(client, 'retryNotification', { id: encodeGlobalID('Notification', messageId) })
  return { tenant, client, channel: id, message, retry }
}

test('a message that was claimed ten times and never marked is given up, and not sent again', async () => {
  const { tenant, message } = await workspace('/unmarked')
  const dying = createDeliveryStore({ postgres: program.app.postgres, poke: () => undefined })
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    const claimed = await dying.claim(new Date(nowMs), 64, { channel: 4, tenant: 64 })
    expect(claimed.filter((each) => each.tenant === tenant)).toMatchObject([{ attempt }])
    nowMs += 61_000
  }
  await look()
  const row = await until(async () => {
    const now = await message()
    return now.status !== 'PENDING' && now
  })
  expect(row).toMatchObject({
    status: 'FAILED',
    attempts: MAX_ATTEMPTS + 1,
    lastError: expect.stringContaining('nobody could write down'),
  })
  expect(collector.at('/unmarked')).toEqual([])
})

test('the preview takes templates as long as those of channels', async () => {
  const { client } = await workspace('/preview')
  const preview = async (given: object) => {
    const ask =
      'query ($subject: String, $body: String) { notificationPreview(subject: $subject, body: $body) { text } }'
    const { data, errors } = await client.request<object, object>(ask, given)
    return errors?.[0]?.extensions?.code ?? data
  }
  expect(await preview({ body: 'x'.repeat(20_000) })).toMatchObject({ notificationPreview: {} })
  expect(await preview({ body: 'x'.repeat(20_001) })).toBe('VALIDATION_FAILED')
  expect(await preview({ subject: 'x'.repeat(1_001) })).toBe('VALIDATION_FAILED')
  expect(await preview({ body: '{{#incidents}}' })).toBe('VALIDATION_FAILED')
})

test.each([
  ['the last', MAX_ATTEMPTS],
  ['the first', 1],
])(
  'a message that somebody has tried anew during %s attempt is tried again now when that fails',
  async (_what, attempt) => {
    const path = `/held-${attempt}`
    const { tenant, message, retry } = await workspace(path)
    await program.app.postgres
      .forTenant(tenant)
      .notification.updateMany({ where: { tenantId: tenant }, data: { attempts: attempt - 1 } })
    await look()
    await until(() => held.has(path))
    expect(await retry()).toMatchObject({ notification: { status: 'PENDING' } })
    await answering(path, 500)
    await answering(path, 204) // the sender looks again whenever something has ended
    const row = await until(async () => {
      const now = await message()
      return now.status !== 'PENDING' && now
    })
    expect(row).toMatchObject({ status: 'DELIVERED', attempts: attempt + 1, lastError: null })
    const { attemptReads } = program.app.modules.notifications
    const attempts = await attemptReads.page(tenant, { orderBy: { number: 'asc' } })
    expect(attempts).toMatchObject([
      { number: attempt, code: 'REJECTED' },
      { number: attempt + 1, code: null },
    ])
  },
)

test('a 410 of where a channel led before it was changed switches nothing off, and the message goes to the new target', async () => {
  const { client, channel, message } = await workspace('/held-old')
  await look()
  await until(() => held.has('/held-old'))
  await mutate(client, 'updateNotificationChannel', { id: channel, webhookUrl: `${collector.url}/new` })
  await answering('/held-old', 410)
  expect(await until(async () => (await message()).lastError !== null && message())).toMatchObject({
    status: 'PENDING',
    lastError: expect.stringContaining('410'),
  })
  nowMs += 60_000
  await look()
  await until(async () => (await message()).status === 'DELIVERED')
  expect(collector.at('/new')).toHaveLength(1)
  const { data } = await client.request('{ notificationChannels { nodes { enabled disabledReason } } }')
  expect(data).toEqual({ notificationChannels: { nodes: [{ enabled: true, disabledReason: null }] } })
})

test('a 410 of where a channel leads switches it off, also where only its name was changed, and the message says why', async () => {
  const { client, channel, message } = await workspace('/held-gone')
  await look()
  await until(() => held.has('/held-gone'))
  await mutate(client, 'updateNotificationChannel', { id: channel, name: 'another' })
  await answering('/held-gone', 410)
  expect(await until(async () => (await message()).status !== 'PENDING' && message())).toMatchObject({
    status: 'FAILED',
    lastError: expect.stringContaining('410'),
  })
  const { data } = await client.request('{ notificationChannels { nodes { enabled disabledReason } } }')
  expect(data).toMatchObject({
    notificationChannels: { nodes: [{ enabled: false, disabledReason: expect.stringContaining('410') }] },
  })
})

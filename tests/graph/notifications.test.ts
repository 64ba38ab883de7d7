import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { decodeGlobalID } from '../../src/graphql/global-id.ts'
import { startApp, type TestApp } from '../testkit/app.ts'
import { createTestClient } from '../testkit/client.ts'
import { startCollector } from '../testkit/collector.ts'
import { mutate } from '../testkit/mutate.ts'
import { aMessage, enqueued, toThisMachine } from '../testkit/notifications.ts'
import { eventually, until } from '../testkit/waiters.ts'

let program: TestApp
let collector: Awaited<ReturnType<typeof startCollector>>
/** A moment for a run of the tests; SLOW_MS=30000 for the question of a day. */
const SLOW_MS = Number(process.env.SLOW_MS ?? 2_000)

beforeAll(async () => {
  collector = await startCollector(({ path }, response) => {
    if (path.startsWith('/slow')) return // it takes longer than the program waits
    if (path.startsWith('/gone')) response.writeHead(410).end()
    else if (path.startsWith('/busy')) response.writeHead(429, { 'retry-after': '1800' }).end()
    else if (path.startsWith('/broken')) response.writeHead(500).end('broken')
    else if (path.startsWith('/moved')) response.writeHead(302, { location: '/elsewhere' }).end()
    else if (path.startsWith('/huge')) response.writeHead(200).end(Buffer.alloc(10 << 20, 'x'))
    else response.writeHead(204).end()
  })
  program = await startApp({
    settings: { ...toThisMachine, HELIOGRAPH_ROLES: 'server,ingest,notifications' },
    notifyTimeoutMs: SLOW_MS,
  })
})
afterAll(async () => {
  await program.stop()
  await collector.stop()
})

const tried = (failure: string, statusCode: number | null, status = 'PENDING') => ({
  status,
  attempts: { nodes: [{ number: 1, failure, statusCode }] },
})
const waitMs = ({ nextAttemptAt, createdAt }: { nextAttemptAt: string | null; createdAt: string }) =>
  Date.parse(nextAttemptAt!) - Date.parse(createdAt)

const workspace = async () => {
  const { tenant } = await program.seed.tenant()
  const client = createTestClient(program.url, await program.seed.key(tenant, ['read', 'write', 'admin']))
  const channel = async (path: string) => {
    const { notificationChannel, secret } = await mutate(client, 'createNotificationChannel', {
      name: path,
      webhookUrl: `${collector.url}${path}`,
    })
    const { id } = notificationChannel as unknown as { id: string }
    return { id, rowId: decodeGlobalID(id).id, secret: String(secret) }
  }
  const send = (channelId: string, given = {}) =>
    enqueued(program.app.postgres, tenant, [{ channelId, message: aMessage(given) }])
  type Told = {
    status: string
    nextAttemptAt: string | null
    attempts: { nodes: object[] }
    createdAt: string
  }
  const told = async (id: string): Promise<Told[]> => {
    const { data } = await client.request<{ notifications: { nodes: Told[] } }, object>(
      `query ($id: ID!) { notifications(filter: { channel: { eq: $id } }) { nodes { status createdAt nextAttemptAt
         attempts { nodes { number failure statusCode error } } } } }`,
      { id },
    )
    return data!.notifications.nodes
  }
  const ended = (id: string) =>
    until(async () => {
      const all = await told(id)
      return all.some(({ attempts }) => attempts.nodes.length > 0) && all
    })
  return { tenant, client, channel, send, told, ended }
}

test('a message reaches a webhook signed as Standard Webhooks says, and its notification tells the attempt', async () => {
  const { channel, send, told } = await workspace()
  const { id, rowId, secret } = await channel('/fine')
  await send(rowId)
  program.app.modules.notifications.service.poke()
  const [got] = await until(() => collector.at('/fine').length > 0 && collector.at('/fine'))
  expect(new Webhook(secret).verify(got!.body, got!.headers)).toMatchObject({
    type: 'notification.firing',
    data: { kind: 'FIRING', dedupKey: expect.any(String), subject: '[FIRING] Error rate: service=checkout' },
  })
  await eventually(async () =>
    expect(await told(id)).toMatchObject([
      { status: 'DELIVERED', attempts: { nodes: [{ number: 1, failure: null, statusCode: 204 }] } },
    ]),
  )
})

test('what a receiver that is dead, slow, gone, busy, broken, moved or talkative does is told, and others get theirs', async () => {
  const { channel, send, ended, client } = await workspace()
  const dead = await channel('/dead')
  await mutate(client, 'updateNotificationChannel', { id: dead.id, webhookUrl: 'http://127.0.0.1:9999/dead' })
  const paths = ['/slow', '/gone', '/busy', '/broken', '/moved', '/huge'] as const
  const bad = Object.fromEntries(
    await Promise.all(paths.map(async (path) => [path, await channel(path)] as const)),
  )
  const good = await channel('/good')
  for (const { rowId } of [dead, ...Object.values(bad)])
    for (const dedupKey of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']) await send(rowId, { dedupKey })
  await send(good.rowId)
  program.app.modules.notifications.service.poke()
  // That it waits for none of them: notification-fairness.test.ts.
  await until(() => collector.at('/good').length > 0)

  const first = async (id: string) => {
    const all = await ended(id)
    return all.find(({ attempts }) => attempts.nodes.length > 0)!
  }
  const outcomesNow = async (): Promise<Record<string, Awaited<ReturnType<typeof first>>>> => ({
    dead: await first(dead.id),
    ...Object.fromEntries(
      await Promise.all(paths.map(async (path) => [path, await first(bad[path]!.id)] as const)),
    ),
  })
  // A list and what is below it are two questions: between them a message may be delivered.
  await eventually(async () => {
    const found = await outcomesNow()
    expect(found).toMatchObject({
      dead: tried('UNREACHABLE', null),
      '/slow': tried('TIMED_OUT', null),
      '/gone': tried('GONE', 410, 'FAILED'),
      '/busy': tried('REJECTED', 429),
      '/broken': tried('REJECTED', 500),
      '/moved': tried('REDIRECTED', 302),
      '/huge': { status: 'DELIVERED', attempts: { nodes: [{ number: 1, failure: null, statusCode: 200 }] } },
    })
    expect(waitMs(found['/busy']!)).toBeGreaterThanOrEqual(1_800_000)
    expect(waitMs(found['/broken']!)).toBeGreaterThan(0)
    expect(waitMs(found['/broken']!)).toBeLessThan(60_000)
  })
  expect(collector.at('/elsewhere')).toEqual([])

  const off = await eventually(async () => {
    const { data } = await client.request<{ node: object }, object>(
      `query ($id: ID!) { node(id: $id) { ... on NotificationChannel { enabled disabledReason
         notifications(filter: { status: { eq: PENDING } }) { totalCount } } } }`,
      { id: bad['/gone']!.id },
    )
    expect(data!.node).toMatchObject({ enabled: false, notifications: { totalCount: 0 } })
    return data!.node
  })
  expect(off).toMatchObject({ disabledReason: expect.stringContaining('410') })
})

test('the end of a breach is never told before its beginning, and is told when the beginning was given up', async () => {
  const { channel, send, told, client } = await workspace()
  const { id, rowId } = await channel('/broken-order')
  await send(rowId, { kind: 'FIRING', dedupKey: 'k' })
  await send(rowId, { kind: 'RESOLVED', dedupKey: 'k' })
  program.app.modules.notifications.service.poke()
  await until(async () => (await told(id)).some(({ attempts }) => attempts.nodes.length > 0))
  expect(new Set(collector.at('/broken-order').map(({ headers }) => headers['webhook-id'])).size).toBe(1)
  await mutate(client, 'updateNotificationChannel', { id, enabled: false })
  expect((await told(id)).map(({ status }) => status)).toEqual(['FAILED', 'FAILED'])
})

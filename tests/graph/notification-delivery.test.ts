import type { AddressInfo } from 'node:net'
import PostalMime from 'postal-mime'
import { SMTPServer } from 'smtp-server'
import { Webhook } from 'standardwebhooks'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { operator } from '../../src/auth/actor.ts'
import { trustedPermit } from '../../src/auth/permit.ts'
import { decodeGlobalID, encodeGlobalID } from '../../src/graphql/global-id.ts'
import { createDeliveryStore } from '../../src/modules/notifications/delivery.store.ts'
import { enqueue } from '../../src/modules/notifications/enqueue.store.ts'
import { createLogger } from '../../src/platform/logger.ts'
import { startApp, type TestApp } from '../testkit/app.ts'
import { createTestClient } from '../testkit/client.ts'
import { startCollector, type Received } from '../testkit/collector.ts'
import { mutate, type Payload } from '../testkit/mutate.ts'
import { aMessage, enqueued, toThisMachine } from '../testkit/notifications.ts'
import { until } from '../testkit/waiters.ts'

let collector: Awaited<ReturnType<typeof startCollector>>
let program: TestApp
let nowMs = Date.now()
const mails: string[] = []
const smtp = new SMTPServer({
  authOptional: true,
  disabledCommands: ['STARTTLS'],
  onData: (stream, _session, done) => {
    const chunks: Buffer[] = []
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    stream.on('end', () => {
      mails.push(Buffer.concat(chunks).toString('utf8'))
      done()
    })
  },
})
const logged: string[] = []
const log = createLogger({ level: 'trace', format: 'json', to: { write: (line) => void logged.push(line) } })

beforeAll(async () => {
  collector = await startCollector()
  await new Promise<void>((listening) => smtp.listen(0, '127.0.0.1', listening))
  const { port } = smtp.server.address() as AddressInfo
  program = await startApp({
    settings: {
      ...toThisMachine,
      SMTP_URL: `smtp://127.0.0.1:${port}`,
      MAIL_FROM: 'Heliograph <alerts@example.com>',
      PAGERDUTY_URL: `${collector.url}/pagerduty`,
    },
    clock: { now: () => nowMs },
    log,
  })
})
afterAll(async () => {
  await program.stop()
  await collector.stop()
  await new Promise<void>((closed) => smtp.close(closed))
})

const idOf = (made: Payload): string => (made.notificationChannel as unknown as { id: string }).id
const rowIdOf = (made: Payload): string => decodeGlobalID(idOf(made)).id
const verified = (secret: string, { body, headers }: Received) => {
  // As the library checks it, which refuses what comes from tomorrow.
  const [id, sent] = [headers['webhook-id']!, new Date(Number(headers['webhook-timestamp']) * 1_000)]
  return headers['webhook-signature']!.split(' ').includes(new Webhook(secret).sign(id, sent, body))
}

const workspace = async () => {
  const { tenant } = await program.seed.tenant()
  const client = createTestClient(program.url, await program.seed.key(tenant, ['read', 'write', 'admin']))
  const create = (input: object): Promise<Payload> => mutate(client, 'createNotificationChannel', input)
  return { tenant, client, create }
}
/** A look of the program's own sender, however its roles are. */
const look = ({ app }: Pick<TestApp, 'app'>) => app.modules.notifications.service.tasks[0]!.run()
const idsOf = (received: readonly Received[]) => received.map(({ headers }) => headers['webhook-id'])

test('three programs that look at once deliver each of two hundred messages once', async () => {
  const { tenant, create } = await workspace()
  const channels = await Promise.all(
    Array.from({ length: 10 }, async (_, n) =>
      rowIdOf(await create({ name: `c${n}`, webhookUrl: `${collector.url}/many` })),
    ),
  )
  const messages = channels.flatMap((channelId) =>
    Array.from({ length: 20 }, (_, n) => ({ channelId, message: aMessage({ dedupKey: `k${n}` }) })),
  )
  await enqueued(program.app.postgres, tenant, messages, new Date(nowMs))
  const others = [await program.beside(), await program.beside()]
  try {
    await until(async () => {
      await Promise.all([program, ...others].map(look))
      return collector.at('/many').length >= messages.length
    })
    const pending = { status: 'PENDING' as const }
    await until(async () => (await program.app.modules.notifications.reads.count(tenant, pending)) === 0)
    const ids = idsOf(collector.at('/many'))
    expect(new Set(ids).size).toBe(200)
    expect(ids).toHaveLength(200)
    expect(await program.app.modules.notifications.attemptReads.count(tenant)).toBe(200)
  } finally {
    await Promise.all(others.map(({ stop }) => stop()))
  }
})

test('what waits for a tenant that is off is sent when it is on again', async () => {
  const { tenant, create } = await workspace()
  const channelId = rowIdOf(await create({ name: 'c', webhookUrl: `${collector.url}/tenant-off` }))
  const permit = trustedPermit<never>(tenant, operator)
  await program.app.modules.tenants.service.setActive(permit, false)
  await enqueued(program.app.postgres, tenant, [{ channelId, message: aMessage() }], new Date(nowMs))
  await look(program)
  const store = createDeliveryStore({ postgres: program.app.postgres, poke: () => undefined })
  expect(await store.claim(new Date(nowMs), 64, { channel: 4, tenant: 64 })).toEqual([])
  expect(collector.at('/tenant-off')).toEqual([])
  await program.app.modules.tenants.service.setActive(permit, true)
  await look(program)
  await until(() => collector.at('/tenant-off').length === 1)
})

test('a channel that is switched off while a message to it is written gives that up too', async () => {
  const { tenant, client, create } = await workspace()
  const made = await create({ name: 'off', webhookUrl: `${collector.url}/off` })
  const messages = [{ channelId: rowIdOf(made), message: aMessage() }]
  const switchOff = () => mutate(client, 'updateNotificationChannel', { id: idOf(made), enabled: false })
  const owner = new Client({ connectionString: program.databases.ownerUrl })
  await owner.connect()
  onTestFinished(() => owner.end())
  // Whoever waits for a row holds the place in its line.
  const waitsForChannel = async (): Promise<boolean> => {
    const { rowCount } = await owner.query(
      `SELECT FROM pg_locks WHERE locktype = 'tuple' AND relation = 'notification_channels'::regclass
          AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    )
    return rowCount !== 0
  }
  const { switching } = await program.app.postgres.forTenant(tenant).$transaction(async (tx) => {
    await enqueue(tx, tenant, messages, new Date(nowMs))
    let through = false
    const switching = switchOff().finally(() => (through = true))
    await until(async () => through || (await waitsForChannel()))
    expect(through).toBe(false)
    return { switching }
  })
  await switching
  const { reads } = program.app.modules.notifications
  expect(await reads.count(tenant, { status: 'PENDING' })).toBe(0)
  expect(await reads.count(tenant, { status: 'FAILED' })).toBe(1)
})

test('what was claimed by a process that died before it marked is sent again after the claim, under the same id', async () => {
  const { tenant, create } = await workspace()
  const made = await create({ name: 'c', webhookUrl: `${collector.url}/killed` })
  const channelId = rowIdOf(made)
  await enqueued(program.app.postgres, tenant, [{ channelId, message: aMessage() }], new Date(nowMs))
  const dead = createDeliveryStore({ postgres: program.app.postgres, poke: () => undefined })
  const [claimed] = await dead.claim(new Date(nowMs), 64, { channel: 4, tenant: 64 })
  expect(claimed).toMatchObject({ attempt: 1, channel_id: channelId })
  nowMs += 59_000
  await look(program)
  expect(await dead.claim(new Date(nowMs), 64, { channel: 4, tenant: 64 })).toEqual([])
  nowMs += 2_000
  await look(program)
  await until(() => collector.at('/killed').length > 0)
  const [row] = await until(async () => {
    const rows = await program.app.modules.notifications.reads.page(tenant, {})
    return rows[0]!.status === 'DELIVERED' && rows
  })
  expect(idsOf(collector.at('/killed'))).toEqual([claimed!.id])
  expect(row).toMatchObject({ id: claimed!.id, attempts: 2 })

  // It was only slow: what it says now changes nothing.
  const failure = { code: 'TIMED_OUT', error: 'x', statusCode: null, durationMs: 1 } as const
  await dead.mark(claimed!, failure, { status: 'FAILED' }, new Date(nowMs))
  expect(await program.app.modules.notifications.reads.find(tenant, {})).toMatchObject({
    status: 'DELIVERED',
  })
})

test('the beginning of a breach is not sent by hand once its end was delivered, and the end of another is', async () => {
  const { tenant, create, client } = await workspace()
  const channelId = rowIdOf(await create({ name: 'c', webhookUrl: `${collector.url}/retried` }))
  const put = (kind: 'FIRING' | 'RESOLVED', dedupKey: string) => {
    const messages = [{ channelId, message: aMessage({ kind, dedupKey }) }]
    return enqueued(program.app.postgres, tenant, messages, new Date(nowMs))
  }
  const { reads } = program.app.modules.notifications
  const given = (dedupKey: string, kind: 'FIRING' | 'RESOLVED') => reads.find(tenant, { dedupKey, kind })
  const retry = async (dedupKey: string, kind: 'FIRING' | 'RESOLVED' = 'FIRING') => {
    const { id } = (await given(dedupKey, kind))!
    return mutate(client, 'retryNotification', { id: encodeGlobalID('Notification', id) })
  }
  const giveUp = () =>
    program.app.postgres.forTenant(tenant).notification.updateMany({
      where: { tenantId: tenant, status: 'PENDING' },
      data: { status: 'FAILED', endedAt: new Date(nowMs), lastError: 'x' },
    })
  await put('FIRING', 'over')
  await put('FIRING', 'open')
  await put('FIRING', 'untold')
  await put('RESOLVED', 'untold')
  await giveUp()
  await put('RESOLVED', 'over')
  await look(program)
  await until(async () => (await given('over', 'RESOLVED'))!.status === 'DELIVERED')
  expect(await retry('over')).toMatchObject({
    __typename: 'ConflictError',
    message: expect.stringContaining('The end of its breach was delivered already'),
  })
  for (const key of ['open', 'untold'])
    expect(await retry(key)).toMatchObject({ notification: { status: 'PENDING' } })
  expect(await retry('untold', 'RESOLVED')).toMatchObject({ notification: { status: 'PENDING' } })
  await until(async () => {
    await look(program)
    return collector.at('/retried').length === 4
  })
  const kinds = collector.at('/retried').map(({ body }) => (JSON.parse(body) as { data: object }).data)
  expect(kinds.filter((each) => (each as { dedupKey: string }).dedupKey === 'untold')).toMatchObject([
    { kind: 'FIRING' },
    { kind: 'RESOLVED' },
  ])
})

test('a rotated secret signs beside the one before for a day, and the library of receivers takes both', async () => {
  const { tenant, create, client } = await workspace()
  const made = await create({ name: 'c', webhookUrl: `${collector.url}/rotated` })
  const { id } = made.notificationChannel as unknown as { id: string }
  const rotated = await mutate(client, 'rotateNotificationChannelSecret', { id })
  const [first, second] = [String(made.secret), String(rotated.secret)]
  expect(first).not.toBe(second)
  const send = async (count: number): Promise<Received> => {
    await enqueued(
      program.app.postgres,
      tenant,
      [{ channelId: rowIdOf(made), message: aMessage() }],
      new Date(nowMs),
    )
    await look(program)
    return (await until(() => collector.at('/rotated').length === count && collector.at('/rotated')))[
      count - 1
    ]!
  }
  const during = await send(1)
  for (const secret of [first, second])
    expect(new Webhook(secret).verify(during.body, during.headers)).toMatchObject({
      type: 'notification.firing',
    })
  expect([first, second].map((secret) => verified(secret, during))).toEqual([true, true])
  nowMs += 24 * 3_600_000 + 1
  const after = await send(2)
  expect([first, second].map((secret) => verified(secret, after))).toEqual([false, true])
})

test('a mail reaches a mail server, with the words of the templates and its thread', async () => {
  const { create, client } = await workspace()
  const made = await create({
    name: 'mail',
    emailTo: ['ops@example.com', 'b@example.com'],
    subjectTemplate: 'Ünïcode {{ kind }}',
    bodyTemplate: '{{ labels.host }}: {{ title }}',
  })
  expect(made.notificationChannel).toMatchObject({ kind: 'EMAIL', target: 'ops@example.com, b@example.com' })
  const { id } = made.notificationChannel as unknown as { id: string }
  expect(await mutate(client, 'testNotificationChannel', { id })).toMatchObject({
    delivered: true,
    error: null,
  })
  const mail = await PostalMime.parse(mails.at(-1)!)
  expect(mail).toMatchObject({
    subject: 'Ünïcode TEST',
    from: { address: 'alerts@example.com' },
    to: [{ address: 'ops@example.com' }, { address: 'b@example.com' }],
    references: expect.stringContaining('@heliograph>'),
  })
  expect(mail.text!.trim()).toBe('<no value>: A test of this channel')
})

test('a test of a channel tells what was tried, and PagerDuty is sent to where the operator said', async () => {
  const { create, client } = await workspace()
  const closed = await startCollector()
  await closed.stop()
  const dead = idOf(await create({ name: 'dead', slackUrl: `${closed.url}/T000/secret` }))
  expect(await mutate(client, 'testNotificationChannel', { id: dead })).toMatchObject({
    delivered: false,
    failure: 'UNREACHABLE',
    error: expect.stringMatching(/^127\.0\.0\.1:\d+ \(127\.0\.0\.1\) can't be reached: ECONNREFUSED/),
  })
  const pagerDuty = idOf(await create({ name: 'pd', pagerDutyRoutingKey: 'k'.repeat(32) }))
  expect(await mutate(client, 'testNotificationChannel', { id: pagerDuty })).toMatchObject({
    statusCode: 204,
  })
  const events = collector.at('/pagerduty').map(({ body }) => JSON.parse(body) as Record<string, unknown>)
  expect(events.map((event) => event.event_action)).toEqual(['trigger', 'resolve'])
  expect(events[0]!.dedup_key).toBe(events[1]!.dedup_key)
})

test.each([
  [{ webhookUrl: 'https://169.254.169.254/latest' }, 'webhookUrl'],
  [{ webhookUrl: 'https://10.0.0.1/' }, 'webhookUrl'],
  [{ webhookUrl: 'https://user:pass@example.com/' }, 'webhookUrl'],
  [{ slackUrl: 'http://8.8.8.8/' }, 'slackUrl'],
  [{ pagerDutyRoutingKey: 'short' }, 'pagerDutyRoutingKey'],
  [{ emailTo: ['no address'] }, 'emailTo'],
  [{ emailTo: Array.from({ length: 21 }, (_, n) => `a${n}@example.com`) }, 'emailTo'],
  [{ webhookUrl: 'https://a.example/', slackUrl: 'https://b.example/' }, 'slackUrl'],
  [{ webhookUrl: 'https://a.example/', bodyTemplate: '{{ nothing }}' }, 'bodyTemplate'],
  [{ webhookUrl: 'https://a.example/', subjectTemplate: '{{#incidents}}' }, 'subjectTemplate'],
])('%j is refused at %s', async (input, field) => {
  const { create } = await workspace()
  expect(await create({ name: 'x', ...input })).toMatchObject({
    __typename: 'ValidationError',
    path: expect.arrayContaining([field]),
  })
})

test('what is secret of a channel is in no answer but the one that made it, and in no table in clear', async () => {
  const { create, client, tenant } = await workspace()
  const input = {
    name: 'secret',
    webhookUrl: `${collector.url}/path-canary?token=query-canary`,
    idempotencyKey: 'once',
  }
  const made = await create(input)
  const again = await create(input)
  expect(again).toMatchObject({ notificationChannel: made.notificationChannel, secret: null })
  const secret = String(made.secret)
  await create({ name: 'pd', pagerDutyRoutingKey: 'canary0canary0canary0canary0abcd' })
  const { id } = made.notificationChannel as unknown as { id: string }
  const answers = [
    await mutate(client, 'updateNotificationChannel', { id, webhookUrl: `${collector.url}/other-canary` }),
    await mutate(client, 'testNotificationChannel', { id }),
    await client.request(
      `{ notificationChannels { nodes { name target disabledReason notifications { nodes { subject text lastError } } } }
         auditLog { nodes { action before after } } }`,
    ),
  ]
  await enqueued(
    program.app.postgres,
    tenant,
    [{ channelId: rowIdOf(made), message: aMessage() }],
    new Date(nowMs),
  )
  await look(program)
  await until(() => collector.at('/other-canary').length > 1)
  // One that nobody can read, so that there is something in the log.
  const broken = { ...aMessage(), incidents: [{ broken: true }] } as never
  await enqueued(
    program.app.postgres,
    tenant,
    [{ channelId: rowIdOf(made), message: broken }],
    new Date(nowMs),
  )
  await look(program)
  await until(() => logged.some((line) => line.includes('could not be sent')))
  const owner = new Client({ connectionString: program.databases.ownerUrl })
  await owner.connect()
  const dump: string[] = []
  try {
    const { rows } = await owner.query<{ name: string }>(
      `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'`,
    )
    for (const { name } of rows) {
      const { rows: all } = await owner.query<{ row: string }>(
        `SELECT to_jsonb(t)::text AS row FROM "${name}" t`,
      )
      dump.push(...all.map(({ row }) => row))
    }
  } finally {
    await owner.end()
  }
  expect(dump.join('\n')).toContain('"kind": "PAGERDUTY"')
  for (const text of [JSON.stringify(answers), JSON.stringify(again), dump.join('\n'), logged.join('\n')])
    for (const canary of ['canary', secret, secret.slice('whsec_'.length)]) expect(text).not.toContain(canary)
})

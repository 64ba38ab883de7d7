import type { AddressInfo } from 'node:net'
import { SMTPServer } from 'smtp-server'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { decodeGlobalID } from '../../src/graphql/global-id.ts'
import { CLAIM_MS } from '../../src/modules/notifications/delivery.store.ts'
import { createSenders } from '../../src/modules/notifications/senders.ts'
import { SENDING_MS } from '../../src/modules/notifications/sending.ts'
import { startApp, type TestApp } from '../testkit/app.ts'
import { createTestClient } from '../testkit/client.ts'
import { mutate } from '../testkit/mutate.ts'
import { aMessage, enqueued } from '../testkit/notifications.ts'
import { until } from '../testkit/waiters.ts'

let program: TestApp
let nowMs = Date.now()
/** Who got each mail, addresses that the server refuses, and how long it takes for each address. */
const got: string[][] = []
const refused = new Set<string>()
let slowMs = 0
let closed = 0
const smtp = new SMTPServer({
  authOptional: true,
  disabledCommands: ['STARTTLS'],
  onRcptTo: ({ address }, _session, done) => {
    const answer = (): void =>
      refused.has(address) ? done(Object.assign(new Error('no such user'), { responseCode: 550 })) : done()
    setTimeout(answer, slowMs)
  },
  onData: (stream, { envelope }, done) => {
    stream.resume()
    stream.on('end', () => {
      got.push(envelope.rcptTo.map(({ address }) => address))
      done()
    })
  },
  onClose: () => void (closed += 1),
})
let mail: { readonly url: string; readonly from: string }

beforeAll(async () => {
  await new Promise<void>((listening) => smtp.listen(0, '127.0.0.1', listening))
  const { port } = smtp.server.address() as AddressInfo
  mail = { url: `smtp://127.0.0.1:${port}`, from: 'Heliograph <alerts@example.com>' }
  program = await startApp({
    settings: { SMTP_URL: mail.url, MAIL_FROM: mail.from },
    clock: { now: () => nowMs },
  })
})
afterAll(async () => {
  await program.stop()
  await new Promise<void>((done) => smtp.close(done))
})

const unasked = () => Promise.reject(new TypeError('no mail'))
const look = () => program.app.modules.notifications.service.tasks[0]!.run()

test('where a mail server refuses some addresses the attempt names them, and only those are tried again', async () => {
  const { tenant } = await program.seed.tenant()
  const client = createTestClient(program.url, await program.seed.key(tenant, ['read', 'write', 'admin']))
  const emailTo = ['a@example.com', 'typo@Example.com', 'left@example.com', 'b@example.com']
  const { notificationChannel } = await mutate(client, 'createNotificationChannel', { name: 'mail', emailTo })
  const { id } = notificationChannel as unknown as { id: string }
  refused.add('typo@example.com').add('left@example.com')
  const messages = [{ channelId: decodeGlobalID(id).id, message: aMessage() }]
  await enqueued(program.app.postgres, tenant, messages, new Date(nowMs))
  const attempts = async () => {
    const { data } = await client.request<{ notifications: { nodes: object[] } }, object>(
      '{ notifications { nodes { status attempts { nodes { failure statusCode error } } } } }',
      {},
    )
    return data!.notifications.nodes[0] as { status: string; attempts: { nodes: { error: string }[] } }
  }
  const tried = (times: number) =>
    until(async () => {
      const found = await attempts()
      // Asked once more: the first may have read the message before its attempt was marked, and the attempts after it.
      return found.attempts.nodes.length === times && attempts()
    })
  await look()
  const first = await tried(1)
  expect(first).toMatchObject({
    status: 'PENDING',
    attempts: { nodes: [{ failure: 'REJECTED', statusCode: 550 }] },
  })
  expect(first.attempts.nodes[0]!.error).toMatch(
    /refused typo@example\.com \(550\), left@example\.com \(550\)\. It took it for the 2 others/,
  )
  expect(got).toEqual([['a@example.com', 'b@example.com']])
  nowMs += 60_000
  await look()
  const second = await tried(2)
  expect(second.attempts.nodes[1]!.error).toMatch(
    /refused typo@example\.com \(550\), left@example\.com \(550\)\.$/,
  )
  expect(got).toHaveLength(1)
  // The address is mended, and another one is given up.
  await mutate(client, 'updateNotificationChannel', {
    id,
    emailTo: ['a@example.com', 'mended@example.com', 'b@example.com'],
  })
  nowMs += 3_600_000
  await look()
  expect(await tried(3)).toMatchObject({ status: 'DELIVERED' })
  expect(got.slice(1)).toEqual([['mended@example.com']])
})

test('a server that takes long for each address is left when the time of an attempt is over, well within its claim', async () => {
  expect(CLAIM_MS - SENDING_MS).toBeGreaterThanOrEqual(20_000)
  slowMs = 100
  const [before, ended] = [got.length, closed]
  const send = createSenders({
    mail,
    deadlineMs: 500,
    post: unasked,
    postToOperators: unasked,
    pagerDutyUrl: '',
    publicUrl: () => '',
  })
  const to = Array.from({ length: 20 }, (_, n) => `slow${n}@example.com`)
  const message = aMessage()
  const what = { id: 'x', message, channel: { id: 'c', name: 'c' }, subject: 's', text: 't', url: '' }
  expect(await send({ kind: 'EMAIL', to }, what, new Date())).toMatchObject({
    failure: { code: 'TIMED_OUT', error: 'The receiver had not taken it after 0.5 s.' },
  })
  await until(() => closed > ended)
  expect(got).toHaveLength(before)
})

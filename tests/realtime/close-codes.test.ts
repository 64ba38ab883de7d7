import { setTimeout as pause } from 'node:timers/promises'
import { getOperationAST } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { SlowConsumerError } from '../../src/platform/bus/reader.ts'
import { storeUnavailable } from '../../src/platform/errors.ts'
import { feedOf } from '../../src/platform/iterate/feed.ts'
import { startApp, type TestApp } from '../testkit/app.ts'
import { createTestClient } from '../testkit/client.ts'
import { failing, silent } from './bus.testkit.ts'
import { openAcknowledged, openRaw } from '../testkit/raw-socket.ts'

const LIVE = 'subscription { incidentChanged { __typename } }'
const SECRET = 'the words of a driver'

/** Breaks where no stream has a last word any more. */
const breaking: Plugin = {
  onSubscribe: ({ args }) => {
    if (getOperationAST(args.document)?.name?.value === 'Broken') throw new TypeError(SECRET)
  },
}

let program: TestApp
let key: string
beforeAll(async () => {
  program = await startApp({ plugins: [breaking], log: silent })
  ;({ key } = await program.seed.tenant())
})
afterAll(() => program.stop())

const acknowledged = () => openAcknowledged(program.url, key)
const operation = (id: string, query = LIVE) => ({ id, type: 'subscribe', payload: { query } })
const init = (token: string) => ({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } })

test.each([
  ['no JSON', 'nope'],
  ['no object', [operation('1')]],
  ['of no known type', { type: 'nope' }],
  ["the server's to send", { type: 'connection_ack' }],
  ['an operation without an id', { type: 'subscribe', payload: { query: LIVE } }],
  ['an operation that is a list', { id: '1', type: 'subscribe', payload: [{ query: LIVE }] }],
  ['an operation whose name is no text', { ...operation('1'), payload: { query: LIVE, operationName: {} } }],
])('4400: a message that is %s', async (_what, message) => {
  const raw = await acknowledged()
  raw.send(message)
  expect(await raw.closed()).toBe('4400 Invalid message received')
  expect(raw.untaken()).toEqual([])
})

test('4400: an operation id that is longer than any library makes', async () => {
  const raw = await acknowledged()
  raw.send(operation('x'.repeat(200), '{ __typename }'))
  expect(await raw.next()).toMatchObject({ id: 'x'.repeat(200), type: 'next' })
  raw.send(operation('x'.repeat(201)))
  expect(await raw.closed()).toBe('4400 An operation id has at most 200 characters')
})

test('4401: an operation without a connection_init', async () => {
  const raw = await openRaw(program.url)
  raw.send(operation('1', '{ __typename }'))
  expect(await raw.closed()).toBe('4401 Unauthorized')
  expect(raw.untaken()).toEqual([])
})

test('4401: an operation right after connection_init, before its connection_ack', async () => {
  const raw = await openRaw(program.url)
  raw.send(init((await program.seed.tenant()).key), operation('1', '{ __typename }'))
  expect(await raw.closed()).toBe('4401 Unauthorized')
  expect(raw.untaken()).toEqual([])
})

test.each([
  ['is no key', () => 'hg_nope'],
  ['has a typing error', () => `${key}x`],
  ['is a token of nobody', () => 'e30.e30.e30'],
])('4403: a credential that %s', async (_what, credential) => {
  const raw = await openRaw(program.url)
  raw.send(init(credential()))
  expect(await raw.closed()).toBe('4403 Forbidden')
  expect(raw.untaken()).toEqual([])
})

test('1009: a message that is larger than a body may be', async () => {
  const raw = await acknowledged()
  raw.send({ ...operation('1'), more: 'x'.repeat(2 << 20) })
  expect(await raw.closed()).toBe('1009 ')
})

test('1013: a credential that can not be checked, as Postgres does not answer', async () => {
  const { key: unknownYet } = await program.seed.tenant()
  const away = storeUnavailable('Postgres', new Error(SECRET))
  vi.spyOn(program.app.postgres, 'query').mockRejectedValueOnce(away)
  const raw = await openRaw(program.url)
  raw.send(init(unknownYet))
  expect(await raw.closed()).toBe('1013 Try again later')
})

test.each(['', 'graphql-nothing', 'graphql-ws, graphql-nothing'])(
  '4406: the subprotocol "%s"',
  async (protocol) => {
    const raw = await openRaw(program.url, { protocol })
    expect(await raw.closed()).toBe('4406 Subprotocol not acceptable')
  },
)

test('400 and no WebSocket: the legacy subprotocol', async () => {
  const raw = await openRaw(program.url, { protocol: 'graphql-ws' })
  expect(raw.status).toBe(400)
  expect(await raw.closed()).toBe('cut')
})

test('4409: an operation id that is in use', async () => {
  const raw = await acknowledged()
  raw.send(operation('x'), operation('x'))
  expect(await raw.closed()).toBe('4409 Subscriber for x already exists')
})

test('4429: a second connection_init', async () => {
  const raw = await acknowledged()
  raw.send({ type: 'connection_init' })
  expect(await raw.closed()).toBe('4429 Too many initialisation requests')
})

test('4290: a stream whose reader is too slow, with its cursor as the reason', async () => {
  const { bus } = program.app
  // For each that asks: an operation of the test before may come late, and take the only one away.
  const subscribe = vi
    .spyOn(bus, 'subscribe')
    .mockImplementation(async () => feedOf(failing(new SlowConsumerError('12-3'))))
  onTestFinished(() => subscribe.mockRestore())
  const raw = await acknowledged()
  raw.send(operation('1'))
  expect(await raw.closed()).toBe('4290 12-3')
  expect(raw.untaken()).toEqual([])
})

test('1013: something that breaks here, and nothing is said of why', async () => {
  const raw = await acknowledged()
  raw.subscribe('1', 'subscription Broken { incidentChanged { __typename } }')
  expect(await raw.closed()).toBe('1013 Internal server error')
  expect(JSON.stringify(raw.untaken())).not.toContain(SECRET)
})

test('1001: the server stops', async () => {
  const second = await program.beside()
  const raw = await openAcknowledged(second.url, key)
  const stopped = second.stop()
  expect(await raw.closed()).toBe('1001 Going away')
  await stopped
})

test('4408: no connection_init in time', async () => {
  const impatient = await startApp({ timeouts: { connectionInitMs: 50 } })
  try {
    const raw = await openRaw(impatient.url)
    expect(await raw.closed()).toBe('4408 Connection initialisation timeout')
  } finally {
    await impatient.stop()
  }
})

test('what a client still sends after the close is not begun, nor what waits for its turn', async () => {
  const { key: own } = await program.seed.tenant()
  const raw = await openAcknowledged(program.url, own, { answersClose: false })
  const open = (id: string) =>
    operation(id, 'mutation { openIncident(input: { title: "x", severity: LOW }) { __typename } }')
  // The second message closes it; the others came in the same chunk, or come although it was closed.
  raw.send(operation('x'), operation('x'), ...Array.from({ length: 50 }, (_, n) => open(`a${n}`)))
  expect(await raw.closed()).toBe('4409 Subscriber for x already exists')
  raw.send(...Array.from({ length: 50 }, (_, n) => open(`b${n}`)))
  await pause(300) // nothing tells that nothing happened
  const { data } = await createTestClient(program.url, own).request(
    '{ incidents(first: 1) { nodes { number } } }',
  )
  expect(data).toEqual({ incidents: { nodes: [] } })
})

test('no code, as nobody is there to read it: a client that answers no ping is cut', async () => {
  const impatient = await startApp({ timeouts: { pingMs: 100 } })
  try {
    const [there, vanished] = [
      await openRaw(impatient.url),
      await openRaw(impatient.url, { answersPings: false }),
    ]
    expect(await vanished.closed()).toBe('cut')
    expect(there.isOpen()).toBe(true)
  } finally {
    await impatient.stop()
  }
})

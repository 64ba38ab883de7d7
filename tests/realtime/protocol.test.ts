import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Plugin } from 'graphql-yoga'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import { anonymous } from '../../src/auth/viewer.ts'
import { createGraph } from '../../src/graphql/yoga.ts'
import { uuidv7, type TenantId } from '../../src/platform/ids.ts'
import { createLogger } from '../../src/platform/logger.ts'
import { createOpenSessions } from '../../src/server/open-sessions.ts'
import { createWebSockets } from '../../src/server/websocket.ts'
import { graphql } from '../graphql/gql.ts'
import { startApp, type TestApp } from '../testkit/app.ts'
import { createTestClient } from '../testkit/client.ts'
import { globalId } from '../testkit/seed.ts'
import { eventually, settled } from '../testkit/waiters.ts'

const Resumed = graphql(`
  subscription Resumed($after: String) {
    incidentChanged(after: $after) {
      __typename
      ... on IncidentChanged {
        cursor
        number
      }
      ... on Resync {
        reason
      }
    }
  }
`)

let program: TestApp
let tenant: TenantId
let key: string
beforeAll(async () => {
  program = await startApp()
  ;({ tenant, key } = await program.seed.tenant())
})
afterAll(() => program.stop())

type Message = { type: string; id?: string; payload?: never }
const PROTOCOL = 'graphql-transport-ws'

/** A socket that speaks in frames; with `init` it is past the handshake. */
const connect = async (
  options: {
    url?: string
    protocols?: string[]
    init?: object | false
    headers?: Record<string, string>
  } = {},
) => {
  const {
    url = program.url,
    protocols = [PROTOCOL],
    init = { authorization: `Bearer ${key}` },
    headers = {},
  } = options
  const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, protocols, { headers })
  onTestFinished(() => socket.terminate())
  const waiting: ((message: Message) => void)[] = []
  const come: Message[] = []
  socket.on('message', (data: Buffer) => {
    const message = JSON.parse(data.toString()) as Message
    const take = waiting.shift()
    if (take) take(message)
    else come.push(message)
  })
  const closed = new Promise<string>((resolve) =>
    socket.once('close', (code, reason) => resolve(`${code} ${String(reason)}`)),
  )
  await once(socket, 'open')
  const next = (): Promise<Message> => {
    const message = come.shift()
    return message
      ? Promise.resolve(message)
      : settled(new Promise((resolve) => void waiting.push(resolve)), 5_000, 'a message')
  }
  const send = (message: unknown): void =>
    socket.send(typeof message === 'string' ? message : JSON.stringify(message))
  const subscribe = (id: string, query: string, variables: object = {}): void =>
    send({ id, type: 'subscribe', payload: { query, variables } })
  if (init) {
    send({ type: 'connection_init', payload: init })
    expect(await next()).toEqual({ type: 'connection_ack' })
  }
  return { socket, send, next, subscribe, closed: () => settled(closed, 5_000, 'the close') }
}
const forever = 'subscription { incidentChanged { __typename } }'

const violations: [why: string, init: object | false, frames: unknown[], close: string][] = [
  ['a message that is no JSON', undefined as never, ['nope'], '4400 Invalid message received'],
  ['a message of no known type', undefined as never, [{ type: 'nope' }], '4400 Invalid message received'],
  [
    'an operation before connection_ack',
    false,
    [{ id: '1', type: 'subscribe', payload: { query: forever } }],
    '4401 Unauthorized',
  ],
  [
    'a bad key',
    false,
    [{ type: 'connection_init', payload: { authorization: 'Bearer hg_nope' } }],
    '4403 Forbidden',
  ],
  [
    'the same id twice',
    undefined as never,
    [1, 2].map(() => ({ id: 'x', type: 'subscribe', payload: { query: forever } })),
    '4409 Subscriber for x already exists',
  ],
  [
    'a second connection_init',
    undefined as never,
    [{ type: 'connection_init' }],
    '4429 Too many initialisation requests',
  ],
]
test.each(violations)('%s closes the socket with its code', async (_why, init, frames, close) => {
  const { send, closed } = await connect(init === false ? { init } : {})
  for (const frame of frames) send(frame)
  expect(await closed()).toMatch(new RegExp(`^${close}`))
})

test('a client without the subprotocol is closed with 4406, one with the old one is told 400', async () => {
  const { closed } = await connect({ protocols: [], init: false })
  expect(await closed()).toBe('4406 Subprotocol not acceptable')
  const old = new WebSocket(`${program.url.replace('http', 'ws')}/graphql`, 'graphql-ws')
  const [, response] = (await once(old, 'unexpected-response')) as [unknown, { statusCode: number }]
  expect(response.statusCode).toBe(400)
  old.once('error', () => undefined) // the end of a request that was never a socket
  old.terminate()
})

const authenticate = () => Promise.resolve(anonymous)

/** The graph on a server of its own, with the settings that only a test wants. */
const serve = async (options: { connectionInitMs?: number; plugins?: Plugin[] }) => {
  const log = createLogger({ level: 'error', format: 'pretty' })
  const yoga = createGraph({ modules: program.app.modules, log, plugins: options.plugins ?? [] })
  const http = createServer()
  const sessions = createOpenSessions({ authenticate })
  const { connectionInitMs = 10_000 } = options
  const websockets = createWebSockets({
    http,
    yoga,
    authenticate,
    sessions,
    maxPayloadBytes: 65_536,
    connectionInitMs,
    log,
  })
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  onTestFinished(async () => {
    sessions.stop()
    await websockets.close()
    http.close()
  })
  return { url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`, yoga }
}

test('a client that says nothing is closed with 4408', async () => {
  const { url } = await serve({ connectionInitMs: 50 })
  const { closed } = await connect({ url, init: false })
  expect(await closed()).toBe('4408 Connection initialisation timeout')
})

test('a ping is answered, and a query and a mutation run over the socket as over HTTP', async () => {
  const { send, next, subscribe } = await connect()
  send({ type: 'ping', payload: { n: 1 } })
  expect(await next()).toEqual({ type: 'pong', payload: { n: 1 } })
  subscribe('q', '{ viewer { scopes } }')
  expect(await next()).toEqual({
    id: 'q',
    type: 'next',
    payload: { data: { viewer: { scopes: ['INGEST', 'READ', 'WRITE'] } } },
  })
  expect(await next()).toEqual({ id: 'q', type: 'complete' })
  subscribe('m', 'mutation { openIncident(input: { title: "x", severity: LOW }) { __typename } }')
  expect(await next()).toMatchObject({
    id: 'm',
    payload: { data: { openIncident: { __typename: 'Incident' } } },
  })
  expect(await next()).toEqual({ id: 'm', type: 'complete' })
})

test('the key of the upgrade request serves when connection_init brings none', async () => {
  const { next, subscribe } = await connect({ init: {}, headers: { 'x-api-key': key } })
  subscribe('q', '{ tenant { id } }')
  expect(await next()).toMatchObject({ payload: { data: { tenant: { id: globalId('Tenant', tenant) } } } })
})

const anyId = expect.stringMatching(/^[0-9a-f-]{36}$/) as unknown
test('a document that is refused is an error message with its code, and the socket stays', async () => {
  const { next, subscribe } = await connect()
  const ids = new Set<string>()
  for (const [query, code] of [
    ['{ viewer ', 'GRAPHQL_PARSE_FAILED'],
    ['{ viewer ', 'GRAPHQL_PARSE_FAILED'],
    ['{ nope }', 'GRAPHQL_VALIDATION_FAILED'],
    ['{ nope }', 'GRAPHQL_VALIDATION_FAILED'],
    ['query A { viewer { scopes } } query B { viewer { scopes } }', 'BAD_REQUEST'],
  ]) {
    subscribe('1', query!)
    const answer = await next()
    expect(answer).toMatchObject({
      id: '1',
      type: 'error',
      payload: [{ extensions: { code, requestId: anyId } }],
    })
    const [{ extensions }] = answer.payload as unknown as [{ extensions: Record<string, string> }]
    expect(Object.keys(extensions).toSorted((a, b) => a.localeCompare(b))).toEqual(['code', 'requestId'])
    ids.add(extensions.requestId!)
  }
  expect(ids.size).toBe(5)
  subscribe('1', '{ viewer { scopes } }')
  expect(await next()).toMatchObject({ type: 'next' })
})

test('a subscription that can not begin is told with its code and completed', async () => {
  const { next, subscribe } = await connect()
  const absent = globalId('Stream', uuidv7())
  for (const [query, code] of [
    ['subscription { incidentChanged(after: "nope") { __typename } }', 'BAD_REQUEST'],
    [`subscription { viewerMetrics(streamId: "${absent}") { viewers } }`, 'NOT_FOUND'],
    ['subscription { viewerMetrics(streamId: "nope") { viewers } }', 'BAD_REQUEST'],
    ['subscription { tenantViewers(maxPerSecond: 5) { viewers } }', 'BAD_REQUEST'],
  ]) {
    subscribe('1', query!)
    expect(await next(), query).toMatchObject({
      payload: { errors: [{ extensions: { code, requestId: anyId } }] },
    })
    expect(await next(), query).toEqual({ id: '1', type: 'complete' })
  }
})

const nothingLeft = () =>
  eventually(() => {
    const { bus, liveViewers } = program.app.modules
    expect([bus.openTails(), liveViewers.openTenants()]).toEqual([0, 0])
  }, 12_000)

test('200 operations that come and go, half of them before their first value, leave nothing behind', async () => {
  const { send, next, subscribe, socket } = await connect()
  const sources = ['subscription { tenantViewers { viewers } }', forever]
  for (let n = 0; n < 200; n++) {
    const id = String(n)
    subscribe(id, sources[n % 2]!)
    if (n % 4 === 0) {
      let message: Message
      do message = await next()
      while (message.id !== id) // values of an operation that was completed just now
      expect(message).toMatchObject({ type: 'next' })
    }
    send({ id, type: 'complete' })
  }
  // Whatever follows is answered: nothing of before holds the socket up.
  subscribe('last', '{ viewer { scopes } }')
  let message: Message
  do message = await next()
  while (message.id !== 'last')
  expect(program.app.modules.liveViewers.openTenants()).toBe(1)
  await nothingLeft()
  expect(socket.readyState).toBe(WebSocket.OPEN)
}, 40_000)

test('fifty equal operations over HTTP, SSE and WebSocket are parsed and validated once', async () => {
  const count = { parsed: 0, validated: 0 }
  const counting: Plugin = {
    onParse: ({ parseFn, setParseFn }) =>
      setParseFn((...args) => {
        count.parsed++
        return parseFn(...args)
      }),
    onValidate: ({ validateFn, setValidationFn }) =>
      setValidationFn((...args) => {
        count.validated++
        return validateFn(...args)
      }),
  }
  const { url, yoga } = await serve({ plugins: [counting] })
  const query = '{ viewer { scopes } } # asked fifty times'
  const fetched = async (path: string, accept: string) => {
    const context = { viewer: anonymous, requestId: uuidv7(), transport: 'http' as const }
    const response = await yoga.fetch(
      `http://graph${path}`,
      {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept },
        body: JSON.stringify({ query }),
      },
      context,
    )
    expect(await response.text()).toContain('{"data":{"viewer":null}}')
  }
  for (let n = 0; n < 10; n++) {
    await fetched('/graphql', 'application/json')
    await fetched('/graphql', 'text/event-stream')
    await fetched('/graphql/stream', 'text/event-stream')
  }
  const { subscribe, next } = await connect({ url, init: {} })
  for (let n = 0; n < 20; n++) {
    subscribe('1', query)
    expect(await next()).toMatchObject({ payload: { data: { viewer: null } } })
    expect(await next()).toMatchObject({ type: 'complete' })
  }
  expect(count).toEqual({ parsed: 1, validated: 1 })
})

/** An SSE client that has its first value; the result breaks the connection. */
const listen = async (path: string): Promise<() => Promise<void>> => {
  const leave = new AbortController()
  const response = await fetch(`${program.url}${path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'text/event-stream',
      authorization: `Bearer ${key}`,
    },
    body: JSON.stringify({ query: 'subscription { tenantViewers { viewers } }' }),
    signal: leave.signal,
  })
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  while (!text.includes('"viewers":0')) text += (await reader.read()).value
  expect(text).toContain('event: next')
  return async () => {
    leave.abort()
    await expect(reader.read()).rejects.toThrow('aborted')
  }
}

test('a socket and SSE clients that break without a word free all their sources', async () => {
  const leavers = await Promise.all(['/graphql', '/graphql/stream'].map(listen))
  const { subscribe, next, socket } = await connect()
  subscribe('1', forever)
  subscribe('2', 'subscription { tenantViewers { viewers } }')
  expect(await next()).toMatchObject({ id: '2', type: 'next' })
  expect(program.app.modules.liveViewers.openTenants()).toBe(1)
  socket.terminate()
  await Promise.all(leavers.map((leave) => leave()))
  await nothingLeft()
})

const read = async (
  values: AsyncIterator<{ data?: { incidentChanged: object } | null | undefined }>,
  many: number,
) => {
  const changes: { cursor: string; number: number }[] = []
  while (changes.length < many)
    changes.push(
      (await settled(values.next(), 10_000, 'a change')).value.data.incidentChanged as (typeof changes)[0],
    )
  return changes
}

const transports = ['WebSocket', 'SSE', 'SSE single connection'] as const
test.each(transports)('after a break, `after` brings exactly what was missed, over %s', async (transport) => {
  const own = await program.seed.tenant()
  const client = createTestClient(program.url, own.key)
  const live = () =>
    transport === 'WebSocket' ? client.webSocket() : client.sse(transport === 'SSE single connection')
  const { bus } = program.app.modules
  const before = bus.openTails()
  const first = live()
  const values = first.subscribe(Resumed)
  const waiting = read(values, 2)
  await eventually(() => expect(bus.openTails()).toBe(before + 1))
  await program.seed.incident(own.tenant)
  await program.seed.incident(own.tenant)
  const [one, two] = await waiting
  expect([one?.number, two?.number]).toEqual([1, 2])
  await values.return?.()
  await first.close()

  for (let n = 0; n < 3; n++) await program.seed.incident(own.tenant)
  const second = live()
  const resumed = second.subscribe(Resumed, { after: one!.cursor })
  expect((await read(resumed, 4)).map(({ number }) => number)).toEqual([2, 3, 4, 5])
  const following = read(resumed, 1)
  await program.seed.incident(own.tenant)
  expect((await following)[0]!.number).toBe(6)
  await resumed.return?.()
  await second.close()
})

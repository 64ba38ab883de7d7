import { once } from 'node:events'
import { createServer, get, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { GraphQLError, type ExecutionResult } from 'graphql'
import { createSchema, createYoga } from 'graphql-yoga'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import type { Viewer } from '../../src/auth/viewer.ts'
import { createErrorMask } from '../../src/graphql/errors.ts'
import { useSse } from '../../src/graphql/plugins/sse.ts'
import { MAX_OPERATIONS } from '../../src/graphql/limits/operations.ts'
import { attachCursor } from '../../src/graphql/plugins/shared-execution.text.ts'
import { SlowConsumerError } from '../../src/platform/bus/reader.ts'
import type { Results } from '../../src/graphql/plugins/sse-operation.ts'
import { SseStream } from '../../src/graphql/plugins/sse-stream.ts'
import { createSseStreams } from '../../src/graphql/plugins/sse-streams.ts'
import { acceptsOf } from '../../src/platform/http/accept.ts'
import { uuidv7, type TenantId } from '../../src/platform/ids.ts'
import type { ServerContext } from '../../src/graphql/context.ts'
import { sendAnswer } from '../../src/server/answer.ts'
import { answerWith } from '../testkit/event-stream.ts'
import { startApp, type TestApp } from '../testkit/app.ts'
import { eventually, settled, standsStill } from '../testkit/waiters.ts'
import { silent } from './bus.testkit.ts'

const TOKEN = 'x-graphql-event-stream-token'
const LIVE = 'subscription { tenantViewers { viewers } }'
const CHANGES = 'subscription { incidentChanged { __typename ... on IncidentChanged { number } } }'

const goneOf = (response: ServerResponse): AbortSignal => {
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  return gone.signal
}

let program: TestApp
beforeAll(async () => {
  program = await startApp()
})
afterAll(() => program.stop())

const endpoint = async (at: TestApp | { url: string } = program, given?: string) => {
  const key = given ?? (await program.seed.tenant()).key
  const address = `${at.url}/graphql/stream`
  const ask = (method: string, headers: Record<string, string> = {}, body?: unknown, search = '') =>
    fetch(`${address}${search}`, {
      method,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
  const reserve = async () => (await ask('PUT')).text()
  const open = async () => {
    const token = await reserve()
    const response = await ask('GET', { [TOKEN]: token, accept: 'text/event-stream' })
    expect(response.status).toBe(200)
    let text = ''
    const ended = (async () => {
      for await (const part of response.body!.pipeThrough(new TextDecoderStream())) text += part
      return text
    })()
    ended.catch(() => undefined) // each test that cares awaits it
    const run = (operationId: string, query: string) =>
      ask('POST', { [TOKEN]: token }, { query, extensions: { operationId } })
    const end = (operationId: string) =>
      ask('DELETE', { [TOKEN]: token }, undefined, `?operationId=${operationId}`)
    return { token, run, end, ended, text: () => text }
  }
  return { key, address, ask, reserve, open }
}

const refusal = async (response: Response) => {
  const { errors } = (await response.json()) as { errors: { extensions: object; message: string }[] }
  expect(errors).toHaveLength(1)
  expect(errors[0]!.extensions).toMatchObject({ requestId: response.headers.get('x-request-id') })
  expect(errors[0]!.message).not.toMatch(/Unexpected|JSON at|position/)
  return `${response.status} ${(errors[0]!.extensions as { code: string }).code}`
}

test('a socket that does not read holds the source back, and gets everything in order when it reads', async () => {
  const payload = 'x'.repeat(10_000)
  const viewer: Viewer = { kind: 'apiKey', id: '', name: '', tenant: uuidv7() as TenantId, scopes: new Set() }
  let [made, freed] = [0, false]
  const yoga = createYoga<ServerContext>({
    schema: createSchema({
      typeDefs: 'type Query { n: Int } type Subscription { n: String }',
      resolvers: {
        Subscription: {
          n: {
            async *subscribe() {
              try {
                for (;;) yield { n: `${++made}:${payload}` }
              } finally {
                freed = true
              }
            },
          },
        },
      },
    }),
    logging: false,
    plugins: [
      useSse({
        endpoint: '/graphql/stream',
        mask: createErrorMask(silent),
        stopping: new AbortController().signal,
      }),
    ],
  })
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const context = {
      viewer,
      requestId: uuidv7(),
      transport: 'http',
      gone: goneOf(response),
      accepts: acceptsOf(request.headers.accept),
    } as ServerContext
    await sendAnswer(await yoga.handleNodeRequestAndResponse(request, response, context), request, response)
  }
  const server = createServer((request, response) => void answer(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const { key, ask, reserve, address } = await endpoint({ url })
  const token = await reserve()
  const request = get(`${address}?token=${token}`, {
    headers: { accept: 'text/event-stream', authorization: `Bearer ${key}` },
  })
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  expect(response.statusCode).toBe(200)
  const body = { query: 'subscription { n }', extensions: { operationId: '1' } }
  expect((await ask('POST', { [TOKEN]: token }, body)).status).toBe(202)
  const before = await standsStill(() => made)
  expect(before * payload.length).toBeLessThan(16_000_000) // what the two sockets' buffers hold
  let text = ''
  response.setEncoding('utf8').on('data', (part: string) => (text += part))
  await eventually(() => expect(made).toBeGreaterThan(before * 2))
  response.destroy()
  await eventually(() => expect(freed).toBe(true))
  const numbers = [...text.matchAll(/"n":"(\d+):/g)].map(([, number]) => Number(number))
  expect(numbers).toEqual(numbers.map((_, index) => index + 1))
})

test('operations whose stream is not read ask their sources no more, and 100 of them are the most', async () => {
  let asked = 0
  const payload = 'x'.repeat(10_000)
  const stream = new SseStream(() => {})
  const endless = async function* (): AsyncGenerator<ExecutionResult> {
    for (;;) yield { data: { n: ++asked, payload } }
  }
  for (let n = 0; n < MAX_OPERATIONS; n++) await stream.run(String(n), () => Promise.resolve(endless()))
  await expect(stream.run('one more', () => Promise.resolve(endless()))).rejects.toMatchObject({
    code: 'LIMIT_EXCEEDED',
  })
  expect(asked).toBe(0) // nobody listens yet
  const answer = await answerWith(stream)
  const stood = await standsStill(() => asked)
  expect(stood).toBeGreaterThan(0)
  expect(stood * payload.length).toBeLessThan(16_000_000) // what the two sockets' buffers hold
  for (let n = 0; n < MAX_OPERATIONS; n++) stream.end(String(n))
  await stream.run('again', () => Promise.resolve({ data: { last: true } }))
  stream.finish()
  const text = await answer.text()
  expect(text.slice(text.indexOf('event: next\ndata: {"id":"again"'))).toBe(
    'event: next\ndata: {"id":"again","payload":{"data":{"last":true}}}\n\n' +
      'event: complete\ndata: {"id":"again"}\n\n',
  )
})

test('answers that nobody takes count as under way: a client that does not read is not answered without end', async () => {
  const stream = new SseStream(() => {})
  const answer = (n: number) => stream.run(String(n), () => Promise.resolve({ data: { n } }))
  for (let n = 0; n < MAX_OPERATIONS; n++) await answer(n)
  await expect(answer(MAX_OPERATIONS)).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' })
  const client = await answerWith(stream)
  await eventually(() => answer(MAX_OPERATIONS)) // it was taken, so there is room
  stream.finish()
  const text = await client.text()
  expect([...text.matchAll(/"data":\{"n":(\d+)\}/g)].map(([, n]) => Number(n))).toEqual(
    Array.from({ length: MAX_OPERATIONS + 1 }, (_, n) => n),
  )
})

test('a stream takes several operations, ends one by DELETE, and its id is free again', async () => {
  const { open } = await endpoint()
  const stream = await open()
  expect((await stream.run('1', LIVE)).status).toBe(202)
  expect((await stream.run('2', '{ viewer { scopes } }')).status).toBe(202)
  await eventually(() => {
    expect(stream.text()).toContain('{"id":"1","payload":{"data":{"tenantViewers"')
    expect(stream.text()).toContain('event: complete\ndata: {"id":"2"}')
  })
  expect(await refusal(await stream.run('1', LIVE))).toBe('409 CONFLICT')
  expect((await stream.end('1')).status).toBe(200)
  await eventually(() => expect(program.app.modules.viewers.live.open()).toBe(0), 12_000)
  expect((await stream.run('1', '{ viewer { scopes } }')).status).toBe(202)
  await eventually(() => expect(stream.text()).toContain('event: complete\ndata: {"id":"1"}'))
})

test('a reservation needs a credential', async () => {
  const nobody = await fetch(`${program.url}/graphql/stream`, { method: 'PUT' })
  expect(await refusal(nobody)).toBe('401 UNAUTHENTICATED')
  expect((await (await endpoint()).ask('PUT')).status).toBe(201)
})

test('10,000 unopened reservations are the most that one credential may have', () => {
  const streams = createSseStreams()
  const opened = streams.open('mark', streams.reserve('mark', undefined)) // does not count
  const tokens = Array.from({ length: 10_000 }, () => streams.reserve('mark', undefined))
  const refused = vi.fn<() => string>(() => streams.reserve('mark', undefined))
  expect(refused).toThrow('10000 streams of this key are reserved')
  expect(refused.mock.results[0]!.value).toMatchObject({ code: 'RATE_LIMITED', retryAfterSeconds: 30 })
  expect(streams.reserve('another', undefined)).toMatch(/another$/)
  streams.open('mark', tokens[5_000]!).close()
  expect(streams.reserve('mark', undefined)).toMatch(/mark$/)
  expect(refused).toThrow('10000 streams of this key are reserved')
  opened.close()
  streams.stop()
})

test('what was reserved and not opened within 30 s is forgotten, and makes room', () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const streams = createSseStreams()
  const tokens = Array.from({ length: 10_000 }, () => streams.reserve('mark', undefined))
  vi.advanceTimersByTime(29_999)
  const opened = streams.open('mark', tokens[0]!)
  vi.advanceTimersByTime(1)
  expect(() => streams.open('mark', tokens[1]!)).toThrow('Stream not found')
  expect(streams.find('mark', tokens[0])).toBe(opened)
  expect(streams.reserve('mark', undefined)).not.toBe(tokens[1])
  opened.close()
  streams.stop()
  expect(vi.getTimerCount()).toBe(0)
})

test("a token is worth nothing with another tenant's key, and nothing without one", async () => {
  const [mine, theirs] = [await endpoint(), await endpoint()]
  const token = await mine.reserve()
  const bearing = { [TOKEN]: token }
  const others: Record<string, string>[] = [bearing, { ...bearing, authorization: '' }]
  for (const headers of others) {
    const operation = { query: LIVE, extensions: { operationId: '1' } }
    expect(await refusal(await theirs.ask('POST', headers, operation))).toBe('404 NOT_FOUND')
    expect(await refusal(await theirs.ask('DELETE', headers))).toBe('404 NOT_FOUND')
    const listening = await theirs.ask('GET', { ...headers, accept: 'text/event-stream' })
    expect(await refusal(listening)).toBe('404 NOT_FOUND')
  }
  const opened = await mine.ask('GET', { ...bearing, accept: 'text/event-stream' })
  expect(opened.status).toBe(200)
  await opened.body?.cancel()
})

test('everything that is refused is told in one form, with a code of the closed list', async () => {
  const { ask, reserve, open } = await endpoint()
  const events = { accept: 'text/event-stream' }
  const reserved = { [TOKEN]: await reserve() }
  const operation = { query: LIVE, extensions: { operationId: '1' } }
  expect(await refusal(await ask('POST', reserved, operation))).toBe('409 CONFLICT') // not open yet
  expect(await refusal(await ask('PUT', reserved))).toBe('409 CONFLICT')
  expect(await refusal(await ask('GET', { ...events, [TOKEN]: 'nope' }))).toBe('404 NOT_FOUND')
  expect(await refusal(await ask('POST', {}, operation))).toBe('404 NOT_FOUND')
  expect(await refusal(await ask('DELETE', { [TOKEN]: 'nope' }))).toBe('404 NOT_FOUND')
  const patch = await ask('PATCH')
  expect(patch.headers.get('allow')).toBe('GET, POST, PUT, DELETE')
  expect(await refusal(patch)).toBe('405 METHOD_NOT_ALLOWED')
  const { token } = await open()
  const opened = { [TOKEN]: token }
  expect(await refusal(await ask('GET', { ...events, ...opened }))).toBe('409 CONFLICT')
  expect(await refusal(await ask('DELETE', opened))).toBe('400 BAD_REQUEST')
  for (const body of ['{"query": nope', '[]', { query: 1 }, { query: LIVE }])
    expect(await refusal(await ask('POST', opened, body))).toBe('400 BAD_REQUEST')
  expect(await refusal(await ask('POST', { ...opened, 'content-type': 'text/plain' }, operation))).toBe(
    '415 UNSUPPORTED_MEDIA_TYPE',
  )
  expect(await refusal(await ask('POST', { ...opened, authorization: 'Bearer hg_nope' }, operation))).toBe(
    '401 UNAUTHENTICATED',
  )
})

test('a drain ends the stream, also one without any operation, and completes no live one', async () => {
  const second = await program.beside()
  const { open, key } = await endpoint(second)
  const stream = await open()
  expect((await stream.run('state', LIVE)).status).toBe(202)
  expect((await stream.run('events', CHANGES)).status).toBe(202)
  await eventually(() => expect(stream.text()).toContain('{"id":"state","payload"'))
  const idle = await (await endpoint(second, key)).open()
  const stopped = second.stop()
  // A connection that is cut fails the read; this is the clean end of the body.
  const text = await settled(stream.ended, 5_000, 'the end of the stream')
  expect(text).not.toContain('event: complete')
  expect(await settled(idle.ended, 5_000, 'the end of the idle stream')).toMatch(/^retry: \d+\n\n$/)
  await settled(stopped, 5_000, 'the stop')
})

test('what a drain meets half-way: an answer is completed, and a live operation that begins too late is not', async () => {
  const stream = new SseStream(() => {})
  const [query, live, refused] = [
    Promise.withResolvers<Results>(),
    Promise.withResolvers<Results>(),
    Promise.withResolvers<Results>(),
  ]
  const late = (async function* (): AsyncGenerator<ExecutionResult> {
    yield { data: { never: true } }
  })()
  const running = [
    stream.run('query', () => query.promise),
    stream.run('late', () => live.promise),
    stream.run('too late', () => refused.promise),
  ]
  stream.finish()
  live.resolve(late)
  refused.resolve({ errors: [new GraphQLError('stopping', { extensions: { code: 'SHUTTING_DOWN' } })] })
  query.resolve({ data: { n: 1 } })
  await Promise.all(running)
  expect((await (await answerWith(stream)).text()).split('\n\n').slice(1, -1)).toEqual([
    'event: next\ndata: {"id":"query","payload":{"data":{"n":1}}}',
    'event: complete\ndata: {"id":"query"}',
  ])
  expect(await late.next()).toEqual({ done: true, value: undefined })
})

test('a reader that was too slow is told where it goes on, and not that it is at the end', async () => {
  const stream = new SseStream(() => {})
  const cursor = '17-0'
  const slow = new SlowConsumerError(cursor)
  const last = attachCursor(
    { errors: [new GraphQLError(slow.message, { extensions: { ...slow.details, code: slow.code } })] },
    cursor,
  )
  await stream.run(undefined, () =>
    Promise.resolve(
      (async function* () {
        yield last
      })(),
    ),
  )
  const text = await settled((await answerWith(stream)).text(), 5_000, 'the end of the stream')
  expect(text).toMatch(/^retry: \d+\n\nevent: next\nid: 17-0\ndata: \{"errors":.*"SLOW_CONSUMER".*\}\n\n$/)
})

test("at Yoga's endpoint too: no proxy holds a stream back, each event has its id, and a browser that comes back with it misses nothing", async () => {
  const own = await program.seed.tenant()
  const get = async (more: Record<string, string> = {}) => {
    const leaving = new AbortController()
    const search = new URLSearchParams({
      query:
        'subscription { incidentChanged(withStart: true) { ... on IncidentChanged { number } ... on Resync { reason } } }',
    })
    const response = await fetch(`${program.url}/graphql?${search}`, {
      headers: { authorization: `Bearer ${own.key}`, accept: 'text/event-stream', ...more },
      signal: leaving.signal,
    })
    let text = ''
    const read = async (): Promise<void> => {
      for await (const part of response.body!.pipeThrough(new TextDecoderStream())) text += part
    }
    void read().catch(() => undefined) // it is left
    return { headers: response.headers, text: () => text, leave: () => leaving.abort() }
  }
  const first = await get()
  expect(first.headers.get('x-accel-buffering')).toBe('no')
  await eventually(() =>
    expect(first.text()).toMatch(/^retry: \d+\n\nevent: next\nid: \d+-\d+\ndata: .*STARTED/),
  )
  first.leave()
  for (let n = 0; n < 3; n++) await program.seed.incident(own.tenant)
  const id = /^id: (.*)$/m.exec(first.text())![1]!
  // Whoever takes events by a `*` gets a stream too, and so goes on where it was.
  for (const accept of ['text/event-stream', '*/*', 'text/*']) {
    const second = await get({ 'last-event-id': id, accept })
    await eventually(() =>
      expect([...second.text().matchAll(/"number":(\d)/g)].map(([, number]) => number)).toEqual([
        '1',
        '2',
        '3',
      ]),
    )
    expect(second.text()).not.toContain('STARTED')
    second.leave()
  }
  const garbage = await get({ 'last-event-id': 'x' })
  await eventually(() => expect(garbage.text()).toMatch(/BAD_REQUEST[^]*event: complete/))
})

import { METHODS } from 'node:http'
import { connect } from 'node:net'
import { once } from 'node:events'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { startApp, type TestApp } from '../testkit/app.ts'
import { parsed, speak } from '../testkit/raw-http.ts'
import { settled } from '../testkit/waiters.ts'

let program: TestApp
beforeAll(async () => {
  program = await startApp({ timeouts: { headersMs: 200, requestMs: 400, checkMs: 50 } })
})
afterAll(() => program.stop())

const HANDSHAKE = [
  'host: x',
  'connection: upgrade',
  'upgrade: websocket',
  'sec-websocket-version: 13',
  'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==',
]
const upgrade = (path: string, ...more: string[]): string =>
  [`GET ${path} HTTP/1.1`, ...HANDSHAKE, ...more, '', ''].join('\r\n')

/** What stacks and paths look like. */
const STACK = /\bat \S+ \(|node_modules|\.[cm]?[jt]s:\d|TypeError|node:internal/

/** Sent again and again, it finds out whether the server still has the connection. */
const drip = { text: 'x', everyMs: 20 }

const expectRefusal = (heard: string, status: number, code: string): void => {
  const answer = parsed(heard)
  expect(answer.status).toBe(status)
  const { error } = JSON.parse(answer.body) as { error: { code: string; requestId: string } }
  expect(error.code).toBe(code)
  expect(answer.headers.get('x-request-id')).toBe(error.requestId)
  expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
  expect(answer.headers.get('referrer-policy')).toBe('no-referrer')
  expect(answer.headers.get('cache-control')).toBe('no-store')
  expect(answer.headers.get('connection')).toBe('close')
}

test.each([
  ['is no HTTP', 'nonsense\r\n\r\n', 400, 'BAD_REQUEST'],
  [
    'has endless headers',
    `GET / HTTP/1.1\r\nhost: x\r\nx-a: ${'a'.repeat(20_000)}\r\n\r\n`,
    431,
    'BAD_REQUEST',
  ],
  ['never ends its headers', 'GET / HTTP/1.1\r\nhost: x\r\n', 408, 'TIMED_OUT'],
  ['upgrades another path', upgrade('/nowhere'), 404, 'NOT_FOUND'],
  [
    'is an upgrade of another site',
    upgrade('/graphql', 'origin: https://evil.example'),
    403,
    'FOREIGN_ORIGIN',
  ],
  ['speaks the old protocol', upgrade('/graphql', 'sec-websocket-protocol: graphql-ws'), 400, 'BAD_REQUEST'],
  [
    'has no key for its handshake',
    upgrade('/graphql').replace(/sec-websocket-key.*\r\n/, ''),
    400,
    'BAD_REQUEST',
  ],
  [
    'speaks another version of WebSockets',
    upgrade('/graphql').replace('version: 13', 'version: 8'),
    400,
    'BAD_REQUEST',
  ],
])(
  'a request that %s is refused like any other, and its connection ends',
  async (_what, text, status, code) => {
    expectRefusal(await settled(speak(program.url, text), 5_000, 'the end'), status, code)
  },
)

test('a handshake that is refused says which version is spoken', async () => {
  const heard = await settled(
    speak(program.url, upgrade('/graphql', 'sec-websocket-protocol: a,,b')),
    5_000,
    'the end',
  )
  expectRefusal(heard, 400, 'BAD_REQUEST')
  expect(parsed(heard).headers.get('sec-websocket-version')).toBe('13')
})

test('an upgrade that is one request too many is refused with the headers of the budget', async () => {
  const small = await startApp({ settings: { RATE_LIMIT_REQUESTS: '1' } })
  try {
    expect((await fetch(`${small.url}/graphql?query={__typename}`)).status).toBe(200)
    const heard = await settled(speak(small.url, upgrade('/graphql')), 5_000, 'the end')
    expectRefusal(heard, 429, 'RATE_LIMITED')
    const { headers } = parsed(heard)
    expect(headers.get('ratelimit-limit')).toBe('1')
    expect(headers.get('retry-after')).toBe(headers.get('ratelimit-reset'))
    // A preflight and the page of GraphiQL are requests too.
    expect((await fetch(`${small.url}/graphql`, { method: 'OPTIONS' })).status).toBe(429)
    const page = await fetch(`${small.url}/graphql`, { headers: { accept: 'text/html' } })
    expect(page.status).toBe(429)
    expect((await fetch(`${small.url}/ingest/viewer_samples`, { method: 'OPTIONS' })).status).toBe(429)
  } finally {
    await small.stop()
  }
})

test('a client that stays after its upgrade was refused is cut', async () => {
  const heard = await settled(speak(program.url, upgrade('/nowhere'), drip), 5_000, 'the cut')
  expect(parsed(heard).status).toBe(404)
})

test('a stop ends at its deadline, whoever holds a connection half open', async () => {
  const stopping = await startApp({ settings: { SHUTDOWN_TIMEOUT_MS: '300' } })
  const { hostname, port } = new URL(stopping.url)
  for (let count = 0; count < 5; count += 1) {
    const socket = connect({ port: Number(port), host: hostname, allowHalfOpen: true })
    onTestFinished(() => void socket.destroy())
    socket.on('error', () => undefined) // the cut
    socket.write(upgrade('/nowhere'))
    await once(socket, 'data')
  }
  await settled(stopping.stop(), 1_500, 'the stop')
})

test.each([
  [
    'an offer of HTTP/2',
    'connection: Upgrade, HTTP2-Settings, close\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABkAAQAAP__',
  ],
  ['a WebSocket for a POST', 'connection: upgrade, close\r\nupgrade: websocket'],
  ['what nobody can meet', 'connection: close\r\nexpect: miracles'],
])('a request with %s is answered as a plain one', async (_what, lines) => {
  const body = JSON.stringify({ query: '{ __typename }' })
  const head = `POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n`
  const { status, body: answer } = parsed(
    await settled(speak(program.url, `${head}${lines}\r\n\r\n${body}`), 5_000, 'the end'),
  )
  expect([status, answer]).toEqual([200, expect.stringContaining('"__typename":"Query"')])
})

test.each([
  ['of another site', 'content-type: application/json\r\norigin: https://evil.example', 403],
  ['of a form', 'content-type: text/plain', 415],
  ['with a wrong key', 'content-type: application/json\r\nauthorization: Bearer wrong', 401],
])('the rest of a body %s that was refused is not waited for', async (_what, lines, status) => {
  const patient = await startApp()
  try {
    const head = `POST /graphql HTTP/1.1\r\nhost: x\r\n${lines}\r\ncontent-length: 200000\r\n\r\n`
    const heard = await settled(speak(patient.url, head, drip), 4_000, 'the end')
    expect(parsed(heard).status).toBe(status)
    expect(parsed(heard).headers.get('connection')).toBe('close')
  } finally {
    await patient.stop()
  }
})

const QUERY = '?query=%7B__typename%7D'
const ask = (target: string, ...lines: string[]): string =>
  [`GET ${target} HTTP/1.1`, 'connection: close', ...lines, '', ''].join('\r\n')
const hear = async (text: string) => parsed(await settled(speak(program.url, text), 5_000, 'the end'))

test.each([
  ['a whole URL, as a proxy sends it', ask(`http://x${QUERY.replace('?', '/graphql?')}`, 'host: y'), 200],
  ['a whole URL with a name and a port', ask(`HTTP://a:b@x:81/graphql${QUERY}`, 'host: '), 200],
  [
    'a whole URL of a stream',
    ask(`http://x/graphql/stream${QUERY}`, 'host: x', 'accept: text/event-stream'),
    200,
  ],
  ['a path with detours', ask(`/a/../graphql${QUERY}`, 'host: x'), 200],
  ['an empty host', ask(`/graphql${QUERY}`, 'host: '), 200],
  ['the host of an IPv6 address', ask(`/graphql${QUERY}`, 'host: [::1]:4000'), 200],
  ['no host, of the time when there was none', ask(`/graphql${QUERY}`).replace('1.1', '1.0'), 200],
  ['no host', ask(`/graphql${QUERY}`), 400],
  ['half of an address as its host', ask(`/graphql${QUERY}`, 'host: ['), 400],
  ['two words as its host', ask(`/graphql${QUERY}`, 'host: a b'), 400],
  ['a port that there is not', ask(`/graphql${QUERY}`, 'host: x:99999'), 400],
  ['a path as its host', ask('/health/live', 'host: x/y'), 400],
  ['a whole URL without a host', ask(`http:///graphql${QUERY}`, 'host: x'), 404],
  ['a path that begins like a host', ask(`//x/graphql${QUERY}`, 'host: x'), 404],
  ['a URL of another kind', ask('ftp://x/graphql', 'host: x'), 404],
  ['no target that leads anywhere', ask('*', 'host: x').replace('GET', 'OPTIONS'), 404],
  ['an upgrade with half a host', upgrade('/graphql').replace('host: x', 'host: ['), 400],
  ['an upgrade with a whole URL of nothing', upgrade('http://x/nowhere'), 404],
])('a request with %s is answered as its path says, or with a code', async (_what, text, status) => {
  const { status: heard, body } = await hear(text)
  const told =
    status === 200 ? '"__typename":"Query"' : `"code":"${status === 400 ? 'BAD_REQUEST' : 'NOT_FOUND'}"`
  expect([heard, body]).toEqual([status, expect.stringContaining(told)])
})

test('no method, target, host or header makes an answer with a stack or a path of the machine', async () => {
  const targets = [
    '/graphql',
    '/graphql/stream',
    `/graphql${QUERY}`,
    '/ingest/viewer_samples',
    '/',
    '/health/live',
    'http://x/graphql',
    'http://x:99999/graphql',
    '/graphql?variables={',
    '/%ff%00',
    '/graphql#x',
  ]
  const heads = [
    'host: x',
    'host: [',
    'host: \xff',
    'host: x\r\naccept: \xfftext/html',
    'host: x\r\ncontent-type: \xff\r\ncontent-length: 2',
    'host: x\r\ntransfer-encoding: chunked\r\ncontent-type: application/json',
    'host: x\r\nauthorization: Bearer \xff',
    'host: x\r\ncookie: \xff\r\norigin: ://\r\nx-forwarded-for: \xff',
  ]
  const requests = [
    ...METHODS.map((method) => [method, '/graphql', 'host: x'] as const),
    ...['GET', 'POST'].flatMap((method) =>
      targets.flatMap((target) => heads.map((head) => [method, target, head] as const)),
    ),
  ]
  const heard = await Promise.all(
    requests.map(async ([method, target, head]) => {
      const text = `${method} ${target} HTTP/1.1\r\nconnection: close\r\n${head}\r\n\r\n{}\r\n0\r\n\r\n`
      return { text, heard: await settled(speak(program.url, text), 5_000, text) }
    }),
  )
  expect(heard.filter(({ heard }) => STACK.test(heard) || parsed(heard).status === 500)).toEqual([])
})

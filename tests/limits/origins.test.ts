import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startApp, type TestApp } from '../testkit/app.ts'
import { createTestClient } from '../testkit/client.ts'
import { speak } from '../testkit/raw-http.ts'
import { openRaw } from '../testkit/raw-socket.ts'
import { settled } from '../testkit/waiters.ts'

const LISTED = 'https://dash.example.com'
const MAX = 4_096
let program: TestApp
let key: string
beforeAll(async () => {
  program = await startApp({
    settings: { CORS_ORIGINS: LISTED, MAX_BODY_BYTES: String(MAX) },
    timeouts: { headersMs: 200, requestMs: 400, checkMs: 50 },
  })
  key = (await program.seed.tenant()).key
})
afterAll(() => program.stop())

const QUERY = JSON.stringify({ query: '{ __typename }' })
const send = (headers: Record<string, string>, init: RequestInit = {}) =>
  fetch(`${program.url}/graphql`, {
    method: 'POST',
    body: QUERY,
    ...init,
    headers: { 'content-type': 'application/json', ...headers },
  })
const codeOf = async (response: Response): Promise<string | undefined> => {
  const answer = (await response.json()) as {
    errors?: { extensions: { code: string } }[]
    error?: { code: string }
  }
  return answer.errors?.[0]?.extensions.code ?? answer.error?.code
}

const open = async (headers: Record<string, string>) => (await openRaw(program.url, { headers })).status

const chunked = (text: string) => send({}, { body: new Blob([text]).stream(), duplex: 'half' } as RequestInit)

describe('a page of another site', () => {
  test.each([
    'https://evil.example',
    'null',
    'https://dash.example.com.evil.example',
    'http://dash.example.com',
  ])('from %s gets nothing by POST, GET or ingest, and its preflight no permission', async (origin) => {
    const post = await send({ origin })
    expect([post.status, await codeOf(post)]).toEqual([403, 'FOREIGN_ORIGIN'])
    const get = await fetch(`${program.url}/graphql?query={__typename}`, { headers: { origin } })
    expect([get.status, await codeOf(get)]).toEqual([403, 'FOREIGN_ORIGIN'])
    const ingest = await createTestClient(program.url, key).ingest('viewer_samples', [], { origin })
    expect(ingest.status).toBe(403)
    const preflight = await send(
      { origin, 'access-control-request-method': 'POST' },
      { method: 'OPTIONS', body: null },
    )
    expect(preflight.status).toBe(403)
    for (const { headers } of [post, get, preflight])
      expect([...headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([])
  })

  test('that sends no Origin is known by what the browser says of it', async () => {
    for (const site of ['cross-site', 'same-site'])
      expect((await send({ 'sec-fetch-site': site })).status).toBe(403)
    for (const site of ['same-origin', 'none'])
      expect((await send({ 'sec-fetch-site': site })).status).toBe(200)
  })

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', ''])(
    'cannot send a form of type "%s"',
    async (type) => {
      const response = await send({ 'content-type': type }, { body: new TextEncoder().encode(QUERY) })
      expect([response.status, await codeOf(response)]).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE'])
    },
  )
})

test('a page of a listed site may ask, and read the answer with its headers; never with cookies', async () => {
  const preflight = await send(
    { origin: LISTED, 'access-control-request-method': 'POST' },
    { method: 'OPTIONS', body: null },
  )
  expect(preflight.status).toBe(204)
  expect(preflight.headers.get('access-control-allow-origin')).toBe(LISTED)
  expect(preflight.headers.get('access-control-allow-headers')).toContain('authorization')
  const { status, headers } = await send({ origin: LISTED, authorization: `Bearer ${key}` })
  expect(status).toBe(200)
  expect(headers.get('access-control-allow-origin')).toBe(LISTED)
  expect(headers.get('access-control-expose-headers')).toContain('ratelimit-remaining')
  expect(headers.get('vary')).toContain('origin')
  for (const each of [headers, preflight.headers])
    expect(each.get('access-control-allow-credentials')).toBeNull()
})

test('our own page may ask, and so may whatever is no browser', async () => {
  expect((await send({ origin: program.url })).status).toBe(200)
  expect((await send({})).status).toBe(200)
})

test('a WebSocket that a page of another site opens is refused before the upgrade', async () => {
  for (const origin of ['https://evil.example', 'null', LISTED.replace('https', 'http')])
    expect([origin, await open({ origin })]).toEqual([origin, 403])
  for (const origin of [LISTED, program.url]) expect([origin, await open({ origin })]).toEqual([origin, 101])
  expect(await open({})).toBe(101)
})

test('every answer says what a browser may not do with it', async () => {
  const client = createTestClient(program.url, key)
  const all = await Promise.all([
    send({}),
    send({ authorization: 'Bearer wrong' }),
    send({}, { body: '{' }),
    fetch(`${program.url}/nothing`),
    fetch(`${program.url}/health/ready`),
    fetch(`${program.url}/graphql`, { headers: { accept: 'text/html' } }),
  ])
  const ingest = await client.ingest('viewer_samples', [])
  for (const headers of [...all.map((each) => each.headers), ingest.headers]) {
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('referrer-policy')).toBe('no-referrer')
    expect(headers.get('cache-control')).toBe('no-store')
  }
  const policy = all.at(-1)!.headers.get('content-security-policy')
  expect(policy).toContain("default-src 'none'")
  expect(policy).toContain("frame-ancestors 'none'")
  expect(policy).not.toMatch(/script-src[^;]*unsafe/)
})

describe('a sender that takes its time', () => {
  test('with the headers is cut off with 408', async () => {
    const heard = speak(program.url, 'POST /graphql HTTP/1.1\r\nhost: x\r\n', {
      text: 'x-a: b\r\n',
      everyMs: 20,
    })
    expect(await settled(heard, 5_000, 'the cut')).toMatch(/^HTTP\/1.1 408 /)
  })

  test('with the body is cut off too', async () => {
    const head = `POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 900\r\n\r\n`
    const heard = speak(program.url, head, { text: ' ', everyMs: 20 })
    expect(await settled(heard, 5_000, 'the cut')).not.toContain('HTTP/1.1 200')
  })
})

describe('a body without a Content-Length', () => {
  test('is read like any other', async () => {
    const response = await chunked(QUERY)
    expect([response.status, await response.json()]).toMatchObject([200, { data: { __typename: 'Query' } }])
  })

  test('may be as large as any other', async () => {
    const response = await chunked(QUERY + ' '.repeat(MAX))
    expect([response.status, await codeOf(response)]).toEqual([413, 'PAYLOAD_TOO_LARGE'])
  })

  test('and without a body is a request for nothing', async () => {
    const response = await chunked('')
    expect([response.status, await codeOf(response)]).toEqual([400, 'BAD_REQUEST'])
  })
})

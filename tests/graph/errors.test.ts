import { afterAll, beforeAll, expect, test } from 'vitest'
import { uuidv7 } from '../../src/platform/ids.ts'
import { errorCodes } from '../../src/platform/errors.ts'
import { graphql } from '../graphql/gql.ts'
import { startApp, type TestApp } from '../testkit/app.ts'
import { createTestClient } from '../testkit/client.ts'
import { globalId } from '../testkit/seed.ts'

const MadeByScope = graphql(`
  mutation MadeByScope {
    createStream(input: { title: "A stream" }) {
      __typename
      ... on Problem {
        code
        message
        path
      }
    }
  }
`)
const OneNode = graphql(`
  query OneNode($id: ID!) {
    node(id: $id) {
      id
    }
  }
`)
const ManyNodes = graphql(`
  query ManyNodes($ids: [ID!]!) {
    nodes(ids: $ids) {
      id
    }
  }
`)

const MAX_BODY_BYTES = 65_536
let program: TestApp
let url: string
let key: string
let narrow: { read: string; ingest: string }
let streamId: string
beforeAll(async () => {
  program = await startApp({ settings: { MAX_BODY_BYTES: String(MAX_BODY_BYTES) } })
  url = `${program.url}/graphql`
  const made = await program.seed.tenant()
  key = made.key
  streamId = (await program.seed.stream(made.tenant)).globalId
  narrow = {
    read: await program.seed.key(made.tenant, ['read']),
    ingest: await program.seed.key(made.tenant, ['ingest']),
  }
})
afterAll(() => program.stop())

const closedList = new Set([...Object.keys(errorCodes), 'GRAPHQL_PARSE_FAILED', 'GRAPHQL_VALIDATION_FAILED'])
// What drivers, stacks and addresses look like; none of it is anybody's business.
const leaks =
  /SELECT |INSERT |prisma|node_modules|\/work\/|\.ts:\d|127\.0\.0\.1|localhost|postgres:|ECONN|\bat \w+ \(/

/** Sends it, checks what holds for every refusal, and answers status and code. */
const refused = async (init: RequestInit, path = ''): Promise<string> => {
  const response = await fetch(`${url}${path}`, init)
  const text = await response.text()
  expect(text).not.toMatch(leaks)
  const { errors } = JSON.parse(text) as {
    errors: { message: string; extensions: { code: string; requestId: string } }[]
  }
  expect(errors.length).toBeGreaterThan(0)
  for (const { message, extensions } of errors) {
    expect(message).toBeTruthy()
    expect(closedList).toContain(extensions.code)
    // The answer's own, also where the document was refused before and its errors were kept.
    expect(extensions.requestId).toBe(response.headers.get('x-request-id'))
  }
  return `${response.status} ${errors[0]!.extensions.code}`
}

const json = 'application/json'
const headers = (more: Record<string, string> = {}): Record<string, string> => ({
  'content-type': json,
  accept: 'application/graphql-response+json, application/json',
  authorization: `Bearer ${key}`,
  ...more,
})
const post = (body: unknown, more: Record<string, string> = {}): RequestInit => ({
  method: 'POST',
  headers: headers(more),
  body: typeof body === 'string' ? body : JSON.stringify(body),
})

const first = 'query ($first: Int!) { streams(first: $first) { totalCount } }'
const two = 'query A { viewer { scopes } } query B { viewer { scopes } }'
const documents: [why: string, body: unknown, answer: string][] = [
  ['a syntax error', { query: '{ viewer ' }, '400 GRAPHQL_PARSE_FAILED'],
  ['the same syntax error again', { query: '{ viewer ' }, '400 GRAPHQL_PARSE_FAILED'],
  ['an unknown field', { query: '{ nope }' }, '400 GRAPHQL_VALIDATION_FAILED'],
  ['the same unknown field again', { query: '{ nope }' }, '400 GRAPHQL_VALIDATION_FAILED'],
  [
    'a wrong literal',
    { query: '{ logs(range: { last: "x" }) { totalCount } }' },
    '400 GRAPHQL_VALIDATION_FAILED',
  ],
  ['a missing variable', { query: first }, '400 BAD_REQUEST'],
  ['a variable of a wrong type', { query: first, variables: { first: 'x' } }, '400 BAD_REQUEST'],
  ['an unknown operation name', { query: two, operationName: 'C' }, '400 BAD_REQUEST'],
  ['several operations and no name', { query: two }, '400 BAD_REQUEST'],
  ['no query', {}, '400 BAD_REQUEST'],
  ['an unknown parameter', { query: '{ viewer { scopes } }', nope: 1 }, '400 BAD_REQUEST'],
  ['variables that are no object', { query: '{ viewer { scopes } }', variables: 'x' }, '400 BAD_REQUEST'],
  ['a batch', [{ query: '{ viewer { scopes } }' }], '400 BAD_REQUEST'],
  ['a body that is no JSON', '{', '400 BAD_REQUEST'],
  ['a body that is null', 'null', '400 BAD_REQUEST'],
  ['a body that is too large', { query: `#${'x'.repeat(MAX_BODY_BYTES)}` }, '413 PAYLOAD_TOO_LARGE'],
]
test.each(documents)('%s is refused with a code and the request id', async (_why, body, answer) => {
  expect(await refused(post(body))).toBe(answer)
})

test('a wrong content type, an unknown method and an answer that nobody can read are refused with a code', async () => {
  expect(await refused(post('{}', { 'content-type': 'text/plain' }))).toBe('415 UNSUPPORTED_MEDIA_TYPE')
  expect(await refused({ method: 'PUT', headers: headers(), body: '{}' })).toBe('405 METHOD_NOT_ALLOWED')
  expect(await refused(post({ query: '{ viewer { scopes } }' }, { accept: 'image/png' }))).toBe(
    '406 BAD_REQUEST',
  )
})

test('a query by GET answers, a mutation by GET is refused, also on the SSE endpoint', async () => {
  const get = { headers: headers({ accept: json }) }
  const response = await fetch(`${url}?query={viewer{scopes}}`, get)
  expect(await response.json()).toMatchObject({
    data: { viewer: { scopes: ['ADMIN', 'INGEST', 'READ', 'WRITE'] } },
  })
  const mutation = `?query=mutation{rotateStreamKey(input:{id:"${streamId}"}){__typename}}`
  expect(await refused(get, mutation)).toBe('405 METHOD_NOT_ALLOWED')
  const stream = await fetch(`${url}/stream${mutation}`, {
    headers: headers({ accept: 'text/event-stream' }),
  })
  expect(await stream.text()).toContain('"code":"METHOD_NOT_ALLOWED"')
})

test('a wrong key is told 401 in the form of GraphQL, a missing one what to send', async () => {
  expect(await refused(post({ query: '{ viewer { scopes } }' }, { authorization: 'Bearer hg_nope' }))).toBe(
    '401 UNAUTHENTICATED',
  )
  expect(await refused(post({ query: '{ streams { totalCount } }' }, { authorization: '' }))).toBe(
    '200 UNAUTHENTICATED',
  )
})

test('a key without the scope is told which: an error of a query, a ForbiddenError of a mutation', async () => {
  for (const query of ['{ streams { totalCount } }', '{ analytics { viewersNow(by: STREAM) { total } } }'])
    expect(await refused(post({ query }, { authorization: `Bearer ${narrow.ingest}` }))).toBe('200 FORBIDDEN')
  const { createStream } = await createTestClient(program.url, narrow.read).ask(MadeByScope)
  expect(createStream).toEqual({
    __typename: 'ForbiddenError',
    code: 'FORBIDDEN',
    message: 'This key lacks the scope "write". Make one that has it with "heliograph api-key create".',
    path: [],
  })
})

test('a document that is refused names no scope, host or driver on the SSE endpoint either', async () => {
  for (const [query, code] of [
    ['{ viewer ', 'GRAPHQL_PARSE_FAILED'],
    ['{ nope }', 'GRAPHQL_VALIDATION_FAILED'],
    ['subscription { incidentChanged(after: "x") { __typename } }', 'BAD_REQUEST'],
  ] as const) {
    const response = await fetch(`${url}/stream`, post({ query }, { accept: 'text/event-stream' }))
    const text = await response.text()
    expect(text).not.toMatch(leaks)
    expect(text).toContain(`"code":"${code}","requestId":"${response.headers.get('x-request-id')}"`)
    expect(text).toContain('event: complete')
  }
})

test('an id that is not there is null, one that is none of ours is refused, and at most 100 are asked at once', async () => {
  const client = createTestClient(program.url, key)
  for (const type of ['Stream', 'Incident', 'EdgeNode', 'Project'])
    expect((await client.ask(OneNode, { id: globalId(type, uuidv7()) })).node, type).toBeNull()
  const absent = globalId('Incident', uuidv7())
  expect((await client.ask(ManyNodes, { ids: [absent, streamId, absent] })).nodes).toEqual([
    null,
    { id: streamId },
    null,
  ])
  for (const id of [
    '',
    'x',
    globalId('Stream', 'x'),
    globalId('Nope', uuidv7()),
    globalId('StreamConnection', uuidv7()),
  ]) {
    const { errors } = await client.request(OneNode, { id })
    expect(errors?.[0]?.extensions?.code, id).toBe('BAD_REQUEST')
  }
  const ids = Array.from({ length: 101 }, () => globalId('Stream', uuidv7()))
  expect((await client.request(ManyNodes, { ids })).errors?.[0]?.extensions?.code).toBe('LIMIT_EXCEEDED')
})

test('a text with U+0000 is the sender’s fault and not ours', async () => {
  const query = 'query ($name: String!) { streamByInternalName(internalName: $name) { id } }'
  expect(await refused(post({ query, variables: { name: 'a\u0000b' } }))).toBe('200 BAD_REQUEST')
})

test('half a surrogate pair is refused wherever a text may stand, with its place', async () => {
  const client = createTestClient(program.url, key)
  const half = '\ud83d'
  const open = `mutation ($input: OpenIncidentInput!) { openIncident(input: $input) { __typename } }`
  const incident = { title: 'x', severity: 'LOW' }
  const label = (name: string, value: string) => ({ ...incident, labels: [{ name, value }] })
  const streams = `query ($filter: StreamFilter, $after: String) { streams(filter: $filter, after: $after) { totalCount } }`
  const logs = `query ($filter: LogFilter) { logs(filter: $filter) { totalCount } }`
  const cases: [query: string, variables: object, place: string][] = [
    [open, { input: { ...incident, title: half } }, '$input.title'],
    [open, { input: label(`x${half}`, 'x') }, '$input.labels.0.name'],
    [open, { input: label('x', `${half}x`) }, '$input.labels.0.value'],
    [open, { input: { ...incident, idempotencyKey: half } }, '$input.idempotencyKey'],
    [streams, { filter: { title: { contains: half } } }, '$filter.title.contains'],
    [streams, { filter: { or: [{ title: { in: ['x', half] } }] } }, '$filter.or.0.title.in.1'],
    [streams, { after: half }, '$after'],
    [logs, { filter: { message: { contains: half } } }, '$filter.message.contains'],
  ]
  for (const [query, variables, place] of cases) {
    const { errors } = await client.request(query, variables)
    expect(errors?.[0]?.message).toBe(
      `The variable "${place}" holds half of a surrogate pair, which is no Unicode.`,
    )
    expect(errors?.[0]?.extensions?.code).toBe('BAD_REQUEST')
  }
  const literal = `{ streams(filter: { title: { eq: "\\ud83d" } }) { totalCount } }`
  expect((await client.request(literal)).errors?.[0]?.extensions?.code).toBe('GRAPHQL_PARSE_FAILED')
  const whole = (await client.request(open, { input: label('\u{1f525}', '😀') })).data
  expect(whole).toEqual({ openIncident: { __typename: 'OpenIncidentPayload' } })
})

test('a whole number of more than 64 bits is refused, as text, number and literal', async () => {
  const client = createTestClient(program.url, key)
  const stop =
    'mutation ($size: BigInt) { stopRecording(input: { id: "x", sizeBytes: $size }) { __typename } }'
  const codeOf = async (query: string, variables = {}) =>
    (await client.request(query, variables)).errors?.[0]?.extensions?.code ?? 'answered'
  for (const size of ['9223372036854775808', '-9223372036854775809', 1e20, 2 ** 53, 1.5])
    expect(await codeOf(stop, { size }), String(size)).toBe('BAD_REQUEST')
  const literal = stop.replace(/ \(.*?\)/, '').replace('$size', '9223372036854775808')
  expect(await codeOf(literal)).toBe('GRAPHQL_VALIDATION_FAILED')
  for (const size of ['9223372036854775807', 1]) expect(await codeOf(stop, { size })).toBe('answered')
})

test('every time that comes in has one calendar and one range, in variables and in literals', async () => {
  const client = createTestClient(program.url, key)
  const found = `query ($at: DateTime) { apiKeys(filter: { revokedAt: { gt: $at } }) { totalCount } }`
  const ranged = `query ($at: DateTime) { logs(range: { to: $at, last: "PT1H" }) { totalCount } }`
  const wrong = [
    '2027-02-30T00:00:00Z',
    '0000-01-01T00:00:00Z',
    '9999-12-31T23:59:59-05:00',
    '2026-01-01T24:00:00Z',
  ]
  for (const at of wrong)
    for (const query of [found, ranged]) {
      const literal = query.replace(/^query \(.*?\) /, '').replace('$at', JSON.stringify(at))
      for (const answer of [await client.request(query, { at }), await client.request(literal)]) {
        const [error] = answer.errors ?? []
        expect(error?.message, at).toContain('DateTime: expected RFC 3339')
        expect(error?.extensions?.code, at).toMatch(/^(BAD_REQUEST|GRAPHQL_VALIDATION_FAILED)$/)
      }
    }
  const right = ['0001-01-01T00:00:00Z', '2016-12-31T23:59:60Z', '9999-12-31T23:59:59.999Z']
  const days = 'range: { to: $at, last: "P2D" }, step: "P1D"'
  const series = `query ($at: DateTime) { analytics { logLevels(${days}) { to } } streams(first: 1) { nodes { viewers(${days}) { to } } } }`
  for (const at of right) {
    expect((await client.request(found, { at })).errors, at).toBeUndefined()
    for (const query of [ranged, series])
      for (const error of (await client.request(query, { at })).errors ?? [])
        expect(error.extensions?.code, `${at} ${error.message}`).toBe(
          at.startsWith('9999') ? 'VALIDATION_FAILED' : 'LIMIT_EXCEEDED',
        )
  }
  // A key that ends at the last instant there is can be read again.
  const create = `mutation ($at: DateTime) { createApiKey(input: { name: "last", scopes: [READ], mode: TEST, expiresAt: $at }) { ... on CreateApiKeyPayload { apiKey { expiresAt } } } }`
  const at = right.at(-1)
  expect((await client.request(create, { at })).data).toEqual({ createApiKey: { apiKey: { expiresAt: at } } })
})

type Told = {
  data?: unknown
  errors: { message: string; path?: unknown; locations?: object[]; extensions: { code: string } }[]
}
const told = async (body: object): Promise<Told> => (await (await fetch(url, post(body))).json()) as Told

const unread: [query: string, variables: object, argument: string][] = [
  ['{ streams(filter: { createdAt: { gt: "soon" } }) { totalCount } }', {}, 'filter.createdAt.gt'],
  [
    'query ($gt: DateTime!) { streams(filter: { createdAt: { gt: $gt } }) { totalCount } }',
    { gt: 'soon' },
    'filter.createdAt.gt',
  ],
  [
    'query ($f: StreamFilter) { streams(filter: $f) { totalCount } }',
    { f: { createdAt: { gt: 'soon' } } },
    'filter.createdAt.gt',
  ],
  [
    'query ($s: [StreamFilter!]) { streams(filter: { or: $s }) { totalCount } }',
    { s: [{}, { createdAt: { gt: 'soon' } }] },
    'filter.or.1.createdAt.gt',
  ],
  [
    'query ($gt: DateTime = "soon") { streams(filter: { createdAt: { gt: $gt } }) { totalCount } }',
    {},
    '$gt',
  ],
  ['{ logs(range: { last: "1 day" }) { totalCount } }', {}, 'range.last'],
  ['query ($last: Duration) { logs(range: { last: $last }) { totalCount } }', { last: 5 }, 'range.last'],
  ['{ streams(first: "x") { totalCount } }', {}, 'first'],
  ['query ($n: Int) { streams(first: $n) { totalCount } }', { n: 'x' }, 'first'],
  ['{ streams(orderBy: { field: NOPE, direction: ASC }) { totalCount } }', {}, 'orderBy.field'],
  ['query ($by: ViewersBy!) { analytics { viewersNow(by: $by) { total } } }', { by: 'NOPE' }, 'by'],
]
test.each(unread)(
  'a value that can’t be read is told with its place and argument: %s',
  async (query, variables, argument) => {
    const { data, errors } = await told({ query, variables })
    expect(data).toBeUndefined()
    expect(errors[0]!.message).toContain(`"${argument}"`)
    expect(errors[0]!.locations).toEqual([{ line: 1, column: expect.any(Number) }])
    expect(errors[0]!.extensions.code).toBe(
      Object.keys(variables).length > 0 ? 'BAD_REQUEST' : 'GRAPHQL_VALIDATION_FAILED',
    )
  },
)

test('a field that may not be asked is null with its error, and blanks no other', async () => {
  const query = '{ viewer { scopes } streams(first: 1) { totalCount } apiKeys(first: 1) { totalCount } }'
  const { data, errors } = await createTestClient(program.url, narrow.read).request(query)
  expect(data).toEqual({ viewer: { scopes: ['READ'] }, streams: { totalCount: 1 }, apiKeys: null })
  expect(errors).toMatchObject([{ path: ['apiKeys'], extensions: { code: 'FORBIDDEN' } }])
})

test('a hash in place of a document is answered as clients of persisted queries expect, on each endpoint', async () => {
  const extensions = { persistedQuery: { version: 1, sha256Hash: 'a'.repeat(64) } }
  const json = await fetch(url, post({ extensions }, { accept: 'application/json' }))
  expect([json.status, await json.json()]).toMatchObject([
    200,
    {
      errors: [
        { message: 'PersistedQueryNotSupported', extensions: { code: 'PERSISTED_QUERY_NOT_SUPPORTED' } },
      ],
    },
  ])
  const search = `?extensions=${encodeURIComponent(JSON.stringify(extensions))}`
  expect(await refused({ headers: headers() }, search)).toBe('400 PERSISTED_QUERY_NOT_SUPPORTED')
  const events = { accept: 'text/event-stream' }
  expect(await refused(post({ extensions }, events), '/stream')).toBe('400 PERSISTED_QUERY_NOT_SUPPORTED')
})

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startApp, type TestApp } from '../testkit/app.ts'

/**
 * Statements of the GraphQL-over-HTTP specification that `graphql-http` has no audit for
 * (`graphql-http-audits.test.ts`).
 */
let program: TestApp
let key: string
beforeAll(async () => {
  program = await startApp()
  key = (await program.seed.tenant()).key
})
afterAll(() => program.stop())

const RESPONSE = 'application/graphql-response+json'
const JSON_TYPE = 'application/json'

type Sent = {
  accept?: string
  type?: string
  method?: string
  body?: string | Buffer
  search?: string
  anonymous?: boolean
}
const send = async ({
  accept = RESPONSE,
  type = JSON_TYPE,
  method = 'POST',
  body,
  search = '',
  anonymous,
}: Sent) => {
  const response = await fetch(`${program.url}/graphql${search}`, {
    method,
    headers: {
      ...(!anonymous && { authorization: `Bearer ${key}` }),
      ...(accept && { accept }),
      ...(body !== undefined && { 'content-type': type }),
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : new Uint8Array(body) }),
  })
  const text = await response.text()
  return {
    status: response.status,
    type: response.headers.get('content-type') ?? '',
    allow: response.headers.get('allow'),
    answer: (text ? JSON.parse(text) : undefined) as { data?: unknown; errors?: unknown[] },
  }
}
const ask = (parameters: object, more: Sent = {}) => send({ body: JSON.stringify(parameters), ...more })
const get = (parameters: Record<string, string>, more: Sent = {}) =>
  send({ method: 'GET', search: `?${new URLSearchParams(parameters).toString()}`, ...more })

const GOOD = { query: '{ __typename }' }

describe('the form of the answer', () => {
  test.each([
    [RESPONSE, RESPONSE],
    [JSON_TYPE, JSON_TYPE],
    [`${RESPONSE}, ${JSON_TYPE};q=0.9`, RESPONSE],
    [`${JSON_TYPE}, ${RESPONSE};q=0.9`, JSON_TYPE],
    [`${JSON_TYPE};q=0.9, ${RESPONSE}`, RESPONSE],
    [`${JSON_TYPE};q=0, application/*`, RESPONSE],
    [`multipart/mixed, ${JSON_TYPE};q=0.1`, JSON_TYPE],
  ])('accept %s is answered with %s, and says that it is UTF-8', async (accept, expected) => {
    const { status, type } = await ask(GOOD, { accept })
    expect([status, type]).toEqual([200, `${expected}; charset=utf-8`])
  })

  test('any of our forms fits application/*, and what none of them fits is 406', async () => {
    expect((await ask(GOOD, { accept: 'application/*' })).status).toBe(200)
    for (const accept of ['image/png', 'multipart/mixed', `${JSON_TYPE};q=0`])
      expect([accept, (await ask(GOOD, { accept })).status]).toEqual([accept, 406])
  })

  test.each(['Application/JSON', 'application/json ; charset=UTF-8', 'APPLICATION/JSON;Charset=utf-8'])(
    'a media type is in any case, and may be followed by a blank: %s',
    async (type) => {
      expect((await ask(GOOD, { type })).answer.data).toEqual({ __typename: 'Query' })
      for (const path of ['/graphql', '/graphql/stream']) {
        const response = await fetch(`${program.url}${path}`, {
          method: 'POST',
          headers: { 'content-type': type, accept: 'Text/Event-Stream' },
          body: JSON.stringify(GOOD),
        })
        expect([path, await response.text()]).toEqual([path, expect.stringContaining('event: next')])
      }
    },
  )

  test('a body of another type is 415', async () => {
    expect((await ask(GOOD, { type: 'application/xml' })).status).toBe(415)
  })

  test.each([
    { 'content-encoding': 'gzip' },
    { 'content-encoding': 'BR' },
    { 'content-type': 'application/json;charset=utf-16' },
    { 'content-type': 'application/json; Charset="latin1"' },
  ])('a body that is packed, or in another charset, is 415: %j', async (more) => {
    for (const path of ['/graphql', '/graphql/stream']) {
      const response = await fetch(`${program.url}${path}`, {
        method: 'POST',
        headers: { 'content-type': JSON_TYPE, accept: 'text/event-stream', ...more },
        body: JSON.stringify(GOOD),
      })
      expect([path, response.status, await response.json()]).toMatchObject([
        path,
        415,
        { errors: [{ extensions: { code: 'UNSUPPORTED_MEDIA_TYPE' } }] },
      ])
    }
  })

  test('a body that says that it is as it is, in UTF-8, is read', async () => {
    const response = await fetch(`${program.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': `${JSON_TYPE};charset="utf-8"`, 'content-encoding': 'identity' },
      body: JSON.stringify(GOOD),
    })
    expect(await response.json()).toMatchObject({ data: { __typename: 'Query' } })
  })
})

describe.each([
  [RESPONSE, 400],
  [JSON_TYPE, 200],
])('with %s', (accept, requestError) => {
  test('an operation that ran is 200, also when a field of it failed', async () => {
    const query = '{ __typename tenant { id } }'
    const { status, answer } = await ask({ query }, { accept, anonymous: true })
    expect([status, answer]).toMatchObject([200, { data: {}, errors: [{ path: ['tenant'] }] }])
  })

  test.each([
    ['an operation name that is not there', { query: 'query A { __typename }', operationName: 'B' }],
    [
      'a variable that does not fit',
      { query: 'query Q($n: Int!) { incidents(first: $n) { totalCount } }', variables: { n: 'x' } },
    ],
    [
      'an operation that may cost too much',
      { query: '{ incidents(first: 100) { nodes { events(first: 100) { nodes { note } } } } }' },
    ],
    ['no name where there are two operations', { query: 'query A { __typename } query B { __typename }' }],
  ])(`%s has errors and no data, and is ${requestError}`, async (_what, parameters) => {
    const { status, answer } = await ask(parameters, { accept })
    expect(answer.errors).toHaveLength(1)
    expect(answer).not.toHaveProperty('data')
    expect(status).toBe(requestError)
  })

  test.each([
    ['no object', '"query"'],
    ['null', 'null'],
    ['a list', JSON.stringify([GOOD])],
  ])('a body that is %s is 400 with errors', async (_what, body) => {
    const { status, answer } = await send({ body, accept })
    expect([status, answer.errors?.length]).toEqual([400, 1])
    expect(answer).not.toHaveProperty('data')
  })
})

describe('by GET', () => {
  test('a mutation does not run: 405, and what is allowed', async () => {
    const { status, allow, answer } = await get({ query: 'mutation { __typename }' })
    expect([status, allow]).toEqual([405, 'POST'])
    expect(answer).not.toHaveProperty('data')
  })

  test('an empty parameter is one that was not given, also on the SSE endpoint', async () => {
    const empty = { ...GOOD, variables: '', operationName: '', extensions: '' }
    expect((await get(empty)).answer.data).toEqual({ __typename: 'Query' })
    const search = new URLSearchParams(empty).toString()
    const response = await fetch(`${program.url}/graphql/stream?${search}`, {
      headers: { accept: 'text/event-stream' },
    })
    expect(await response.text()).toContain('{"data":{"__typename":"Query"}')
  })

  test('variables that are no JSON are 400', async () => {
    expect((await get({ ...GOOD, variables: '{' })).status).toBe(400)
  })
})

describe('bytes that are not UTF-8 are refused with their place, and not stored as U+FFFD', () => {
  const latin1 = Buffer.from(
    JSON.stringify({ query: '{ __typename }', variables: { title: 'café' } }),
    'latin1',
  )

  test('in a body, with its length and without, and over SSE', async () => {
    const message = `The body is not text: byte ${latin1.indexOf(0xe9) + 1} (0xE9) is not UTF-8.`
    const refusal = { errors: [{ message }] }
    expect(await send({ body: latin1 })).toMatchObject({ status: 400, answer: refusal })
    expect(await send({ body: latin1, accept: 'text/event-stream' })).toMatchObject({ answer: refusal })
    const chunked = await fetch(`${program.url}/graphql`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': JSON_TYPE },
      body: new Blob([new Uint8Array(latin1)]).stream(),
      duplex: 'half',
    } as RequestInit)
    expect([chunked.status, await chunked.json()]).toMatchObject([400, refusal])
  })

  test('in an address', async () => {
    const search = '?query=%7B__typename%7D&variables=%7B%22a%22%3A%22caf%E9%22%7D'
    expect(await send({ method: 'GET', search })).toMatchObject({
      status: 400,
      answer: { errors: [{ message: 'The address has %E9%22%7D, which is not UTF-8.' }] },
    })
    expect(await send({ method: 'GET', search: search.replace('%E9', '%C3%A9') })).toMatchObject({
      status: 200,
    })
  })
})

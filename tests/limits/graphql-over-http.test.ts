import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startApp, type TestApp } from '../testkit/app.ts'

/**
 * The statements of the GraphQL-over-HTTP specification (draft of 2025) that a client can depend on. `graphql-http` has
 * audits for them; it is not among our packages, so they are written out here.
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

type Sent = { accept?: string; type?: string; method?: string; body?: string; search?: string }
const send = async ({ accept = RESPONSE, type = JSON_TYPE, method = 'POST', body, search = '' }: Sent) => {
  const response = await fetch(`${program.url}/graphql${search}`, {
    method,
    headers: {
      authorization: `Bearer ${key}`,
      ...(accept && { accept }),
      ...(body !== undefined && { 'content-type': type }),
    },
    ...(body !== undefined && { body }),
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
    ['*/*', JSON_TYPE],
    [`${RESPONSE}, ${JSON_TYPE};q=0.9`, RESPONSE],
    ['application/*', JSON_TYPE],
  ])('accept %s MUST be answered with %s, in UTF-8', async (accept, expected) => {
    const { status, type } = await ask(GOOD, { accept })
    expect(status).toBe(200)
    expect([RESPONSE, JSON_TYPE]).toContain(type.split(';')[0])
    if (!accept.includes('*')) expect(type).toBe(`${expected}; charset=utf-8`)
  })

  test('what none of our forms fits is 406', async () => {
    expect((await ask(GOOD, { accept: 'image/png' })).status).toBe(406)
  })

  test('a body is application/json with any charset parameter of UTF-8; others are 415', async () => {
    expect((await ask(GOOD, { type: 'application/json; charset=utf-8' })).status).toBe(200)
    expect((await ask(GOOD, { type: 'application/xml' })).status).toBe(415)
  })
})

describe.each([
  [RESPONSE, 400],
  [JSON_TYPE, 200],
])('with %s', (accept, requestError) => {
  test('an operation that ran MUST be 200, also when a field of it failed', async () => {
    expect(await ask(GOOD, { accept })).toMatchObject({ status: 200, answer: { data: {} } })
    const failed = await ask({ query: '{ nodes(ids: ["x"]) { id } }' }, { accept })
    expect(failed.answer.errors).toHaveLength(1)
  })

  test.each([
    ['a document that does not parse', { query: '{' }],
    ['a document that does not fit the schema', { query: '{ nothing }' }],
    ['an operation name that is not there', { query: 'query A { __typename }', operationName: 'B' }],
    ['no name where there are two operations', { query: 'query A { __typename } query B { __typename }' }],
  ])(`%s MUST have errors and no data, and SHOULD be ${requestError}`, async (_what, parameters) => {
    const { status, answer } = await ask(parameters, { accept })
    expect(answer.errors?.length).toBeGreaterThan(0)
    expect(answer).not.toHaveProperty('data')
    expect([status, requestError === 200 ? [200, 400].includes(status) : status === 400]).toEqual([
      status,
      true,
    ])
  })

  test.each([
    ['no JSON', '{'],
    ['no object', '"query"'],
    ['null', 'null'],
    ['a list', JSON.stringify([GOOD])],
    ['no query', '{}'],
    ['a query that is no text', '{"query":1}'],
    ['variables that are no object', '{"query":"{ __typename }","variables":[1]}'],
    ['an operation name that is no text', '{"query":"{ __typename }","operationName":1}'],
    ['extensions that are no object', '{"query":"{ __typename }","extensions":1}'],
  ])('a body that is %s MUST be 400 with errors', async (_what, body) => {
    const { status, answer } = await send({ body, accept })
    expect([status, answer.errors?.length]).toEqual([400, 1])
    expect(answer).not.toHaveProperty('data')
  })
})

describe('what may be left out', () => {
  test.each(['variables', 'operationName', 'extensions'])('%s MAY be null', async (name) => {
    expect(await ask({ ...GOOD, [name]: null })).toMatchObject({ status: 200, answer: { data: {} } })
  })
})

describe('by GET', () => {
  test('a query MUST be answered, its variables JSON in the address', async () => {
    const { status, answer } = await get({
      query: 'query Q($id: ID!) { node(id: $id) { id } }',
      variables: JSON.stringify({ id: 'x' }),
      operationName: 'Q',
    })
    expect([200, 400]).toContain(status)
    expect(answer).toBeDefined()
    expect(await get(GOOD)).toMatchObject({ status: 200, answer: { data: { __typename: 'Query' } } })
  })

  test('a mutation MUST NOT run: 405, and what is allowed', async () => {
    const { status, allow, answer } = await get({ query: 'mutation { __typename }' })
    expect([status, allow]).toEqual([405, 'POST'])
    expect(answer).not.toHaveProperty('data')
  })

  test('variables that are no JSON are 400', async () => {
    expect((await get({ ...GOOD, variables: '{' })).status).toBe(400)
  })
})

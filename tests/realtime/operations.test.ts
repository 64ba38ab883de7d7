import type { Plugin } from 'graphql-yoga'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { uuidv7, type TenantId } from '../../src/platform/ids.ts'
import { startApp, type TestApp } from '../testkit/app.ts'
import { openAcknowledged, openRaw } from '../testkit/raw-socket.ts'
import { globalId } from '../testkit/seed.ts'

/** How often each document was parsed and validated. */
const count = new Map<string, { parsed: number; validated: number }>()
const countOf = (text = '') => {
  const known = count.get(text) ?? { parsed: 0, validated: 0 }
  count.set(text, known)
  return known
}
const counting: Plugin = {
  onParse: ({ parseFn, setParseFn }) =>
    setParseFn((...args) => {
      countOf(String(args[0])).parsed++
      return parseFn(...args)
    }),
  onValidate: ({ params, validateFn, setValidationFn }) =>
    setValidationFn((...args) => {
      countOf(params.documentAST.loc?.source.body).validated++
      return validateFn(...args)
    }),
}

let program: TestApp
let tenant: TenantId
let key: string
beforeAll(async () => {
  program = await startApp({ plugins: [counting] })
  ;({ tenant, key } = await program.seed.tenant())
})
afterAll(() => program.stop())

test('a ping is answered, and a query and a mutation run over the socket as over HTTP', async () => {
  const { send, next, subscribe } = await openAcknowledged(program.url, key)
  send({ type: 'ping', payload: { n: 1 } })
  expect(await next()).toEqual({ type: 'pong' })
  subscribe('q', '{ viewer { scopes } }')
  expect(await next()).toMatchObject({
    id: 'q',
    type: 'next',
    payload: { data: { viewer: { scopes: ['ADMIN', 'INGEST', 'READ', 'WRITE'] } } },
  })
  expect(await next()).toEqual({ id: 'q', type: 'complete' })
  subscribe('m', 'mutation { openIncident(input: { title: "x", severity: LOW }) { __typename } }')
  expect(await next()).toMatchObject({
    id: 'm',
    payload: { data: { openIncident: { __typename: 'OpenIncidentPayload' } } },
  })
  expect(await next()).toEqual({ id: 'm', type: 'complete' })
})

test('the key of the upgrade request serves when connection_init brings none', async () => {
  const { send, next, subscribe } = await openRaw(program.url, { headers: { 'x-api-key': key } })
  send({ type: 'connection_init', payload: {} })
  expect(await next()).toEqual({ type: 'connection_ack' })
  subscribe('q', '{ tenant { id } }')
  expect(await next()).toMatchObject({ payload: { data: { tenant: { id: globalId('Tenant', tenant) } } } })
})

const anyId = expect.stringMatching(/^[0-9a-f-]{36}$/) as unknown
test('a document that is refused is an error message with its code, and the socket stays', async () => {
  const { next, subscribe } = await openAcknowledged(program.url, key)
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
  const { next, subscribe } = await openAcknowledged(program.url, key)
  const absent = globalId('Stream', uuidv7())
  for (const [query, code] of [
    ['subscription { incidentChanged(after: "nope") { __typename } }', 'BAD_REQUEST'],
    [`subscription { streamViewers(id: "${absent}") { viewers } }`, 'NOT_FOUND'],
    ['subscription { streamViewers(id: "nope") { viewers } }', 'BAD_REQUEST'],
    ['subscription { tenantViewers(maxPerSecond: 5) { viewers } }', 'BAD_REQUEST'],
  ]) {
    subscribe('1', query!)
    expect(await next(), query).toMatchObject({
      payload: { errors: [{ extensions: { code, requestId: anyId } }] },
    })
    expect(await next(), query).toEqual({ id: '1', type: 'complete' })
  }
})

test('fifty equal operations over HTTP, SSE and WebSocket are parsed and validated once', async () => {
  const query = '{ viewer { scopes } } # asked fifty times'
  const fetched = async (path: string, accept: string) => {
    const response = await fetch(`${program.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept, authorization: `Bearer ${key}` },
      body: JSON.stringify({ query }),
    })
    expect(await response.text()).toContain('{"data":{"viewer":{"scopes"')
  }
  for (let n = 0; n < 10; n++) {
    await fetched('/graphql', 'application/json')
    await fetched('/graphql', 'text/event-stream')
    await fetched('/graphql/stream', 'text/event-stream')
  }
  const { subscribe, next } = await openAcknowledged(program.url, key)
  for (let n = 0; n < 20; n++) {
    subscribe('1', query)
    expect(await next()).toMatchObject({ type: 'next', payload: { data: { viewer: {} } } })
    expect(await next()).toMatchObject({ type: 'complete' })
  }
  expect(count.get(query)).toEqual({ parsed: 1, validated: 1 })
})

const conditional = [
  'subscription ($is: Boolean!) { tenantViewers @include(if: $is) { viewers } }',
  'subscription { tenantViewers @skip(if: true) { viewers } }',
  'subscription { ... @skip(if: true) { tenantViewers { viewers } } }',
  'subscription ($is: Boolean!) { ...F @skip(if: $is) } fragment F on Subscription { tenantViewers { viewers } }',
  'subscription ($is: Boolean!) { ...F } fragment F on Subscription { tenantViewers @skip(if: $is) { viewers } }',
]
test.each(conditional)(
  '%s is refused over each transport, and what else is on the socket goes on',
  async (query) => {
    const variables = { is: false }
    const refused = [{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }]
    const { next, subscribe, isOpen, cut } = await openAcknowledged(program.url, key)
    subscribe('other', 'subscription { tenantViewers { viewers } }')
    expect(await next()).toMatchObject({ id: 'other', type: 'next' })
    subscribe('refused', query, variables)
    expect(await next()).toMatchObject({ id: 'refused', type: 'error', payload: refused })
    expect(isOpen()).toBe(true)
    cut()
    for (const path of ['/graphql', '/graphql/stream']) {
      const response = await fetch(program.url + path, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${key}`,
          'content-type': 'application/json',
          accept: 'text/event-stream',
        },
        body: JSON.stringify({ query, variables }),
      })
      const [, event] = /^data: (.+)$/m.exec(await response.text()) ?? []
      expect(JSON.parse(event!)).toMatchObject({ errors: refused })
    }
  },
)

test('a directive below the root field of a subscription may depend on a variable', async () => {
  const { next, subscribe, cut } = await openAcknowledged(program.url, key)
  subscribe('s', 'subscription ($is: Boolean!) { tenantViewers { viewers streams @include(if: $is) } }', {
    is: false,
  })
  expect(await next()).toMatchObject({ id: 's', payload: { data: { tenantViewers: { viewers: '0' } } } })
  cut()
})

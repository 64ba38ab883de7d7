import { buildSchema, getIntrospectionQuery } from 'graphql'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { MAX_COST } from '../../src/graphql/limits/cost.ts'
import { schema } from '../../src/graphql/schema.ts'
import { examples } from '../../src/server/graphiql-examples.ts'
import { startApp, type TestApp } from '../testkit/app.ts'
import { createTestClient, type Answer } from '../testkit/client.ts'
import { statementsDuring } from '../testkit/statements.ts'
import { priceOf } from './price.ts'

const cost = (text: string, variables: Record<string, unknown> = {}): number =>
  priceOf(schema, text, variables)

test('a page of 100 streams with their viewers fits, and is counted to the digit', () => {
  const streams = (fields: string) => cost(`{ streams(first: 100) { nodes { ${fields} } } }`)
  expect(streams('title')).toBe(101)
  expect(streams('viewersNow')).toBe(1_101)
  expect(streams('viewers { peak }')).toBe(1_101)
  // Ten points of a series cost as much as one stream; a day has 289 of five minutes.
  expect(streams('viewers { points { average } }')).toBe(1_101 + 2_890)
  expect(streams('viewersNow viewers { points { average } }')).toBe(4_991)
  expect(streams('viewers { points { average } countries { peak } }')).toBeGreaterThan(MAX_COST)
  expect(streams('viewers(step: "PT30S") { points { average } }')).toBeGreaterThan(5 * MAX_COST)
  expect(cost('{ logs(first: 100) { totalCount nodes { service } } }')).toBe(120)
  expect(cost('subscription { tenantViewers { viewers top { viewers } } }')).toBe(11)
})

test('what the tabs of GraphiQL hold fits', () => {
  for (const text of examples) expect(cost(text), text).toBeLessThan(MAX_COST)
})

const series = (range: string, step: string) =>
  `{ node(id: "x") { ... on Stream { viewers(range: ${range}, step: ${step}) { points { average } } } } }`
const aliases = (count: number) => Array.from({ length: count }, (_, index) => `a${index}: peak`).join(' ')

test('a series costs what its range and step make of it, wherever they stand', () => {
  const hour = '{ from: "2026-11-20T10:00:00.000Z", to: "2026-11-20T11:00:00.000Z" }'
  // The stream, the question, and a tenth for each point.
  expect(cost(series(hour, '"PT10S"'))).toBe(11 + 36)
  expect(cost(series('{ last: "PT49M" }', '"PT1S"'))).toBe(306)
  expect(cost(series(hour, 'null'))).toBe(11 + 12) // steps of 30 s
  const ask = `query ($range: TimeRangeInput, $step: Duration) ${series('$range', '$step')}`
  const range = { from: new Date('2026-11-20T10:00:00.000Z'), to: new Date('2026-11-20T11:00:00.000Z') }
  expect(cost(ask, { range, step: 10_000 })).toBe(11 + 36)
  // Execution refuses what has too many points, what ends before it starts and what is no step: it costs nothing.
  for (const [wrong, step] of [
    ['{ last: "P9D" }', '"PT1S"'],
    ['{ from: "2026-11-20T11:00:00.000Z", to: "2026-11-20T10:00:00.000Z" }', '"PT1M"'],
    [hour, '"PT7S"'],
  ] as const)
    expect(cost(series(wrong, step))).toBe(1)
})

test('ten series of a dashboard fit, with who watches and the countries of each', () => {
  const panel = 'viewersNow viewers { peak points { time average peak samples } countries { peak } }'
  expect(cost(`{ streams(first: 10) { nodes { ${panel} } } }`)).toBeLessThan(MAX_COST / 3)
})

test('the same value of an object under many names costs as many objects, and in many places under one name nothing', () => {
  const points = (fields: string) =>
    cost(
      `{ node(id: "x") { ... on Stream { viewers(range: { last: "PT5M" }, step: "PT1S") { points { ${fields} } } } } }`,
    )
  expect(points('average peak samples time')).toBe(11 + 31) // 301 tenths
  expect(points(`average ${aliases(8)}`)).toBe(11 + 241)
  const streams = (fields: string, more = '') =>
    cost(`{ streams(first: 100) { nodes { ${fields} } } } ${more}`)
  expect(streams('title again: title')).toBe(201)
  expect(
    streams('title ...A ...B', 'fragment A on Stream { title a: title } fragment B on Stream { a: title }'),
  ).toBe(201)
  expect(streams('id title description isPublic status createdAt updatedAt')).toBe(101)
  // What has the same name in another type is another value.
  expect(cost('{ node(id: "x") { ... on Stream { a: createdAt } ... on Incident { b: id } } }')).toBe(1)
})

// The graph has no four pages in one another; a schema that had them would be counted like this.
const deep = buildSchema(`
  type Query { things(first: Int): Things! }
  type Things { nodes: [Thing!]! }
  type Thing { name: String! things(first: Int): Things! }`)
const nested = (pages: number, first: number): string =>
  Array.from({ length: pages }).reduce<string>(
    (inner) => `{ things(first: ${first}) { nodes ${inner} } }`,
    '{ name }',
  )

test('four pages of 100 in one another cost a hundred million, without a walk over them', () => {
  // A page object for each item of the level above, and a hundred items in it.
  expect(priceOf(deep, nested(4, 100))).toBe(1 + 2 * (100 + 100 ** 2 + 100 ** 3) + 100 ** 4)
})

const everything = {
  descriptions: true,
  specifiedByUrl: true,
  directiveIsRepeatable: true,
  schemaDescription: true,
  inputValueDeprecation: true,
  oneOf: true,
}
test('the introspection of every tool fits, with room for a schema that grows', () => {
  const longest = getIntrospectionQuery({ ...everything, typeDepth: 9 })
  expect(cost(longest)).toBeLessThan(MAX_COST * 0.6)
  // As clients add it that keep what they ask for by its type.
  expect(cost(longest.replaceAll('{', '{ __typename'))).toBeLessThan(MAX_COST * 0.8)
  expect(cost('{ __schema { types { name possibleTypes { name } } } }')).toBeLessThan(MAX_COST / 10)
  expect(cost('{ __type(name: "Stream") { fields { name type { name kind } } } }')).toBeLessThan(20)
  expect(cost('{ a: __typename ...A } fragment A on Query { __typename }')).toBe(0)
})

const names = (count: number, of: string) =>
  Array.from({ length: count }, (_, index) => `a${index}: ${of}`).join(' ')
const type = 'type { name kind description }'
const fields = `fields { name description __typename ${type} args { name description ${type} } }`
test.each([
  `{ __schema { types { fields { type { ${names(5, fields)} } } } } }`,
  `{ __schema { types { fields { type { ...A } } } } } fragment A on __Type { ...B } fragment B on __Type { ${names(5, fields)} }`,
  `{ __schema { types { ${names(48, 'name')} fields { ${names(48, 'name')} } } } }`,
  `{ __schema { types { fields { ${names(48, 'description')} } } } }`,
  `{ ${names(20, '__schema { types { fields { name } } }')} }`,
  `{ __schema { types { fields { type { ${names(48, fields)} } } } } }`,
])('introspection that multiplies itself is refused before it runs: %#', (text) => {
  expect(cost(text)).toBeGreaterThan(MAX_COST)
})

test('what introspection leaves out costs nothing, and it may be bounded by a variable', () => {
  expect(cost('query ($no: Boolean!) { __schema @include(if: $no) { types { name } } }', { no: false })).toBe(
    0,
  )
  const text = 'query ($name: String!) { __type(name: $name) { fields @skip(if: true) { name } name } }'
  expect(cost(text, { name: 'Stream' })).toBe(1)
})

let program: TestApp
let key: string
beforeAll(async () => {
  program = await startApp()
  key = (await program.seed.tenant()).key
})
afterAll(() => program.stop())

type Road = (query: string) => Promise<Answer<unknown>>
const client = () => createTestClient(program.url, key)
const first = async (live: ReturnType<ReturnType<typeof client>['webSocket']>, query: string) => {
  try {
    return (await live.subscribe(query as never).next()).value as Answer<unknown>
  } catch (errors) {
    return { errors } as Answer<unknown> // an `error` message rejects with its list
  } finally {
    await live.close()
  }
}
const roads: Record<string, Road> = {
  HTTP: (query) => client().request<unknown, unknown>(query),
  WebSocket: (query) => first(client().webSocket(), query),
  SSE: (query) => first(client().sse(), query),
}
test.each(Object.keys(roads))(
  'pages in pages that cost too much are refused over %s with no SQL at all',
  async (road) => {
    const ask = roads[road]!
    // The key is looked up before the operation is, and then known for 2 s.
    const allowed = await statementsDuring(() => ask('{ incidents(first: 1) { nodes { id } } }'))
    expect(allowed.map(({ text }) => text).join('\n')).toContain('"incidents"')
    const statements = await statementsDuring(async () => {
      const { errors } = await ask(
        '{ incidents(first: 100) { nodes { events(first: 100) { nodes { note } } } } }',
      )
      expect(errors).toMatchObject([{ extensions: { code: 'QUERY_TOO_COSTLY' } }])
    })
    expect(statements).toEqual([])
  },
)

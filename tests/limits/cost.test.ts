import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildSchema, getOperationAST, isObjectType, parse, type GraphQLSchema } from 'graphql'
import pg from 'pg'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { asksClickHouse, costOf, MAX_COST } from '../../src/graphql/limits/cost.ts'
import { schema } from '../../src/graphql/schema.ts'
import { examples } from '../../src/server/graphiql-examples.ts'
import { startApp, type TestApp } from '../testkit/app.ts'
import { createTestClient, type Answer } from '../testkit/client.ts'

const cost = (text: string, on: GraphQLSchema = schema, limit = MAX_COST): number => {
  const document = parse(text)
  return costOf(on, document, getOperationAST(document)!, {}, limit)
}

test('the fields that ask ClickHouse cost 10 each, and these are they', () => {
  const asking = Object.values(schema.getTypeMap())
    .filter(isObjectType)
    .flatMap((type) => Object.values(type.getFields()).map((field) => ({ type, field })))
    .filter(({ field }) => field.extensions.cost === asksClickHouse.cost)
    .map(({ type, field }) => `${type.name}.${field.name}`)
  expect(asking.toSorted()).toEqual([
    'Analytics.logLevels',
    'Analytics.viewersNow',
    'LogConnection.totalCount',
    'Query.logs',
    'Stream.viewers',
    'Stream.viewersNow',
    'ViewerSeries.countries',
  ])
  for (const name of asking)
    expect(readFileSync(join(import.meta.dirname, '../../docs/limits.md'), 'utf8')).toContain(`\`${name}\``)
})

test('no resolver asks ClickHouse without saying so: each schema file has as many such fields as questions', () => {
  const modules = join(import.meta.dirname, '../../src/modules')
  // What the modules of queries are called: their methods are the only way from the graph to ClickHouse.
  const source = readFileSync(join(modules, 'modules.ts'), 'utf8')
  const asked = [...source.matchAll(/^ {4}(\w+): \{[^}]*create\w+Queries/gms)].map(([, name]) => name)
  expect(asked).toEqual(['viewers', 'logs'])
  const question = new RegExp(String.raw`\b(?:${asked.join('|')})\s*\.\w+\(\s*tenantOf\(`, 'g')
  const files = readdirSync(modules, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.schema.ts'))
    .map((path) => [path, readFileSync(join(modules, path), 'utf8')] as const)
  const counted = files.map(([path, text]) => [path, text.match(question)?.length ?? 0])
  expect(counted).toEqual(
    files.map(([path, text]) => [path, text.match(/extensions: asksClickHouse/g)?.length ?? 0]),
  )
  expect(counted.reduce((sum, [, count]) => sum + Number(count), 0)).toBe(7)
})

test('a page of 100 streams with their viewers fits, and is counted to the digit', () => {
  const streams = (fields: string) => cost(`{ streams(first: 100) { nodes { ${fields} } } }`)
  expect(streams('title')).toBe(101)
  expect(streams('viewersNow')).toBe(1_101)
  expect(streams('viewers { peak }')).toBe(1_101)
  expect(streams('viewersNow viewers { points { average } }')).toBe(3_101)
  expect(streams('viewersNow viewers { points { average } countries { peak } }')).toBeGreaterThan(MAX_COST)
  expect(cost('{ logs(first: 100) { totalCount nodes { message } } }')).toBe(120)
  expect(cost('subscription { tenantViewers { viewers top { viewers } } }')).toBe(11)
})

test('what the tabs of GraphiQL hold fits', () => {
  for (const text of examples) expect(cost(text), text).toBeLessThan(MAX_COST)
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

test('four pages of 100 in one another cost a hundred million, and counting stops at what is allowed', () => {
  // A page object for each item of the level above, and a hundred items in it.
  expect(cost(nested(4, 100), deep, Infinity)).toBe(1 + 2 * (100 + 100 ** 2 + 100 ** 3) + 100 ** 4)
  expect(cost(nested(4, 100), deep)).toBeGreaterThan(MAX_COST)
  expect(cost(nested(4, 100), deep)).toBeLessThan(100 ** 3)
})

let program: TestApp
let key: string
beforeAll(async () => {
  program = await startApp()
  key = (await program.seed.tenant()).key
})
afterAll(() => program.stop())

/** Every statement that a connection of the program was given while `work` ran, but for what the program writes by the clock. */
const statementsDuring = async (work: () => Promise<unknown>): Promise<string[]> => {
  const spy = vi.spyOn(pg.Client.prototype, 'query')
  try {
    await work()
    return spy.mock.calls
      .map(([query]) => (query as unknown as pg.QueryConfig).text)
      .filter((text) => !/outbox_messages|pg_advisory_xact_lock|usage_count|^(BEGIN|COMMIT)$/.test(text))
  } finally {
    spy.mockRestore()
  }
}

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
    expect(allowed.join('\n')).toContain('"incidents"')
    const statements = await statementsDuring(async () => {
      const { errors } = await ask(
        '{ incidents(first: 100) { nodes { events(first: 100) { nodes { note } } } } }',
      )
      expect(errors).toMatchObject([{ extensions: { code: 'QUERY_TOO_COSTLY' } }])
    })
    expect(statements).toEqual([])
  },
)

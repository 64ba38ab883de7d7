import { afterAll, beforeAll, expect, test } from 'vitest'
import { graphql } from '../graphql/gql.ts'
import type { LogFilter, LogPagesQuery } from '../graphql/graphql.ts'
import { sharedApp, type TestApp } from '../testkit/app.ts'
import { createTestClient, type TestClient } from '../testkit/client.ts'

const Around = graphql(`
  query LinesAround($filter: LogFilter, $before: Int, $after: Int) {
    logs(filter: $filter, order: OLDEST_FIRST, first: 5) {
      nodes {
        message
        project {
          slug
        }
        logContext(before: $before, after: $after) {
          message
        }
      }
    }
  }
`)
const Pages = graphql(`
  query LogPages($order: FactOrder, $first: Int, $last: Int, $after: String, $before: String) {
    logs(order: $order, first: $first, last: $last, after: $after, before: $before) {
      nodes {
        message
      }
      pageInfo {
        startCursor
        endCursor
        hasNextPage
        hasPreviousPage
      }
    }
  }
`)

let program: TestApp
let client: TestClient
const TOTAL = 25
const names = Array.from({ length: TOTAL }, (_, n) => `line ${n}`)
const base = Date.now() - 60_000
beforeAll(async () => {
  program = await sharedApp()
  client = createTestClient(program.url, (await program.seed.tenant()).key)
  const lines = names.map((message, n) => ({
    time: base + n * 10,
    message,
    level: n % 5 === 0 ? 'ERROR' : 'INFO',
    service: ['api', 'web', 'edge'][n % 3],
    host: 'h',
    attributes: { n, region: n % 2 === 0 ? 'EU-West' : 'US-East', ...(n < 3 && { first: true }) },
  }))
  expect((await client.ingest('log_events', lines)).body).toMatchObject({ accepted: TOTAL })
  await program.app.ingest.flushed()
})
afterAll(() => program.stop())

const messages = ({ nodes }: { nodes: readonly { message: string }[] }) => nodes.map(({ message }) => message)

test.each([
  ['OLDEST_FIRST', names],
  ['NEWEST_FIRST', names.toReversed()],
] as const)('%s: pages in both directions meet every line once and in order', async (order, expected) => {
  const forward: string[] = []
  for (let after: string | null = null; ;) {
    const { logs }: LogPagesQuery = await client.ask(Pages, { order, first: 7, after })
    forward.push(...messages(logs!))
    expect(logs!.pageInfo.hasPreviousPage).toBe(after !== null)
    if (!logs!.pageInfo.hasNextPage) break
    after = logs!.pageInfo.endCursor
  }
  expect(forward).toEqual(expected)
  const backward: string[] = []
  for (let before: string | null = null; ;) {
    const { logs }: LogPagesQuery = await client.ask(Pages, { order, last: 7, before })
    backward.unshift(...messages(logs!))
    if (!logs!.pageInfo.hasPreviousPage) break
    before = logs!.pageInfo.startCursor
  }
  expect(backward).toEqual(expected)
})

test('lines around each line of a page, of its own service', async () => {
  const { logs } = await client.ask(Around, { filter: { level: { eq: 'ERROR' } }, before: 1, after: 2 })
  expect(logs!.nodes.map(({ logContext }) => messages({ nodes: logContext! }))).toEqual([
    ['line 0', 'line 3', 'line 6'],
    ['line 2', 'line 5', 'line 8', 'line 11'],
    ['line 7', 'line 10', 'line 13', 'line 16'],
    ['line 12', 'line 15', 'line 18', 'line 21'],
    ['line 17', 'line 20', 'line 23'],
  ])
  expect(logs!.nodes.map(({ project }) => project)).toEqual([null, null, null, null, null])
})

const filters: [string, LogFilter, (n: number) => boolean][] = [
  ['several services', { service: { in: ['api', 'edge'] } }, (n) => n % 3 !== 1],
  ['all but one service', { not: { service: { eq: 'web' } } }, (n) => n % 3 !== 1],
  ['a value of a name', { attribute: { name: 'n', eq: '7' } }, (n) => n === 7],
  ['a value in any case', { attribute: { name: 'region', startsWith: 'eu-' } }, (n) => n % 2 === 0],
  [
    'two names',
    {
      attribute: { name: 'region', contains: 'west' },
      and: [{ attribute: { name: 'n', in: ['4', '5', '6'] } }],
    },
    (n) => n === 4 || n === 6,
  ],
  ['not a value', { not: { attribute: { name: 'first', eq: 'true' } } }, (n) => n >= 3],
  ['a name that no line has', { attribute: { name: 'nothing', eq: 'x' } }, () => false],
  [
    'a project',
    { project: { eq: Buffer.from(`Project:${crypto.randomUUID()}`).toString('base64') } },
    () => false,
  ],
]
test.each(filters)('%s: the lines that fit, in the list and in the series', async (_what, filter, fits) => {
  const query = `query ($filter: LogFilter) {
    logs(filter: $filter, order: OLDEST_FIRST, first: 100) { nodes { message } }
    analytics { logLevels(range: { last: "PT10M" }, step: "PT1M", filter: $filter) { levels { count } } } }`
  type Told = {
    logs: { nodes: { message: string }[] }
    analytics: { logLevels: { levels: { count: string }[] } }
  }
  const { data } = await client.request<Told, { filter: LogFilter }>(query, { filter })
  const expected = names.filter((_name, n) => fits(n))
  expect(messages(data!.logs)).toEqual(expected)
  const counts = data!.analytics.logLevels.levels.map(({ count }) => Number(count))
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(expected.length)
})

test.each([
  ['logs(first: 1) { nodes { logContext(before: 101) { message } } }', 'BAD_REQUEST', 'from 0 to 100'],
  ['logs(first: 100) { nodes { logContext(before: 100) { message } } }', 'QUERY_TOO_COSTLY', ''],
  [
    `logs(filter: { attribute: { name: "n", contains: "${'x'.repeat(257)}" } }) { nodes { message } }`,
    'LIMIT_EXCEEDED',
    'at most 256 characters',
  ],
])('%s is refused with %s', async (field, code, message) => {
  const { errors } = await client.request(`{ ${field} }`)
  expect(errors).toEqual([
    expect.objectContaining({
      message: expect.stringContaining(message),
      extensions: expect.objectContaining({ code }),
    }),
  ])
})

import { afterAll, beforeAll, expect, test } from 'vitest'
import { graphql } from '../graphql/gql.ts'
import type { LogFilter, LogLinesQuery } from '../graphql/graphql.ts'
import { sharedApp, type TestApp } from '../testkit/app.ts'
import { createTestClient, type TestClient } from '../testkit/client.ts'

const LogLines = graphql(`
  query LogLines(
    $filter: LogFilter
    $range: TimeRangeInput
    $first: Int
    $after: String
    $last: Int
    $before: String
  ) {
    logs(filter: $filter, range: $range, first: $first, after: $after, last: $last, before: $before) {
      totalCount
      edges {
        cursor
        node {
          eventId
          time
          message
          level
          attributes {
            name
            value
          }
        }
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
const Levels = graphql(`
  query Levels($filter: LogFilter) {
    analytics {
      logLevels(range: { last: "PT1H" }, step: "PT5M", filter: $filter) {
        from
        to
        step
        timezone
        levels {
          level
          count
          points {
            count
          }
        }
      }
    }
  }
`)

let program: TestApp
let client: TestClient
const TOTAL = 40
const base = Date.now() - 60_000
// Ten lines share each millisecond.
const lines = Array.from({ length: TOTAL }, (_, n) => ({
  time: base + Math.floor(n / 10),
  level: ['INFO', 'warning', 'err', 'crit'][n % 4],
  message: n % 10 === 0 ? `100% of disk_${n} used` : `line ${n}`,
  service: `s${n % 2}`,
  host: `h${n % 5}`,
  trace_id: n < 3 ? 'trace' : '',
  attributes: { n },
}))

beforeAll(async () => {
  program = await sharedApp()
  client = createTestClient(program.url, (await program.seed.tenant()).key)
  expect((await client.ingest('log_events', lines)).body).toMatchObject({ accepted: TOTAL })
  await program.app.ingest.flushed()
})
afterAll(() => program.stop())

test('pages go from the newest to the oldest, every line once, also where ten share a millisecond', async () => {
  const all: NonNullable<LogLinesQuery['logs']>['edges'][number]['node'][] = []
  for (let after: string | null = null, page = 0; ; page++) {
    const { logs }: LogLinesQuery = await client.ask(LogLines, { first: 7, after })
    expect(logs!.totalCount).toBe(String(TOTAL))
    expect(logs!.pageInfo.hasPreviousPage).toBe(page > 0)
    all.push(...logs!.edges.map(({ node }) => node))
    if (page === 0) {
      const newer = { time: Date.now(), message: 'newer than the first page', level: 'INFO' }
      await createTestClient(program.url, (await program.seed.tenant()).key).ingest('log_events', [newer])
    }
    if (!logs!.pageInfo.hasNextPage) break
    after = logs!.pageInfo.endCursor ?? null
  }
  expect(new Set(all.map(({ eventId }) => eventId)).size).toBe(TOTAL)
  expect(all).toHaveLength(TOTAL)
  const times = all.map(({ time }) => Date.parse(time))
  expect(times).toEqual(times.toSorted((a, b) => b - a))
  expect(all.find(({ message }) => message === 'line 1')).toMatchObject({
    level: 'WARN',
    attributes: [{ name: 'n', value: '1' }],
  })
})

test('pages go back from the oldest with `last` and `before`, to the same lines', async () => {
  const all: string[] = []
  for (let before: string | null = null; ;) {
    const { logs }: LogLinesQuery = await client.ask(LogLines, { last: 9, before })
    all.unshift(...logs!.edges.map(({ node }) => node.eventId))
    if (!logs!.pageInfo.hasPreviousPage) break
    before = logs!.pageInfo.startCursor ?? null
  }
  const { logs } = await client.ask(LogLines, { first: 100 })
  expect(all).toEqual(logs!.edges.map(({ node }) => node.eventId))
})

const filters: [LogFilter, number][] = [
  [{ level: { eq: 'WARN' } }, 10],
  [{ level: { in: ['ERROR', 'FATAL'] } }, 20],
  [{ level: { in: [] } }, 0],
  [{ service: { eq: 's1' } }, 20],
  [{ host: { eq: 'h4' } }, 8],
  [{ traceId: { eq: 'trace' } }, 3],
  [{ message: { contains: 'LINE' } }, 36],
  [{ message: { contains: '100%' } }, 4],
  [{ message: { contains: 'disk_1' } }, 1],
  [{ message: { contains: '_' } }, 4],
  [{ service: { eq: 's0' }, level: { eq: 'INFO' }, host: { eq: 'h0' } }, 2],
  [{ service: { eq: 'nope' } }, 0],
  [{ host: { startsWith: 'H' } }, 40],
  [{ not: { service: { eq: 's1' } } }, 20],
  [{ or: [{ level: { eq: 'WARN' } }, { traceId: { eq: 'trace' } }] }, 12],
  [{ and: [{ service: { contains: 'S' } }, { not: { level: { in: ['INFO', 'WARN'] } } }] }, 20],
  [{ level: { eq: 'INFO', in: ['WARN'] } }, 0],
  [{ message: {} }, 40],
  [{ message: { contains: '' } }, 40],
  [{ message: { contains: '', eq: '%' } }, 0],
  [{ not: { message: {} } }, 0],
  [{ or: [{ level: {} }, { level: { eq: 'WARN' } }] }, 40],
  [{ or: [] }, 0],
  [{ and: [] }, 40],
]
test.each(filters)(
  'the filter %j finds and counts the same lines, in pages and in levels',
  async (filter, total) => {
    const { logs } = await client.ask(LogLines, { filter, first: 100 })
    expect([logs!.totalCount, logs!.edges.length]).toEqual([String(total), total])
    const { levels, ...series } = (await client.ask(Levels, { filter })).analytics!.logLevels!
    expect(levels.reduce((sum, { count }) => sum + Number(count), 0)).toBe(total)
    for (const { count, points } of levels)
      expect(points.reduce((sum, point) => sum + Number(point.count), 0)).toBe(Number(count))
    expect(series).toMatchObject({ step: 'PT5M', timezone: 'UTC' })
    expect((Date.parse(series.to) - Date.parse(series.from)) / 300_000).toBe(levels[0]?.points.length ?? 13)
  },
)

const forge = (text: string): string => Buffer.from(text).toString('base64url')

test('a cursor that nobody made, a wrong size and a wrong range are refused with their codes', async () => {
  const id = '01a1f960-02f4-7784-9240-ef021b46f9f6'
  const refused: [object, string][] = [
    [{ first: -1 }, 'BAD_REQUEST'],
    [{ first: 101 }, 'BAD_REQUEST'],
    [{ after: 'x' }, 'BAD_REQUEST'],
    [{ after: forge(`soon:${id}`) }, 'BAD_REQUEST'],
    [{ after: forge(`1763650000000:${id}:x`) }, 'BAD_REQUEST'],
    [{ after: forge(`1763650000000:' OR 1`) }, 'BAD_REQUEST'],
    [{ before: 'x' }, 'BAD_REQUEST'],
    [{ first: 1, last: 1 }, 'BAD_REQUEST'],
    [{ filter: { message: { contains: 'x'.repeat(257) } } }, 'LIMIT_EXCEEDED'],
    [{ range: { last: 'P91D' } }, 'LIMIT_EXCEEDED'],
    [{ range: { last: 'P1D', to: new Date(Date.now() - 120 * 86_400_000).toISOString() } }, 'LIMIT_EXCEEDED'],
    [{ range: { from: '2026-11-02T00:00:00Z', to: '2026-11-01T00:00:00Z' } }, 'VALIDATION_FAILED'],
  ]
  for (const [variables, code] of refused) {
    const { data, errors } = await client.request(LogLines, variables)
    expect(data).toEqual({ logs: null })
    expect(errors?.[0]?.extensions?.code, JSON.stringify(variables)).toBe(code)
  }
  expect((await client.ask(LogLines, { first: 0 })).logs).toMatchObject({
    totalCount: String(TOTAL),
    edges: [],
  })
})

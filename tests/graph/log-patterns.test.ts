import { afterAll, beforeAll, expect, test } from 'vitest'
import { graphql } from '../graphql/gql.ts'
import type { LogFilter } from '../graphql/graphql.ts'
import { sharedApp, type TestApp } from '../testkit/app.ts'
import { createTestClient, type TestClient } from '../testkit/client.ts'

const Patterns = graphql(`
  query LogPatternsOf($filter: LogFilter, $range: TimeRangeInput, $first: Int! = 20) {
    analytics {
      logPatterns(filter: $filter, range: $range, first: $first) {
        lines
        patterns {
          pattern
          lines
          errors
          firstSeenAt
          lastSeenAt
          example
        }
      }
    }
  }
`)

let program: TestApp
let client: TestClient
const base = Date.now() - 600_000
const at = (second: number) => new Date(base + second * 1_000).toISOString()
const line = (second: number, message: string, level = 'INFO', service = 'api') => ({
  time: base + second * 1_000,
  message,
  level,
  service,
})
const lines = [
  ...Array.from({ length: 7 }, (_, n) => line(n, `GET /orders/${1_000 + n} took ${n}.5 ms`)),
  ...Array.from({ length: 4 }, (_, n) =>
    line(10 + n, `can't reach 10.0.0.${n}:9000`, n % 2 ? 'ERROR' : 'FATAL', 'worker'),
  ),
  line(20, `user "Ann" signed in`),
  line(21, `user "Bea" signed in`, 'WARN', 'worker'),
  line(30, 'ready'),
]
beforeAll(async () => {
  program = await sharedApp()
  client = createTestClient(program.url, (await program.seed.tenant()).key)
  expect((await client.ingest('log_events', lines)).body).toMatchObject({ accepted: lines.length })
  await program.app.ingest.flushed()
})
afterAll(() => program.stop())

const ask = async (variables: { filter?: LogFilter; range?: object; first?: number } = {}, asked = client) =>
  (await asked.ask(Patterns, variables)).analytics!.logPatterns!
const count = ({ patterns }: Awaited<ReturnType<typeof ask>>) =>
  patterns.map(({ pattern, lines: of }) => [pattern, of])

test('lines that differ by numbers, addresses and names are told as one pattern, most lines first, with their errors', async () => {
  const told = await ask()
  expect(told.lines).toBe(String(lines.length))
  expect(told.patterns).toEqual([
    {
      pattern: 'GET /orders/<number> took <number> ms',
      lines: '7',
      errors: '0',
      firstSeenAt: at(0),
      lastSeenAt: at(6),
      example: 'GET /orders/1006 took 6.5 ms',
    },
    {
      pattern: "can't reach <address>",
      lines: '4',
      errors: '4',
      firstSeenAt: at(10),
      lastSeenAt: at(13),
      example: "can't reach 10.0.0.3:9000",
    },
    {
      pattern: 'user <text> signed in',
      lines: '2',
      errors: '0',
      firstSeenAt: at(20),
      lastSeenAt: at(21),
      example: 'user "Bea" signed in',
    },
    { pattern: 'ready', lines: '1', errors: '0', firstSeenAt: at(30), lastSeenAt: at(30), example: 'ready' },
  ])
})

test('a filter, a range and a number of patterns leave out the others, and the number of lines says so', async () => {
  const ofWorker = await ask({ filter: { service: { eq: 'worker' } } })
  expect(ofWorker.lines).toBe('5')
  expect(count(ofWorker)).toEqual([
    ["can't reach <address>", '4'],
    ['user <text> signed in', '1'],
  ])
  const errors = await ask({
    filter: { level: { in: ['ERROR', 'FATAL'] }, not: { message: { contains: '0.2' } } },
  })
  expect(count(errors)).toEqual([["can't reach <address>", '3']])
  expect(count(await ask({ range: { from: at(3), to: at(11) } }))).toEqual([
    ['GET /orders/<number> took <number> ms', '4'],
    ["can't reach <address>", '1'],
  ])
  const most = await ask({ first: 1 })
  expect([most.lines, most.patterns.length]).toEqual([String(lines.length), 1])
})

test('another tenant has no pattern, and one without lines is told zero and no error', async () => {
  const other = createTestClient(program.url, (await program.seed.tenant()).key)
  expect(await ask({}, other)).toEqual({ lines: '0', patterns: [] })
})

test.each([
  [{ first: 0 }, 'BAD_REQUEST'],
  [{ first: 101 }, 'BAD_REQUEST'],
  [{ range: { last: 'P91D' } }, 'LIMIT_EXCEEDED'],
  [{ range: { from: at(10), to: at(0) } }, 'VALIDATION_FAILED'],
])('a wrong question is refused: %j is %s', async (variables, code) => {
  const { errors } = await client.request(Patterns, variables)
  expect(errors?.[0]?.extensions?.code).toBe(code)
})

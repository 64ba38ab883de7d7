import { Client } from 'pg'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { withDeadline } from '../../src/graphql/limits/deadline.ts'
import { defineQuery } from '../../src/platform/clickhouse/query.ts'
import { sql } from '../../src/platform/clickhouse/sql.ts'
import { tenantScope } from '../../src/platform/postgres/scope.ts'
import { startApp, type TestApp } from '../testkit/app.ts'
import { createTestClient, type Answer, type TestClient } from '../testkit/client.ts'
import { eventually, settled } from '../testkit/waiters.ts'

let program: TestApp
let owner: Client
let watcher: Client
beforeAll(async () => {
  program = await startApp({ settings: { OPERATION_TIMEOUT_MS: '300' } })
  owner = new Client({ connectionString: program.databases.ownerUrl })
  watcher = new Client({ connectionString: program.databases.ownerUrl })
  await Promise.all([owner.connect(), watcher.connect()])
})
afterEach(() => owner.query('ROLLBACK'))
afterAll(async () => {
  await program.stop()
  await Promise.all([owner.end(), watcher.end()])
})

type Ask = (operation: string) => Promise<Answer<unknown> & { status?: number }>
const first = async (client: Live, operation: string): Promise<Answer<unknown>> => {
  const { value } = await client.subscribe(operation as never).next()
  await client.close()
  return value as Answer<unknown>
}
type Live = ReturnType<TestClient['webSocket']>
const transports: Record<string, (client: TestClient) => Ask> = {
  HTTP: (client) => (operation) => client.request(operation) as ReturnType<Ask>,
  WebSocket: (client) => (operation) => first(client.webSocket(), operation),
  SSE: (client) => (operation) => first(client.sse(), operation),
  'SSE single connection': (client) => (operation) => first(client.sse(true), operation),
}

/** Statements of the program that Postgres is at work on, and transactions that it holds open. */
const underWay = async (): Promise<string[]> => {
  const { rows } = await watcher.query<{ query: string }>(
    `SELECT query FROM pg_stat_activity WHERE datname = $1 AND application_name = 'heliograph' AND state <> 'idle'`,
    [program.databases.name],
  )
  return rows.map(({ query }) => query).filter((query) => query.includes('streams'))
}

const make = 'mutation { createStream(input: { title: "Late", internalName: "late" }) { __typename } }'
const cases = Object.keys(transports).flatMap((transport) =>
  ['a query', 'a look-up', 'a mutation'].map((kind) => [kind, transport] as const),
)
test.each(cases)(
  'what %s over %s asked of a store that is held up ends with its time, in the store too, and nothing is left of it',
  async (kind, transport) => {
    const { tenant, key } = await program.seed.tenant()
    const { globalId } = await program.seed.stream(tenant)
    const ask = transports[transport]!(createTestClient(program.url, key))
    const operation =
      kind === 'a query'
        ? '{ streams { totalCount } }'
        : kind === 'a look-up'
          ? `{ node(id: "${globalId}") { id } }`
          : make
    await owner.query('BEGIN')
    await owner.query('LOCK TABLE streams IN ACCESS EXCLUSIVE MODE')
    const asked = ask(operation)
    await eventually(async () => expect(await underWay()).not.toEqual([]))
    const { status, data, errors } = await settled(asked, 5_000, 'the answer')
    expect([data ?? null, errors?.map(({ extensions }) => extensions?.code)]).toEqual([null, ['TIMED_OUT']])
    if (transport === 'HTTP') expect(status).toBe(504)
    // 15 s were it not for the operation's time.
    await eventually(async () => expect(await underWay()).toEqual([]), 2_000)
    await owner.query('ROLLBACK')
    const rows = await watcher.query('SELECT FROM streams WHERE tenant_id = $1', [tenant])
    expect(rows.rowCount).toBe(1)
    expect((await ask('{ streams { totalCount } }')).data).toEqual({ streams: { totalCount: 1 } })
    if (kind === 'a mutation')
      await eventually(async () => {
        const { rows: written } = await watcher.query(
          `SELECT action, outcome, code FROM audit_logs WHERE tenant_id = $1 ORDER BY sequence DESC LIMIT 1`,
          [tenant],
        )
        expect(written).toEqual([{ action: 'createStream', outcome: 'FAILED', code: 'TIMED_OUT' }])
      })
  },
)

test('a mutation whose client has left is done all the same, when its turn comes in time', async () => {
  const { tenant, key } = await program.seed.tenant()
  const leaving = new AbortController()
  await owner.query('BEGIN')
  await owner.query('LOCK TABLE streams IN ACCESS EXCLUSIVE MODE')
  const asked = fetch(`${program.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: JSON.stringify({ query: make }),
    signal: leaving.signal,
  })
  await eventually(async () => expect(await underWay()).not.toEqual([]))
  leaving.abort()
  await expect(asked).rejects.toThrow('aborted')
  await owner.query('ROLLBACK')
  await eventually(async () => {
    const rows = await watcher.query('SELECT FROM streams WHERE tenant_id = $1', [tenant])
    expect(rows.rowCount).toBe(1)
  })
})

test('a Postgres statement ends itself after 15 s', async () => {
  const { tenant } = await program.seed.tenant()
  const rows = await program.app.postgres.query(tenantScope(tenant), {
    text: `SELECT current_setting('statement_timeout') AS longest`,
  })
  expect(rows).toEqual([{ longest: '15s' }])
})

/** A question that takes ClickHouse three seconds. */
const slow = defineQuery({
  name: 'test.slow',
  tenant: 'operator',
  sql: sql`SELECT count() AS n FROM system.numbers WHERE NOT ignore(sleepEachRow(0.1)) LIMIT 1 SETTINGS max_block_size = 1`,
  row: z.object({ n: z.unknown() }),
})
const asked = (options: { ms: number; gone: AbortSignal }) => {
  let question: Promise<unknown> | undefined
  const deadline = withDeadline({ ...options, late: (error) => ({ errors: [error as never] }) })
  const run = deadline.wrap(async () => {
    question = program.databases.clickHouse.query(slow, { signal: deadline.signal })
    await question
    return { data: {} }
  })
  const answer = Promise.resolve(run({} as never))
  return { answer, question: () => question }
}

test('a question to ClickHouse ends with the time of its operation', async () => {
  const { answer, question } = asked({ ms: 100, gone: new AbortController().signal })
  expect(await settled(answer, 5_000, 'the answer')).toMatchObject({ errors: [{ code: 'TIMED_OUT' }] })
  await expect(settled(question()!, 5_000, 'the end')).rejects.toMatchObject({ code: 'TIMED_OUT' })
})

test('a question to ClickHouse ends when the client leaves', async () => {
  const leaving = new AbortController()
  const { answer } = asked({ ms: 0, gone: leaving.signal })
  leaving.abort()
  await expect(settled(answer, 5_000, 'the end')).rejects.toMatchObject({ message: 'The client has left.' })
})

import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { withDeadline } from '../../src/graphql/limits/deadline.ts'
import { defineQuery } from '../../src/platform/clickhouse/query.ts'
import { sql } from '../../src/platform/clickhouse/sql.ts'
import { tenantScope } from '../../src/platform/postgres/scope.ts'
import { startApp, type TestApp } from '../testkit/app.ts'
import { createTestClient } from '../testkit/client.ts'
import { settled } from '../testkit/waiters.ts'

let program: TestApp
beforeAll(async () => {
  program = await startApp({ settings: { OPERATION_TIMEOUT_MS: '300' } })
})
afterAll(() => program.stop())

test('an operation that a store holds up is answered with TIMED_OUT when its time is over, and the next one runs', async () => {
  const { key } = await program.seed.tenant()
  const client = createTestClient(program.url, key)
  const owner = new Client({ connectionString: program.databases.ownerUrl })
  await owner.connect()
  try {
    await owner.query('BEGIN')
    await owner.query('LOCK TABLE streams IN ACCESS EXCLUSIVE MODE')
    const ask = '{ streams { totalCount } }'
    const { status, data, errors } = await settled(client.request(ask), 5_000, 'the answer')
    expect([status, data, errors?.[0]?.extensions?.code]).toEqual([504, undefined, 'TIMED_OUT'])
    const socket = client.webSocket()
    const { value } = await settled(socket.subscribe(ask as never).next(), 5_000, 'the answer')
    expect(value).toMatchObject({ errors: [{ extensions: { code: 'TIMED_OUT' } }] })
    await socket.close()
    await owner.query('ROLLBACK')
    expect((await client.request(ask)).data).toEqual({ streams: { totalCount: 0 } })
  } finally {
    await owner.end()
  }
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

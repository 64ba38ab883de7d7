import { Client } from 'pg'
import { pino } from 'pino'
import { afterAll, expect, test } from 'vitest'
import { createTestClient } from '../../../tests/testkit/client.ts'
import { startApp } from '../../../tests/testkit/app.ts'
import { createPeople } from '../../../tests/testkit/members.ts'
import { eventually } from '../../../tests/testkit/waiters.ts'

const program = await startApp()
const owner = new Client({ connectionString: program.databases.ownerUrl })
await owner.connect()
const { outcome, run, person, tenant, join } = createPeople(program, owner)
afterAll(async () => {
  await owner.end()
  await program.stop()
})

const rowsOf = async (action: string): Promise<unknown[]> =>
  (
    await owner.query(
      'SELECT outcome, code, after, count(*)::int FROM audit_logs WHERE action = $1 GROUP BY 1, 2, 3 ORDER BY 4',
      [action],
    )
  ).rows
const wrongly = async (email: string) =>
  (await run(undefined, 'signIn', { email, password: 'wrong-password' })).code

test('what somebody is refused again and again is a thousand rows, and one that says how many more', async () => {
  const made = await tenant()
  const viewer = await join(made, 'VIEWER')
  const other = await join(made, 'VIEWER')
  const twenty = Array.from(
    { length: 20 },
    (_, n) => `a${n}: createStream(input: { title: "T" }) { __typename }`,
  )
  const client = createTestClient(program.url, viewer.token)
  for (let asked = 0; asked < 1_040; asked += twenty.length) {
    const { data } = await client.request(`mutation { ${twenty.join(' ')} }`)
    expect(
      new Set(Object.values(data as object).map((each) => (each as { __typename: string }).__typename)),
    ).toEqual(new Set(['ForbiddenError']))
  }
  expect(await outcome(other.token, 'createStream', { title: 'T' })).toBe('FORBIDDEN')
  await program.app.modules.audit.service.drained(30_000)
  const refused = { outcome: 'DENIED', code: 'FORBIDDEN' }
  expect(await rowsOf('createStream')).toEqual([
    { ...refused, after: { more: 40 }, count: 1 },
    { ...refused, after: null, count: 1_001 },
  ])
})

test('a sign-in that failed is answered before its row is written', async () => {
  const { email } = await person()
  await owner.query('BEGIN; LOCK TABLE audit_heads IN EXCLUSIVE MODE')
  const told = [await wrongly(email), await wrongly('nobody-has-this@example.test')]
  expect(told).toEqual(['UNAUTHENTICATED', 'UNAUTHENTICATED'])
  expect(await rowsOf('signIn')).not.toContainEqual(expect.objectContaining({ outcome: 'FAILED' }))
  await owner.query('COMMIT')
  await program.app.modules.audit.service.drained(30_000)
  expect(await rowsOf('signIn')).toContainEqual(expect.objectContaining({ outcome: 'FAILED', count: 2 }))
})

test('a program that ends loses none of these rows', async () => {
  const ending = await startApp()
  const there = new Client({ connectionString: ending.databases.ownerUrl })
  await there.connect()
  await there.query('BEGIN; LOCK TABLE audit_heads IN EXCLUSIVE MODE')
  const people = createPeople(ending, there)
  const input = { email: 'nobody-has-this@example.test', password: 'wrong-password' }
  expect((await people.run(undefined, 'signIn', input)).code).toBe('UNAUTHENTICATED')
  const stopped = ending.stop()
  await there.query('COMMIT')
  await stopped
  const { rows } = await there.query(`SELECT code FROM audit_logs WHERE action = 'signIn'`)
  expect(rows).toEqual([{ code: 'UNAUTHENTICATED' }])
  await there.end()
})

test('a program that ends waits for these rows no longer than for others, and says how many were lost', async () => {
  const lines: string[] = []
  const ending = await startApp({
    settings: { SHUTDOWN_TIMEOUT_MS: '100' },
    log: pino({ level: 'error' }, { write: (line: string) => void lines.push(line) }),
  })
  const there = new Client({ connectionString: ending.databases.ownerUrl })
  await there.connect()
  await there.query('BEGIN; LOCK TABLE audit_heads IN EXCLUSIVE MODE')
  const people = createPeople(ending, there)
  const input = { email: 'nobody-has-this@example.test', password: 'wrong-password' }
  for (const _ of [1, 2, 3]) await people.run(undefined, 'signIn', input)
  const stopped = ending.stop()
  await eventually(() => expect(lines).toContainEqual(expect.stringContaining('"lost":3')))
  await there.query('COMMIT')
  await stopped
  await there.end()
})

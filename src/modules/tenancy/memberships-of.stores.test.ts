import { Client } from 'pg'
import { afterAll, expect, test } from 'vitest'
import { startApp } from '../../../tests/testkit/app.ts'
import { createPeople } from '../../../tests/testkit/members.ts'
import { statementsDuring } from '../../../tests/testkit/statements.ts'
import { trustTenantId, uuidv7 } from '../../platform/ids.ts'

const program = await startApp()
const owner = new Client({ connectionString: program.databases.ownerUrl })
await owner.connect()
const { run, outcome, tenant } = createPeople(program, owner)
afterAll(async () => {
  await owner.end()
  await program.stop()
})
const { membershipsOf } = program.app.modules.tenants.service

/** An account with three memberships, one of them in a tenant that is off; and a tenant of somebody else. */
const made = await tenant()
const others = await tenant()
const { rows: accounts } = await owner.query<{ id: string; email: string }>(
  `SELECT u.id, u.email FROM users u JOIN memberships m ON m.user_id = u.id JOIN tenants t ON t.id = m.tenant_id
    WHERE t.slug = $1`,
  [made.slug],
)
const { id: userId } = accounts[0]!
for (const [slug, active] of [
  ['second-of-three', true],
  ['off-of-three', false],
] as const)
  await owner.query(
    `WITH made AS (INSERT INTO tenants (id, name, slug, is_active) VALUES ($1, $2, $2, $3) RETURNING id)
     INSERT INTO memberships (id, tenant_id, user_id, role) SELECT $4, id, $5, 'ADMIN' FROM made`,
    [uuidv7(), slug, active, uuidv7(), userId],
  )

const slugs = async (asked: Parameters<typeof membershipsOf>[1]): Promise<string[]> =>
  (await membershipsOf(userId, asked)).map(({ slug }) => slug)

test('memberships of an account are asked for by tenant, two or all, of active tenants and its own alone', async () => {
  expect(await slugs('all')).toEqual([made.slug, 'second-of-three'])
  expect(await slugs('oldestTwo')).toEqual([made.slug, 'second-of-three'])
  expect(await slugs({ slug: 'second-of-three' })).toEqual(['second-of-three'])
  const [{ tenant: first } = { tenant: undefined }] = await membershipsOf(userId, 'oldestTwo')
  expect(await slugs({ tenant: first! })).toEqual([made.slug])
  for (const slug of ['off-of-three', others.slug, 'nobodys', '', '%', 'a\0b', '\ud83d'])
    expect([slug, await slugs({ slug })]).toEqual([slug, []])
  expect(await slugs({ tenant: trustTenantId(uuidv7()) })).toEqual([])
})

test('switching to a tenant and leaving one ask for that membership alone', async () => {
  const { token } = made.founder
  const statements = await statementsDuring(async () => {
    await run(token, 'switchTenant', { slug: 'second-of-three' })
    expect(await outcome(token, 'leaveTenant', { slug: 'no-such-tenant' })).toBe('NOT_FOUND')
  })
  const asked = statements.filter(({ text }) => /SELECT t\.id, t\.slug, t\.name, m\.role/.test(text))
  expect(asked.map(({ values }) => values)).toEqual([
    [userId, 'second-of-three'],
    [userId, 'no-such-tenant'],
  ])
  expect(await outcome(token, 'switchTenant', { slug: 'a\0b' })).toMatch(
    /NOT_FOUND|VALIDATION_FAILED|BAD_REQUEST/,
  )
})

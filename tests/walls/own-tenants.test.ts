import { afterAll, afterEach, expect, test } from 'vitest'
import { openWalls } from './two-tenants.ts'

const walls = await openWalls('canary-8e04')
const { a, as, b, codeOf, owner, program } = walls

afterEach(() => program.query('RESET ALL'))
afterAll(walls.close)

const tenantsSeen = async (): Promise<string[]> => {
  const { rows } = await program.query<{ id: string }>('SELECT id FROM tenants ORDER BY id')
  return rows.map(({ id }) => id)
}

test('an account sees the tenants that it is a member of while it is, and no others', async () => {
  await as('app.user_id', a.user)
  expect(await tenantsSeen()).toEqual([a.tenant])
  const asked = [
    'SELECT FROM tenants WHERE id = $1',
    'SELECT FROM tenants t WHERE t.id::text = $1 OR t.id = $1::uuid',
    'SELECT FROM memberships m JOIN tenants t ON t.id = m.tenant_id WHERE t.id = $1',
    'SELECT FROM (SELECT $1::uuid AS tenant_id) memberships JOIN tenants ON true WHERE tenants.id = tenant_id',
  ]
  for (const text of asked)
    expect([text, (await program.query(text, [b.tenant])).rowCount]).toEqual([text, 0])
  // A table of its own that goes by the name of the policy's changes nothing: the policy means the one it was made with.
  await program.query('CREATE TEMP TABLE memberships AS SELECT $1::uuid AS tenant_id, $2::uuid AS user_id', [
    b.tenant,
    a.user,
  ])
  expect(await tenantsSeen()).toEqual([a.tenant])
  await program.query('DROP TABLE pg_temp.memberships')

  const mine = 'FROM memberships WHERE tenant_id = $1 AND user_id = $2'
  const { rows } = await owner.query<{ row: object }>(`SELECT to_jsonb(memberships) AS row ${mine}`, [
    a.tenant,
    a.user,
  ])
  await owner.query(`DELETE ${mine}`, [a.tenant, a.user])
  expect(await tenantsSeen()).toEqual([])
  await owner.query('INSERT INTO memberships SELECT (jsonb_populate_record(NULL::memberships, $1)).*', [
    rows[0]!.row,
  ])
  expect(await tenantsSeen()).toEqual([a.tenant])
})

test('a tenant and an account in one scope open what each opens, and nobody opens nothing', async () => {
  await as('app.user_id', a.user)
  await as('app.tenant_id', b.tenant)
  expect(await tenantsSeen()).toEqual([a.tenant, b.tenant].toSorted())
  for (const [user, code] of [
    ['', '22012'],
    ['00000000-0000-0000-0000-000000000000', '22012'],
    [a.tenant, '22012'],
    ['%', '22P02'],
    [`${a.user}' OR true --`, '22P02'],
  ] as const) {
    await program.query('RESET ALL')
    await as('app.user_id', user)
    // A division by the zero rows that there are, or no uuid.
    expect([user, await codeOf('SELECT 1 / count(*) FROM tenants')]).toEqual([user, code])
  }
})

type Plan = { 'Node Type': string; 'Actual Rows': number; 'Actual Loops': number; Plans?: Plan[] }
const rowsRead = (plan: Plan): number => {
  const below = (plan.Plans ?? []).reduce((sum, each) => sum + rowsRead(each), 0)
  return plan['Node Type'].endsWith('Scan') ? below + plan['Actual Rows'] * plan['Actual Loops'] : below
}

test('a page of the memberships of an account reads its own rows, however many others there are', async () => {
  await owner.query('BEGIN')
  try {
    await owner.query('SET LOCAL session_replication_role = replica')
    await owner.query(
      `WITH made AS (INSERT INTO tenants (id, name, slug) SELECT gen_random_uuid(), 'T', 'many-' || n
                       FROM generate_series(1, 20000) n RETURNING id)
       INSERT INTO memberships (id, tenant_id, user_id, role) SELECT gen_random_uuid(), id, $1, 'VIEWER' FROM made`,
      [b.user],
    )
    await owner.query('ANALYZE tenants, memberships')
    await owner.query('SET LOCAL ROLE heliograph_app')
    await owner.query(`SELECT set_config('app.user_id', $1, true)`, [b.user])
    const { rows } = await owner.query<{ 'QUERY PLAN': [{ Plan: Plan }] }>(
      `EXPLAIN (ANALYZE, FORMAT JSON)
       SELECT m.id, t.slug FROM memberships m LEFT JOIN tenants t ON t.id = m.tenant_id
        WHERE m.user_id = $1 AND t.is_active AND t.deleted_at IS NULL ORDER BY m.created_at, m.id LIMIT 50`,
      [b.user],
    )
    const [{ Plan: plan }] = rows[0]!['QUERY PLAN']
    // Of each row: the membership, its tenant, and the membership that opens it.
    expect(rowsRead(plan), JSON.stringify(plan, null, 1)).toBeLessThanOrEqual(3 * 51)
  } finally {
    await owner.query('ROLLBACK')
  }
})

test('a policy reads no other table whole: what is asked once is found by a unique value', async () => {
  const { rows } = await owner.query<{ policy: string }>(
    `SELECT format('%s ON %s', polname, polrelid::regclass) AS policy FROM pg_policy
      WHERE pg_get_expr(polqual, polrelid) LIKE '%IN ( SELECT%' ORDER BY 1`,
  )
  expect(rows.map(({ policy }) => policy)).toEqual([
    'credential_lookup ON projects', // by the hash of a key
    'credential_lookup ON tenants',
    'email_lookup ON passwords', // by the e-mail of an account
  ])
})

import { afterAll, afterEach, expect, test } from 'vitest'
import { Client } from 'pg'
import { openWalls } from './two-tenants.ts'

const CANARY = 'canary-3e71'

const walls = await openWalls(CANARY)
const { a, as, codeOf, databases, notices, program, seen, tables } = walls

afterEach(() => program.query('RESET ALL'))
afterAll(walls.close)

test('without a tenant no table shows a row, whether the setting was never made, is empty or was reset', async () => {
  const fresh = new Client({ connectionString: databases.postgresUrl })
  await fresh.connect()
  for (const table of tables) expect((await fresh.query(`SELECT FROM ${table}`)).rowCount).toBe(0)
  await fresh.end()
  await as('app.tenant_id', '')
  expect(await seen()).toEqual({})
  await as('app.tenant_id', a.tenant)
  expect(Object.keys(await seen())).toHaveLength(tables.length)
  await program.query('RESET ALL')
  expect(await seen()).toEqual({})
})

const garbage = [
  '*',
  '%',
  'null',
  '{}',
  "' OR true --",
  'ffffffff-ffff-ffff-ffff-ffffffffffff',
  '00000000-0000-0000-0000-000000000000',
  ' ',
]
test.each(garbage)('the tenant %j is an error or nobody', async (value) => {
  await as('app.tenant_id', value)
  for (const table of tables) {
    const code = await codeOf(`SELECT 1 / count(*) FROM ${table}`)
    expect(['22P02', '22012']).toContain(code) // not a uuid, or a division by the zero rows that there are
  }
})

test('a condition that tells what it sees is shown no row of B', async () => {
  await as('app.tenant_id', a.tenant)
  await program.query(`CREATE FUNCTION pg_temp.peek(text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001
                       AS $$ BEGIN RAISE NOTICE 'seen %', $1; RETURN true; END $$`)
  for (const table of tables) await program.query(`SELECT FROM ${table} t WHERE pg_temp.peek(t::text)`)
  expect(notices.length).toBeGreaterThanOrEqual(tables.length)
  expect(notices.join('\n')).not.toContain(CANARY)
})

test('the statistics of the planner tell nothing of any row', async () => {
  await as('app.tenant_id', a.tenant)
  const { rows } = await program.query(
    `SELECT s::text FROM pg_stats s WHERE schemaname = 'public' AND tablename = ANY($1)`,
    [tables],
  )
  expect(rows).toEqual([])
  expect(await codeOf('SELECT * FROM pg_statistic')).toBe('42501')
})

const escapes = [
  'SET ROLE $owner',
  'SET SESSION AUTHORIZATION $owner',
  'ALTER ROLE CURRENT_USER BYPASSRLS',
  'ALTER ROLE CURRENT_USER SUPERUSER',
  'ALTER TABLE streams DISABLE ROW LEVEL SECURITY',
  'ALTER TABLE streams NO FORCE ROW LEVEL SECURITY',
  'DROP POLICY tenant_isolation ON streams',
  'CREATE POLICY open ON streams USING (true)',
  'ALTER POLICY tenant_isolation ON streams USING (true)',
  'CREATE VIEW public.mine AS SELECT * FROM streams',
  'CREATE TABLE public.mine AS SELECT * FROM streams',
  'CREATE FUNCTION public.mine() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$',
  'ALTER TABLE streams OWNER TO CURRENT_USER',
  'TRUNCATE streams',
  'LOCK TABLE streams IN ACCESS EXCLUSIVE MODE; CREATE TRIGGER t BEFORE SELECT ON streams EXECUTE FUNCTION f()',
  `COPY streams TO '/streams'`,
  `COPY streams TO PROGRAM 'cat'`,
  'CREATE EXTENSION dblink',
  'CREATE ROLE other SUPERUSER',
  `SELECT pg_read_file('postgresql.conf')`,
  'SET session_replication_role = replica',
]
test.each(escapes)('%s is refused', async (text) => {
  const { username } = new URL(databases.ownerUrl)
  expect(await codeOf(text.replace('$owner', username))).toMatch(/^(42501|42601|0A000)$/)
  expect(await seen()).toEqual({})
})

test('turning row security off in the session shows nothing more: the query fails', async () => {
  for (const scope of ['', a.tenant]) {
    await as('app.tenant_id', scope)
    await program.query('SET row_security = off')
    for (const table of tables)
      expect([table, await codeOf(`SELECT * FROM ${table}`)]).toEqual([table, '42501'])
    await program.query('RESET ALL')
  }
})

test.each([
  'RESET ALL',
  'RESET ROLE',
  'RESET SESSION AUTHORIZATION',
  'SET ROLE NONE',
  'DISCARD ALL',
  'SET SESSION AUTHORIZATION DEFAULT',
])('after %s there is no row more', async (text) => {
  expect(await codeOf(text)).toBeUndefined()
  expect(await seen()).toEqual({})
})

test('the program cannot rewrite the record of its migrations', async () => {
  expect(await codeOf(`UPDATE _prisma_migrations SET checksum = ''`)).toBe('42501')
  expect(await codeOf('DELETE FROM _prisma_migrations')).toBe('42501')
})

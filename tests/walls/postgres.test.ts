import { Client } from 'pg'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { uuidv7 } from '../../src/platform/ids.ts'
import { createLogger } from '../../src/platform/logger.ts'
import { freshDatabases } from '../testkit/databases.ts'
import { writeRows, type Owned } from './rows.ts'
import { apart, openTables, tablesOf, tenantTables } from './tables.ts'

const CANARY = 'canary-51d0'

let databases: Awaited<ReturnType<typeof freshDatabases>>
let owner: Client
let program: Client
let tables: string[]
let a: Owned
let b: Owned
const notices: string[] = []

beforeAll(async () => {
  databases = await freshDatabases(createLogger({ level: 'silent', format: 'json' }))
  owner = new Client({ connectionString: databases.ownerUrl })
  program = new Client({ connectionString: databases.postgresUrl })
  program.on('notice', ({ message }) => notices.push(message ?? ''))
  await Promise.all([owner.connect(), program.connect()])
  a = await writeRows(owner, 'alpha')
  b = await writeRows(owner, CANARY)
  await owner.query('ANALYZE')
  tables = tenantTables(await tablesOf(owner))
})
afterEach(() => program.query('RESET ALL'))
afterAll(() => Promise.all([owner.end(), program.end()]))

const as = async (setting: string, value: string): Promise<void> => {
  await program.query('SELECT set_config($1, $2, false)', [setting, value])
}
const codeOf = async (text: string, values: unknown[] = []): Promise<string | undefined> => {
  try {
    await program.query(text, values)
    return undefined
  } catch (error) {
    return (error as { code?: string }).code
  }
}
const tenantColumn = (table: string): string => (table === 'tenants' ? 'id' : 'tenant_id')
const owned = () => tables.filter((table) => table !== 'users')
const rowsIn = async (table: string): Promise<unknown[]> =>
  (await program.query(`SELECT * FROM ${table}`)).rows
const seen = async (): Promise<Record<string, number>> => {
  const counts: [string, number][] = []
  for (const table of tables) counts.push([table, (await rowsIn(table)).length])
  return Object.fromEntries(counts.filter(([, count]) => count > 0))
}
const seenApart = async (): Promise<Record<string, number>> => {
  const counts: [string, number][] = []
  for (const table of apart) counts.push([table, (await rowsIn(table)).length])
  return Object.fromEntries(counts.filter(([, count]) => count > 0))
}
const allOfB = async (): Promise<string> => {
  const texts: unknown[] = []
  for (const table of tables)
    texts.push(
      (
        await owner.query(
          `SELECT to_jsonb(t) AS row FROM ${table} t WHERE to_jsonb(t)::text LIKE $1 ORDER BY 1`,
          [`%${CANARY}%`],
        )
      ).rows,
    )
  return JSON.stringify(texts)
}

test('every table of the schema has forced row-level security with a policy for reading and writing, and there is no other way to rows', async () => {
  expect(tables.length).toBeGreaterThanOrEqual(13)
  expect(openTables(await tablesOf(owner))).toEqual([])
  const definers = await owner.query(
    `SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef`,
  )
  expect(definers.rows).toEqual([])
})

test('that list names a table without policy, one that is not forced, a policy that lets all through, and a view', async () => {
  await owner.query('BEGIN')
  await owner.query(`
    CREATE TABLE bare (tenant_id uuid);
    CREATE TABLE half (tenant_id uuid); ALTER TABLE half ENABLE ROW LEVEL SECURITY;
    CREATE POLICY p ON half USING (tenant_id IS NULL) WITH CHECK (tenant_id IS NULL);
    CREATE TABLE wide (tenant_id uuid); ALTER TABLE wide ENABLE ROW LEVEL SECURITY; ALTER TABLE wide FORCE ROW LEVEL SECURITY;
    CREATE POLICY p ON wide USING (true) WITH CHECK (true);
    CREATE VIEW window_on AS SELECT * FROM streams;
    CREATE MATERIALIZED VIEW picture AS SELECT * FROM streams;
    ALTER TABLE users NO FORCE ROW LEVEL SECURITY;`)
  expect(openTables(await tablesOf(owner))).toEqual(['bare', 'half', 'picture', 'users', 'wide', 'window_on'])
  await owner.query('ROLLBACK')
})

test('there is a row of each tenant in every table, or the tests here would prove nothing', async () => {
  for (const table of owned())
    for (const { tenant } of [a, b]) {
      const { rowCount } = await owner.query(`SELECT FROM ${table} WHERE ${tenantColumn(table)} = $1`, [
        tenant,
      ])
      expect([table, rowCount]).toEqual([table, 1])
    }
})

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

test("as A every table shows A's rows and none of B's, by whatever condition", async () => {
  await as('app.tenant_id', a.tenant)
  for (const table of tables) {
    const rows = await rowsIn(table)
    expect([table, rows.length]).toEqual([table, 1])
    expect(JSON.stringify(rows)).not.toContain(CANARY)
    expect(
      (await program.query(`SELECT FROM ${table} t WHERE t::text LIKE '%${CANARY}%' OR true`)).rowCount,
    ).toBe(1)
    if (table !== 'users')
      expect(
        (await program.query(`SELECT FROM ${table} WHERE ${tenantColumn(table)} = $1`, [b.tenant])).rowCount,
      ).toBe(0)
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

test('as A nothing of B can be changed, removed, taken over or given away', async () => {
  const before = await allOfB()
  await as('app.tenant_id', a.tenant)
  for (const table of owned()) {
    const column = tenantColumn(table)
    for (const [text, values] of [
      [`UPDATE ${table} SET ${column} = ${column} WHERE ${column} = $1`, [b.tenant]],
      [`UPDATE ${table} SET ${column} = $2 WHERE ${column} = $1`, [b.tenant, a.tenant]],
      [`DELETE FROM ${table} WHERE ${column} = $1`, [b.tenant]],
    ] as const) {
      const result = await program.query(text, [...values]).catch((error: { code: string }) => error.code)
      expect(typeof result === 'string' ? result : result.rowCount).toBeOneOf([0, '42501'])
    }
    const given = await codeOf(`UPDATE ${table} SET ${column} = $2 WHERE ${column} = $1`, [
      a.tenant,
      b.tenant,
    ])
    expect([table, given]).toEqual([table, '42501'])
  }
  expect(await program.query(`UPDATE users SET name = 'mine' WHERE id = $1`, [b.user])).toMatchObject({
    rowCount: 0,
  })
  expect(await program.query('DELETE FROM users WHERE id = $1', [b.user])).toMatchObject({ rowCount: 0 })
  expect(await allOfB()).toBe(before)
})

test("as A no row can be put into B's name, and an upsert does not reach B's row", async () => {
  const before = await allOfB()
  for (const table of owned()) {
    const { rows } = await owner.query<{ row: Record<string, unknown> }>(
      `SELECT to_jsonb(t) AS row FROM ${table} t WHERE ${tenantColumn(table)} = $1`,
      [b.tenant],
    )
    const row = rows[0]!.row
    await as('app.tenant_id', a.tenant)
    const insert = `INSERT INTO ${table} SELECT * FROM jsonb_populate_record(NULL::${table}, $1)`
    const sequence = row.sequence === undefined ? {} : { sequence: 1_000_000 }
    const another = table === 'tenants' ? { ...row } : { ...row, id: uuidv7(), ...sequence }
    expect([table, await codeOf(insert, [another])]).toEqual([table, '42501'])
    const mine = { ...row, [tenantColumn(table)]: a.tenant }
    if (!['tenants', 'incident_events', 'audit_heads'].includes(table))
      expect([
        table,
        await codeOf(`${insert} ON CONFLICT (id) DO UPDATE SET tenant_id = excluded.tenant_id`, [mine]),
      ]).toEqual([table, '42501'])
  }
  expect(await allOfB()).toBe(before)
})

const FOREIGN_KEYS = `
  SELECT c.conrelid::regclass::text AS child, c.confrelid::regclass::text AS parent,
         (SELECT array_agg(a.attname::text ORDER BY k.n) FROM unnest(c.conkey) WITH ORDINALITY k(num, n)
            JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.num) AS columns
    FROM pg_constraint c WHERE c.contype = 'f' AND c.connamespace = 'public'::regnamespace`

test("no row of A can point to a parent of B: every reference between tenants' rows carries the tenant", async () => {
  const { rows } = await owner.query<{ child: string; parent: string; columns: string[] }>(FOREIGN_KEYS)
  const between = rows.filter(
    ({ child, parent }) => parent !== 'tenants' && parent !== 'users' && !apart.includes(child),
  )
  expect(between.length).toBeGreaterThanOrEqual(5)
  for (const { child, parent, columns } of between) {
    expect([child, columns]).toEqual([child, ['tenant_id', expect.any(String)]])
    const found = await owner.query<{ id: string }>(`SELECT id FROM ${parent} WHERE tenant_id = $1`, [
      b.tenant,
    ])
    const update = `UPDATE ${child} SET ${columns[1]} = $1 WHERE tenant_id = $2`
    await as('app.tenant_id', a.tenant)
    expect(await codeOf(update, [found.rows[0]!.id, a.tenant])).toBeOneOf(['23503', '42501'])
    // Not only for want of rights: the reference itself is refused, whoever makes it.
    await expect(owner.query(update, [found.rows[0]!.id, a.tenant])).rejects.toMatchObject({ code: '23503' })
  }
})

const timeline = [
  'UPDATE audit_logs SET actor = actor',
  'DELETE FROM audit_logs',
  'TRUNCATE audit_logs',
  'DELETE FROM audit_heads',
  'TRUNCATE audit_heads',
  'UPDATE incident_events SET note = note',
  'DELETE FROM incident_events',
  'TRUNCATE incident_events',
  'DELETE FROM incidents',
  'DELETE FROM tenants',
]
test.each(timeline)('%s is refused to the program: a timeline is only ever added to', async (text) => {
  await as('app.tenant_id', a.tenant)
  expect(await codeOf(text)).toBe('42501')
  expect((await program.query('SELECT FROM incident_events')).rowCount).toBe(1)
})

test('the program cannot rewrite the record of its migrations', async () => {
  expect(await codeOf(`UPDATE _prisma_migrations SET checksum = ''`)).toBe('42501')
  expect(await codeOf('DELETE FROM _prisma_migrations')).toBe('42501')
})

test('who knows the hash of a key reads that key, its tenant and its project, and nothing else', async () => {
  await as('app.credential_hash', b.hash.toString('hex'))
  expect(await seen()).toEqual({ api_keys: 1, projects: 1, tenants: 1 })
  expect(await program.query('SELECT id FROM tenants')).toMatchObject({ rows: [{ id: b.tenant }] })
  expect(await program.query(`UPDATE api_keys SET scopes = '{write}'`)).toMatchObject({ rowCount: 0 })
  expect(await program.query('DELETE FROM api_keys')).toMatchObject({ rowCount: 0 })
  expect(await program.query('UPDATE tenants SET name = name')).toMatchObject({ rowCount: 0 })
  for (const value of ['', b.hash.toString('hex').slice(0, 62), '%', 'zz']) {
    await as('app.credential_hash', value)
    expect(['22023', '22012']).toContain(await codeOf('SELECT 1 / count(*) FROM api_keys'))
  }
})

test('who knows a slug reads that tenant, and nothing else', async () => {
  await as('app.tenant_slug', b.slug)
  expect(await seen()).toEqual({ tenants: 1 })
  expect(await program.query('UPDATE tenants SET name = name')).toMatchObject({ rowCount: 0 })
  for (const value of ['', '%', CANARY.toUpperCase()]) {
    await as('app.tenant_slug', value)
    expect(await seen()).toEqual({})
  }
})

test('an operator lists the tenants, and sees and changes nothing else', async () => {
  await as('app.operator', 'on')
  expect(await seen()).toEqual({ tenants: 2 })
  expect(await program.query('UPDATE tenants SET name = name')).toMatchObject({ rowCount: 0 })
  for (const value of ['off', 'ON', 'true', '1', '']) {
    await as('app.operator', value)
    expect(await seen()).toEqual({})
  }
})

test('an account reads itself, its sessions, where it is a member and those tenants, and nothing that they own', async () => {
  await as('app.user_id', b.user)
  expect(await seen()).toEqual({ memberships: 1, tenants: 1, users: 1 })
  expect(await seenApart()).toEqual({ refresh_tokens: 1, sessions: 1 })
  for (const table of ['memberships', 'tenants'])
    expect(
      await program.query(`UPDATE ${table} SET updated_at = now()`).catch((error: { code: string }) => error),
    ).toMatchObject({ rowCount: 0 })
  expect(await program.query('DELETE FROM memberships')).toMatchObject({ rowCount: 0 })
  const mine = `INSERT INTO memberships (id, tenant_id, user_id, role, updated_at) VALUES ($1, $2, $3, 'OWNER', now())`
  expect(await codeOf(mine, [uuidv7(), a.tenant, b.user])).toBe('42501')
})

test("no tenant sees a session, a refresh token or a signing key, not even its own members'", async () => {
  await as('app.tenant_id', b.tenant)
  expect(await seenApart()).toEqual({})
})

test('as one account no session of another can be seen, changed, removed, made or given away', async () => {
  await as('app.user_id', a.user)
  for (const table of ['sessions', 'refresh_tokens']) {
    expect((await program.query(`SELECT FROM ${table} WHERE user_id = $1`, [b.user])).rowCount).toBe(0)
    expect(
      (await program.query(`UPDATE ${table} SET expires_at = now() WHERE user_id = $1`, [b.user])).rowCount,
    ).toBe(0)
    expect((await program.query(`DELETE FROM ${table} WHERE user_id = $1`, [b.user])).rowCount).toBe(0)
    expect(await codeOf(`UPDATE ${table} SET user_id = $1`, [b.user])).toBe('42501')
  }
  const made = `INSERT INTO sessions (id, user_id, last_used_at, expires_at) VALUES ($1, $2, now(), now())`
  expect(await codeOf(made, [uuidv7(), b.user])).toBe('42501')
})

test('who knows an e-mail, the hash of a refresh token or of an invitation reads that one row, and nothing else', async () => {
  await as('app.email', `${CANARY}@example.test`)
  expect([await seen(), await seenApart()]).toEqual([{ users: 1 }, {}])
  expect(await program.query(`UPDATE users SET name = 'mine'`)).toMatchObject({ rowCount: 0 })
  await program.query('RESET ALL')
  await as('app.credential_hash', b.refresh.toString('hex'))
  expect([await seen(), await seenApart()]).toEqual([{}, { refresh_tokens: 1 }])
  expect(await program.query('UPDATE refresh_tokens SET used_at = NULL')).toMatchObject({ rowCount: 0 })
  await as('app.credential_hash', b.invitation.toString('hex'))
  expect([await seen(), await seenApart()]).toEqual([{ invitations: 1 }, {}])
  expect(await program.query(`UPDATE invitations SET role = 'OWNER'`)).toMatchObject({ rowCount: 0 })
})

test('signing keys are seen by what signs alone', async () => {
  await as('app.signing', 'on')
  expect([await seen(), await seenApart()]).toEqual([{}, { signing_keys: 2 }])
})

test('the relay reads, removes and sets aside messages, and can neither write nor change one nor see anything else', async () => {
  await as('app.relay', 'on')
  expect(await seen()).toEqual({ outbox_messages: 2 })
  expect(await codeOf('UPDATE outbox_messages SET topic = topic', [])).toBe('42501')
  expect(await codeOf('UPDATE outbox_messages SET tenant_id = $1', [b.tenant])).toBe('42501')
  const insert = 'INSERT INTO outbox_messages (id, tenant_id, topic, payload) VALUES ($1, $2, $3, $4)'
  expect(await codeOf(insert, [uuidv7(), b.tenant, 'x', {}])).toBe('42501')
  for (const value of ['off', 'ON', 'true', '1', '']) {
    await as('app.relay', value)
    expect(await seen()).toEqual({})
  }
  await as('app.relay', 'on')
  await program.query('BEGIN')
  expect(await program.query('DELETE FROM outbox_messages')).toMatchObject({ rowCount: 2 })
  await program.query('ROLLBACK')
})

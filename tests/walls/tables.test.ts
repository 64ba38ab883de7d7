import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { uuidv7 } from '../../src/platform/ids.ts'
import { readSchema } from '../../src/platform/postgres/schema-engine.ts'
import { apart, openTables, tablesOf } from './tables.ts'
import { openWalls } from './two-tenants.ts'

const CANARY = 'canary-9f20'

const walls = await openWalls(CANARY)
const { a, as, b, codeOf, owner, program, rowsIn, tables } = walls

afterEach(() => program.query('RESET ALL'))
afterAll(walls.close)

const { rows: policies } = await owner.query<{ expression: string }>(
  `SELECT pg_get_expr(polqual, polrelid) AS expression FROM pg_policy WHERE polrelid = 'clusters'::regclass`,
)

const prismaSchema = (await readSchema(join(import.meta.dirname, '../../prisma/schema')))
  .map(([, text]) => text)
  .join('\n')
const models = [...prismaSchema.matchAll(/^model (\w+) \{\n(.*?)^\}/gms)].map(([, name = '', body = '']) => ({
  table: /@@map\("(\w+)"\)/.exec(body)?.[1] ?? name,
  owned: /@map\("tenant_id"\)/.test(body),
}))
const owned = models.filter((model) => model.owned).map(({ table }) => table)
const tenantColumn = (table: string): string => (table === 'tenants' ? 'id' : 'tenant_id')

/**
 * One statement of the program under a scope, undone: how many rows it met, or the SQLSTATE that refused it.
 */
const tried = async (tenant: string, text: string, values: unknown[] = []): Promise<number | string> => {
  await program.query('BEGIN')
  try {
    await program.query(`SELECT set_config('app.tenant_id', $1, true)`, [tenant])
    return (await program.query(text, values)).rowCount ?? 0
  } catch (error) {
    return (error as { code: string }).code
  } finally {
    await program.query('ROLLBACK')
  }
}
const DENIED = '42501'
const rowOfB = async (table: string): Promise<Record<string, unknown>> => {
  const { rows } = await owner.query<{ row: Record<string, unknown> }>(
    `SELECT to_jsonb(t) AS row FROM ${table} t WHERE ${tenantColumn(table)} = $1`,
    [b.tenant],
  )
  expect([table, rows.length]).toEqual([table, 1]) // or what is tried here would prove nothing
  return rows[0]!.row
}

/** The columns of a table that a statement may write. */
const writable = async (table: string): Promise<string> => {
  const { rows } = await owner.query<{ names: string }>(
    `SELECT string_agg(quote_ident(attname), ', ') AS names FROM pg_attribute
      WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''`,
    [table],
  )
  return rows[0]!.names
}

/** Each tries to get at B's row, as A and as nobody. */
const verbs: Record<string, (table: string) => Promise<void>> = {
  select: async (table) => {
    await rowOfB(table)
    const column = tenantColumn(table)
    for (const tenant of [a.tenant, '']) {
      expect(await tried(tenant, `SELECT FROM ${table}`)).toBe(tenant ? 1 : 0)
      expect(
        await tried(tenant, `SELECT FROM ${table} t WHERE t::text LIKE '%${CANARY}%' OR ${column} = $1`, [
          b.tenant,
        ]),
      ).toBe(0)
      expect(await tried(tenant, `SELECT FROM ${table} WHERE true OR ${column} <> $1`, [a.tenant])).toBe(
        tenant ? 1 : 0,
      )
    }
  },
  insert: async (table) => {
    const row = await rowOfB(table)
    const columns = await writable(table)
    const insert = `INSERT INTO ${table} (${columns}) SELECT ${columns} FROM jsonb_populate_record(NULL::${table}, $1)`
    const sequence = row.sequence === undefined ? {} : { sequence: 1_000_000 }
    const another = table === 'tenants' ? row : { ...row, id: uuidv7(), ...sequence }
    for (const tenant of [a.tenant, '']) expect(await tried(tenant, insert, [another])).toBe(DENIED)
    // A's own row with the id of B's: an upsert must not reach B's.
    const upsert = `${insert} ON CONFLICT (id) DO UPDATE SET tenant_id = excluded.tenant_id`
    if (table !== 'tenants' && row.id !== undefined)
      expect(await tried(a.tenant, upsert, [{ ...row, tenant_id: a.tenant }])).toBe(DENIED)
  },
  update: async (table) => {
    await rowOfB(table)
    const column = tenantColumn(table)
    const update = `UPDATE ${table} SET ${column} = $2 WHERE ${column} = $1`
    for (const tenant of [a.tenant, '']) {
      expect(await tried(tenant, update, [b.tenant, b.tenant])).toBeOneOf([0, DENIED])
      expect(await tried(tenant, update, [b.tenant, a.tenant])).toBeOneOf([0, DENIED])
    }
    expect(await tried(a.tenant, update, [a.tenant, b.tenant])).toBe(DENIED)
    // Without a condition no row has to be read, and the check of new rows stands alone.
    expect(await tried(a.tenant, `UPDATE ${table} SET ${column} = $1`, [b.tenant])).toBe(DENIED)
  },
  delete: async (table) => {
    await rowOfB(table)
    for (const tenant of [a.tenant, '']) {
      const removed = await tried(tenant, `DELETE FROM ${table} WHERE ${tenantColumn(table)} = $1`, [
        b.tenant,
      ])
      expect(removed).toBeOneOf([0, DENIED])
    }
  },
}

describe(`${owned.length} tables with a tenant_id in the Prisma schema, and tenants`, () => {
  const all = [...owned, 'tenants']
  for (const [verb, attempt] of Object.entries(verbs))
    test.each(all)(`${verb} of %s with a foreign tenant gets at nothing`, attempt)
})

const damaged = async (damage: string, repair: string, work: () => Promise<void>): Promise<void> => {
  await owner.query(damage)
  try {
    await work()
  } finally {
    await owner.query(repair)
  }
}
describe('the proof that these tests can fail', () => {
  test.each(Object.keys(verbs))('without row-level security %s gets at the other tenant', (verb) =>
    damaged(
      'ALTER TABLE clusters DISABLE ROW LEVEL SECURITY',
      'ALTER TABLE clusters ENABLE ROW LEVEL SECURITY',
      () => expect(verbs[verb]!('clusters')).rejects.toThrow(),
    ),
  )

  test.each(['insert', 'update'])(
    'with a policy that checks no new row %s gets at the other tenant',
    (verb) =>
      damaged(
        'ALTER POLICY tenant_isolation ON clusters WITH CHECK (true)',
        `ALTER POLICY tenant_isolation ON clusters WITH CHECK (${policies[0]!.expression})`,
        () => expect(verbs[verb]!('clusters')).rejects.toThrow(),
      ),
  )

  test('with a second policy that lets all be read, select gets at the other tenant', () =>
    damaged('CREATE POLICY wide ON clusters FOR SELECT USING (true)', 'DROP POLICY wide ON clusters', () =>
      expect(verbs.select!('clusters')).rejects.toThrow(),
    ))
})

test('every table of the schema has forced row-level security with a policy for reading and writing, and there is no other way to rows', async () => {
  const found = await tablesOf(owner)
  expect(openTables(found)).toEqual([])
  const definers = await owner.query(
    `SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef`,
  )
  expect(definers.rows).toEqual([])
  // The Prisma schema and the database know the same tables, and the same ones as tenants'.
  const names = found.map(({ name }) => name).filter((name) => name !== '_prisma_migrations')
  expect(names).toEqual(models.map(({ table }) => table).toSorted())
  expect(found.filter((table) => table.owned).map(({ name }) => name)).toEqual(owned.toSorted())
})

const forced = (name: string) =>
  `CREATE TABLE ${name} (tenant_id uuid); ALTER TABLE ${name} ENABLE ROW LEVEL SECURITY; ALTER TABLE ${name} FORCE ROW LEVEL SECURITY;`
test('that list names a table without policy, one that is not forced, policies that let all through or check no new row, and views', async () => {
  await owner.query('BEGIN')
  await owner.query(`
    CREATE TABLE bare (tenant_id uuid);
    CREATE TABLE half (tenant_id uuid); ALTER TABLE half ENABLE ROW LEVEL SECURITY;
    CREATE POLICY p ON half USING (tenant_id IS NULL) WITH CHECK (tenant_id IS NULL);
    ${forced('mute')}
    ${forced('unchecked')} CREATE POLICY p ON unchecked USING (tenant_id IS NULL);
    ${forced('wide')} CREATE POLICY p ON wide USING (true) WITH CHECK (true);
    CREATE POLICY leak ON incidents FOR SELECT USING (true);
    CREATE VIEW window_on AS SELECT * FROM streams;
    CREATE MATERIALIZED VIEW picture AS SELECT * FROM streams;
    ALTER TABLE users NO FORCE ROW LEVEL SECURITY;`)
  expect(openTables(await tablesOf(owner))).toEqual([
    'bare',
    'half',
    'incidents',
    'mute',
    'picture',
    'unchecked',
    'users',
    'wide',
    'window_on',
  ])
  await owner.query('ROLLBACK')
})

test("as A every table shows A's row and none of B's, the accounts too", async () => {
  await as('app.tenant_id', a.tenant)
  for (const table of tables) {
    const rows = await rowsIn(table)
    expect([table, rows.length]).toEqual([table, 1])
    expect(JSON.stringify(rows)).not.toContain(CANARY)
  }
  expect(await program.query('UPDATE users SET is_active = false WHERE id = $1', [b.user])).toMatchObject({
    rowCount: 0,
  })
  expect(await codeOf('DELETE FROM users WHERE id = $1', [b.user])).toBe('42501')
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

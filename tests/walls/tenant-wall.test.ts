import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'
import { openTables, tablesOf } from './tables.ts'
import { openWalls } from './two-tenants.ts'

const walls = await openWalls('canary-71aa')
const { a, b, codeOf, owner } = walls

beforeEach(() => owner.query('BEGIN'))
afterEach(() => owner.query('ROLLBACK'))
afterAll(walls.close)

const refusal = async (text: string): Promise<string> => {
  await owner.query('SAVEPOINT tried')
  try {
    await owner.query(text)
    return 'nothing'
  } catch (error) {
    return (error as Error).message
  } finally {
    await owner.query('ROLLBACK TO tried')
  }
}

test('a table is walled by one call: the program sees and writes rows of its tenant only', async () => {
  await owner.query(`
    CREATE TABLE notes (tenant_id uuid NOT NULL REFERENCES tenants (id), word text, updated_at timestamptz(3) NOT NULL);
    CREATE ROLE tenant_wall_test;
    GRANT SELECT, INSERT ON notes TO tenant_wall_test;`)
  expect(openTables(await tablesOf(owner))).toEqual(['notes'])
  await owner.query(`CALL tenant_wall('notes')`)
  await owner.query(`CALL tenant_wall('notes')`) // once more changes nothing
  expect(openTables(await tablesOf(owner))).toEqual([])
  const insert = 'INSERT INTO notes (tenant_id, word) VALUES'
  await owner.query(`${insert} ('${a.tenant}', 'of A'), ('${b.tenant}', 'of B')`)
  await owner.query(`SET LOCAL ROLE tenant_wall_test; SET LOCAL app.tenant_id = '${a.tenant}'`)
  expect((await owner.query('SELECT word FROM notes')).rows).toEqual([{ word: 'of A' }])
  expect(await refusal(`${insert} ('${b.tenant}', 'of A')`)).toContain('row-level security')
})

test('a table without a tenant is refused, and one whose reference could reach another tenant', async () => {
  await owner.query(`
    CREATE TABLE nobodys (id uuid);
    CREATE TABLE anybodys (tenant_id uuid);
    CREATE TABLE pointing (tenant_id uuid NOT NULL, project_id uuid REFERENCES projects (id));`)
  expect(await refusal(`CALL tenant_wall('nobodys')`)).toBe(
    'the table nobodys has no column tenant_id UUID NOT NULL',
  )
  expect(await refusal(`CALL tenant_wall('anybodys')`)).toBe(
    'the table anybodys has no column tenant_id UUID NOT NULL',
  )
  expect(await refusal(`CALL tenant_wall('pointing')`)).toBe(
    'the foreign key pointing_project_id_fkey of pointing lacks tenant_id',
  )
})

test('the program can call neither procedure', async () => {
  expect(await codeOf(`CALL tenant_wall('streams')`)).toBe('42501')
  expect(await codeOf(`CALL keep_updated_at('streams')`)).toBe('42501')
})

test('every table with updated_at keeps it: a change moves it, what says a time of its own has that, and no change none', async () => {
  const { rows: tables } = await owner.query<{ name: string }>(
    `SELECT c.relname AS name FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
      WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attname = 'updated_at' ORDER BY 1`,
  )
  expect(tables.length).toBeGreaterThanOrEqual(13)
  const { rows: now } = await owner.query<{ now: Date }>('SELECT now()::timestamptz(3) AS now')
  const long = new Date('2020-01-01T00:00:00Z')
  const timesOf = async (table: string, set: string): Promise<Date[]> => {
    const { rows } = await owner.query<{ at: Date }>(
      `UPDATE ${table} SET ${set} WHERE ${table === 'passwords' ? 'user_id' : 'id'}::text = (SELECT min(${
        table === 'passwords' ? 'user_id' : 'id'
      }::text) FROM ${table}) RETURNING updated_at AS at`,
    )
    return rows.map(({ at }) => at)
  }
  for (const { name } of tables) {
    const own = name === 'tenants' ? 'plan' : name === 'memberships' ? 'joined_at' : 'created_at'
    const change =
      name === 'passwords' ? `hash = 'other'` : own === 'plan' ? `plan = 'PRO'` : `${own} = '2019-01-01'`
    expect([name, await timesOf(name, `updated_at = '2020-01-01T00:00:00Z'`)]).toEqual([name, [long]])
    expect([name, await timesOf(name, 'updated_at = updated_at')]).toEqual([name, [long]])
    expect([name, await timesOf(name, change)]).toEqual([name, [now[0]!.now]])
  }
})

test('every index can be used below the wall: no column of one is of a type whose comparison is not leakproof', async () => {
  const unusable = () =>
    owner.query<{ name: string }>(
      `SELECT DISTINCT i.indexrelid::regclass::text AS name FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
        CROSS JOIN unnest(i.indclass) AS of(class) JOIN pg_opclass o ON o.oid = of.class
         JOIN pg_amop a ON a.amopfamily = o.opcfamily AND a.amopstrategy = 1
                       AND a.amoplefttype = o.opcintype AND a.amoprighttype = o.opcintype
         JOIN pg_operator less ON less.oid = a.amopopr JOIN pg_proc p ON p.oid = less.oprcode
        WHERE c.relnamespace = 'public'::regnamespace AND NOT p.proleakproof`,
    )
  expect((await unusable()).rows).toEqual([])
  await owner.query('CREATE INDEX by_severity ON incidents (tenant_id, severity, id)')
  await owner.query('CREATE INDEX by_value ON incidents (tenant_id, value, id)')
  expect((await unusable()).rows).toEqual([{ name: 'by_severity' }, { name: 'by_value' }])
})

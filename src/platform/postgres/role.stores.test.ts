import { randomBytes } from 'node:crypto'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshDatabases } from '../../../tests/testkit/databases.ts'
import { createLogger } from '../logger.ts'
import { assertProgramRole } from './role-check.ts'
import { grantProgramRole } from './role.ts'

// Roles belong to the whole server: those made here have names of their own and go with the test.
const own = `r${randomBytes(4).toString('hex')}`

let databases: Awaited<ReturnType<typeof freshDatabases>>
let owner: Client
beforeAll(async () => {
  databases = await freshDatabases(createLogger({ level: 'silent', format: 'json' }))
  owner = new Client({ connectionString: databases.ownerUrl })
  await owner.connect()
})
afterAll(async () => {
  const { rows } = await owner.query<{ rolname: string }>(
    'SELECT rolname FROM pg_roles WHERE rolname LIKE $1',
    [`${own}%`],
  )
  const names = rows.map(({ rolname }) => rolname).join(', ')
  await owner.query(`REASSIGN OWNED BY ${names} TO CURRENT_USER; DROP OWNED BY ${names}; DROP ROLE ${names}`)
  await owner.end()
})

const urlOf = (role: string): string =>
  Object.assign(new URL(databases.ownerUrl), { username: role, password: 'secret' }).href

/** A role with what the program is granted, and `more`. */
const roleWith = async (word: string, more: string): Promise<string> => {
  const role = `${own}_${word}`
  const url = urlOf(role)
  await grantProgramRole(databases.ownerUrl, url)
  if (more) await owner.query(more.replaceAll('$role', role).replaceAll('$database', databases.name))
  return url
}

test('the role that the migration makes is taken', async () => {
  await expect(assertProgramRole(await roleWith('plain', ''))).resolves.toBeUndefined()
  await expect(assertProgramRole(databases.postgresUrl)).resolves.toBeUndefined()
})

test.each([
  ['super', 'ALTER ROLE $role SUPERUSER', 'is a superuser'],
  ['bypass', 'ALTER ROLE $role BYPASSRLS', 'has BYPASSRLS'],
  ['owner', 'CREATE TABLE its_own (id int); ALTER TABLE its_own OWNER TO $role', 'owns tables'],
  [
    'member',
    `CREATE ROLE ${own}_the_owner; CREATE TABLE its (id int); ALTER TABLE its OWNER TO ${own}_the_owner; GRANT ${own}_the_owner TO $role`,
    'is a member',
  ],
  ['noinherit', `ALTER ROLE $role NOINHERIT; GRANT ${own}_the_owner TO $role`, 'is a member'],
  [
    'set',
    `CREATE ROLE ${own}_between; GRANT ${own}_the_owner TO ${own}_between; GRANT ${own}_between TO $role`,
    'is a member',
  ],
  [
    'bypasser',
    `CREATE ROLE ${own}_the_bypasser BYPASSRLS; GRANT ${own}_the_bypasser TO $role`,
    'is a member',
  ],
  ['maker', 'ALTER ROLE $role CREATEROLE', 'has CREATEROLE'],
  ['replica', 'ALTER ROLE $role REPLICATION', 'has REPLICATION'],
  ['files', 'GRANT pg_read_server_files TO $role', 'is a member of "pg_read_server_files"'],
  ['database', 'ALTER DATABASE $database OWNER TO $role', 'owns the database'],
  ['schema', 'ALTER SCHEMA public OWNER TO $role', 'owns the schema public'],
  ['truncate', 'GRANT TRUNCATE ON streams TO $role', 'may TRUNCATE streams'],
  ['trigger', 'GRANT TRIGGER ON audit_logs TO $role', 'may TRIGGER audit_logs'],
  ['column', 'GRANT UPDATE (actor) ON audit_logs TO $role', 'may UPDATE audit_logs'],
  [
    'both',
    'GRANT UPDATE, DELETE ON incident_events TO $role',
    'may DELETE incident_events, UPDATE incident_events',
  ],
  ['cascade', 'GRANT DELETE ON incidents TO $role', 'may DELETE incidents'],
  [
    'behind',
    `CREATE ROLE ${own}_remover; GRANT DELETE ON audit_logs TO ${own}_remover; ALTER ROLE $role NOINHERIT; GRANT ${own}_remover TO $role`,
    `may DELETE audit_logs (as "${own}_remover")`,
  ],
  ['all', 'GRANT pg_write_all_data TO $role', 'may DELETE audit_heads'],
])(
  'a role that could step over the wall (%s) is refused, by a reason and without its password',
  async (word, more, reason) => {
    const refused = assertProgramRole(await roleWith(word, more))
    await expect(refused).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining(reason),
    })
    await expect(refused).rejects.toMatchObject({ message: expect.not.stringContaining('secret') })
  },
)

test('a right that everybody was given is refused too, and whose it is is said', async () => {
  await owner.query('GRANT DELETE ON audit_logs TO PUBLIC')
  await expect(assertProgramRole(databases.postgresUrl)).rejects.toMatchObject({
    message: expect.stringContaining('may DELETE audit_logs'),
  })
  await owner.query('REVOKE DELETE ON audit_logs FROM PUBLIC')
  await expect(assertProgramRole(databases.postgresUrl)).resolves.toBeUndefined()
})

/** What a role was granted on each table and column, as text to compare. */
const rightsOf = async (url: string): Promise<string[]> => {
  const { rows } = await owner.query<{ right: string }>(
    `SELECT c.relname || ' ' || privilege_type AS right
       FROM pg_class c, aclexplode(coalesce(c.relacl, acldefault('r', c.relowner)))
      WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND grantee = $1::regrole
      UNION ALL
     SELECT c.relname || '.' || a.attname || ' ' || privilege_type
       FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid, aclexplode(a.attacl)
      WHERE c.relnamespace = 'public'::regnamespace AND grantee = $1::regrole
      ORDER BY 1`,
    [new URL(url).username],
  )
  return rows.map(({ right }) => right)
}

test('what somebody granted by hand goes away at the next start', async () => {
  const url = await roleWith('more', '')
  const before = await rightsOf(url)
  const role = `${own}_more`
  await owner.query(`
    GRANT ALL ON ALL TABLES IN SCHEMA public TO ${role};
    GRANT UPDATE (user_id), REFERENCES (user_id) ON memberships TO ${role} WITH GRANT OPTION;
    GRANT CREATE ON SCHEMA public TO ${role}; GRANT UPDATE ON ALL SEQUENCES IN SCHEMA public TO ${role}`)
  await expect(assertProgramRole(url)).rejects.toThrow('TRUNCATE')
  await grantProgramRole(databases.ownerUrl, url)
  expect(await rightsOf(url)).toEqual(before)
  await expect(assertProgramRole(url)).resolves.toBeUndefined()
  const { rows } = await owner.query(
    `SELECT has_schema_privilege($1, 'public', 'CREATE') AS made, has_sequence_privilege($1, 'outbox_messages_sequence_seq', 'UPDATE') AS set`,
    [role],
  )
  expect(rows).toEqual([{ made: false, set: false }])
})

test('an owner that both settings name keeps its rights, or it could not migrate any more; it is refused by the check', async () => {
  const url = await roleWith('named_twice', 'CREATE TABLE twice (id int); ALTER TABLE twice OWNER TO $role')
  const before = await rightsOf(url)
  expect(before).toContain('twice TRUNCATE')
  await grantProgramRole(databases.ownerUrl, url)
  expect(await rightsOf(url)).toEqual(before)
  await expect(assertProgramRole(url)).rejects.toThrow('owns tables')
})

test('the program may change what it changes: no history, no rights of keys, no e-mail of an account', async () => {
  const rights = await rightsOf(await roleWith('narrow', ''))
  const changes = (table: string) =>
    rights
      .filter((right) =>
        new RegExp(`^${table}[. ].*(UPDATE|DELETE|TRUNCATE|TRIGGER|REFERENCES)$`).test(right),
      )
      .map((right) => right.slice(table.length + 1))
  expect(changes('audit_logs')).toEqual([])
  expect(changes('incident_events')).toEqual([])
  expect(changes('_prisma_migrations')).toEqual([])
  expect(changes('audit_heads')).toEqual(['hash UPDATE', 'sequence UPDATE'])
  expect(changes('incidents')).toEqual(['UPDATE'])
  expect(changes('tenants')).toEqual(['UPDATE'])
  expect(changes('memberships')).toEqual(['DELETE', 'role UPDATE', 'updated_at UPDATE'])
  expect(changes('outbox_messages')).toEqual(['DELETE', 'set_aside_at UPDATE'])
  expect(changes('users')).toEqual(
    ['is_active', 'last_login_at', 'oauth_id', 'oauth_provider', 'updated_at'].map(
      (name) => `${name} UPDATE`,
    ),
  )
  expect(changes('api_keys')).toEqual(
    [
      'expires_at',
      'last_used_at',
      'revoked_at',
      'revoked_by',
      'successor_id',
      'updated_at',
      'usage_count',
    ].map((name) => `${name} UPDATE`),
  )
  expect(changes('streams')).toEqual(['DELETE', 'UPDATE'])
})

test('a grant that ends anywhere in between leaves the rights as they were', async () => {
  const url = await roleWith('halfway', '')
  const before = await rightsOf(url)
  // nextval is not undone with the rest, so it counts the steps of all tries.
  await owner.query(`
    CREATE SCHEMA steps; CREATE SEQUENCE steps.done; CREATE TABLE steps.fatal (step bigint);
    CREATE FUNCTION steps.fail() RETURNS event_trigger LANGUAGE plpgsql AS $$
      BEGIN IF nextval('steps.done') = (SELECT step FROM steps.fatal) THEN RAISE 'the power went'; END IF; END $$;
    CREATE EVENT TRIGGER halfway ON ddl_command_end EXECUTE FUNCTION steps.fail()`)
  try {
    let failed = 0
    for (; ; failed += 1) {
      await owner.query(`TRUNCATE steps.fatal; ALTER SEQUENCE steps.done RESTART`)
      await owner.query(`SELECT setval('steps.done', 1, false)`)
      await owner.query(`INSERT INTO steps.fatal VALUES ($1)`, [failed + 1])
      const ended = await grantProgramRole(databases.ownerUrl, url).then(
        () => 'whole',
        (error: Error) => error.message,
      )
      expect(await rightsOf(url)).toEqual(before)
      if (ended === 'whole') break
      expect(ended).toBe('the power went')
    }
    expect(failed).toBeGreaterThan(5)
  } finally {
    await owner.query('DROP EVENT TRIGGER halfway; DROP SCHEMA steps CASCADE')
  }
})

test('many starts at once, on a role that is not there yet, all succeed', async () => {
  const other = await freshDatabases(createLogger({ level: 'silent', format: 'json' }))
  const url = urlOf(`${own}_atonce`)
  for (let round = 0; round < 3; round += 1)
    await Promise.all(
      [databases, databases, databases, databases, other, other].map(({ ownerUrl }) =>
        grantProgramRole(ownerUrl, url),
      ),
    )
  await expect(assertProgramRole(url)).resolves.toBeUndefined()
  const elsewhere = new Client({ connectionString: other.ownerUrl })
  await elsewhere.connect()
  await elsewhere.query(`DROP OWNED BY ${own}_atonce`)
  await elsewhere.end()
})

test.each([
  ['streams', 'DISABLE ROW LEVEL SECURITY', 'ENABLE ROW LEVEL SECURITY'],
  ['streams', 'NO FORCE ROW LEVEL SECURITY', 'FORCE ROW LEVEL SECURITY'],
  ['tenants', 'DISABLE ROW LEVEL SECURITY', 'ENABLE ROW LEVEL SECURITY'],
  ['users', 'NO FORCE ROW LEVEL SECURITY', 'FORCE ROW LEVEL SECURITY'],
])('a table whose wall is down (%s, %s) is refused by name', async (table, down, up) => {
  await owner.query(`ALTER TABLE ${table} ${down}`)
  await expect(assertProgramRole(databases.postgresUrl)).rejects.toMatchObject({
    code: 'CONFLICT',
    message: expect.stringContaining(`off for ${table}.`),
  })
  await owner.query(`ALTER TABLE ${table} ${up}`)
  await expect(assertProgramRole(databases.postgresUrl)).resolves.toBeUndefined()
})

test('a new table with a tenant and without a wall is refused until it has one', async () => {
  await owner.query('CREATE TABLE fresh (tenant_id uuid)')
  await expect(assertProgramRole(databases.postgresUrl)).rejects.toMatchObject({
    message: expect.stringContaining('off for fresh.'),
  })
  await owner.query('ALTER TABLE fresh ENABLE ROW LEVEL SECURITY; ALTER TABLE fresh FORCE ROW LEVEL SECURITY')
  await expect(assertProgramRole(databases.postgresUrl)).resolves.toBeUndefined()
})

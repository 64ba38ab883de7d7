import { randomBytes } from 'node:crypto'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshDatabases } from '../../../tests/testkit/databases.ts'
import { createLogger } from '../logger.ts'
import { assertProgramRole, grantProgramRole } from './role.ts'

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
  if (more) await owner.query(more.replaceAll('$role', role))
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

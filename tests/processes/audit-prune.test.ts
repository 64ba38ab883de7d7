import { randomBytes } from 'node:crypto'
import { Command } from 'commander'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { operator } from '../../src/auth/actor.ts'
import { trustedPermit } from '../../src/auth/permit.ts'
import { registerPrune } from '../../src/cli/audit-prune.ts'
import { createLogger } from '../../src/platform/logger.ts'
import { createPostgres } from '../../src/platform/postgres/postgres.ts'
import { backdate } from '../testkit/audit.ts'
import { freshDatabases } from '../testkit/databases.ts'
import { stores } from '../testkit/stores.ts'
import { tenantsOn } from '../testkit/tenants.ts'
import { createCommand } from './command.ts'

let databases: Awaited<ReturnType<typeof freshDatabases>>
let admin: Client
beforeAll(async () => {
  databases = await freshDatabases(createLogger({ level: 'silent', format: 'json' }))
  admin = new Client({ connectionString: stores().postgresOwnerUrl })
  await admin.connect()
})
afterAll(() => Promise.all([databases.clickHouse.close(), admin.end()]))

/** An empty database of a role that is no superuser: forced row-level security hides rows from it too. */
const ofPlainOwner = async () => {
  const name = `prune_${randomBytes(6).toString('hex')}`
  const url = (username: string, password: string): string =>
    Object.assign(new URL(stores().postgresOwnerUrl), { pathname: `/${name}`, username, password }).href
  await admin.query(`CREATE ROLE ${name} LOGIN CREATEROLE PASSWORD 'owner'`)
  await admin.query(`CREATE DATABASE ${name} OWNER ${name}`)
  return { ...databases, name, ownerUrl: url(name, 'owner'), postgresUrl: url(`${name}_app`, 'program') }
}

/** Another tenant, and three rows in the audit log of both: each was made, switched off and on again. */
const makeHistory = async (url: string): Promise<void> => {
  const log = createLogger({ level: 'silent', format: 'json' })
  const postgres = createPostgres({ url, log, poolSize: 1 })
  const tenants = tenantsOn(postgres)
  await tenants.create({ slug: 'other' })
  for (const { tenant } of (await tenants.list()).filter(({ slug }) => slug !== '@platform')) {
    for (const isActive of [false, true]) await tenants.setActive(trustedPermit(tenant, operator), isActive)
  }
  await postgres.close()
}

// Each has a database of its own.
test.concurrent.each(['a superuser', 'a plain owner'])(
  'old rows of the audit log are removed as %s: those of two years unless told, and all chains are whole after',
  async (who) => {
    const given = who === 'a superuser' ? databases : await ofPlainOwner()
    const heliograph = createCommand(given)
    expect((await heliograph('tenant', 'create', 'acme')).code).toBe(0) // migrates
    await makeHistory(given.postgresUrl)
    const superuser = new Client({
      connectionString: Object.assign(new URL(stores().postgresOwnerUrl), { pathname: `/${given.name}` })
        .href,
    })
    await superuser.connect()
    const { rows } = await superuser.query<{ id: string }>(
      `SELECT id FROM tenants WHERE slug IN ('acme', 'other') ORDER BY slug`,
    )
    const [acme, other] = rows.map(({ id }) => id)
    await backdate(superuser, acme!, 2, 400)
    await backdate(superuser, other!, 2, 800)

    const usual = await heliograph('audit', 'prune', '--json')
    expect(usual.code).toBe(0)
    expect(JSON.parse(usual.out)).toEqual([
      { tenant: '@platform', ok: true, removed: 0 },
      { tenant: 'acme', ok: true, removed: 0 },
      { tenant: 'other', ok: true, removed: 2 },
    ])
    const shorter = await heliograph('audit', 'prune', '--tenant', 'acme', '--older-than', 'P1Y1M')
    expect(shorter).toMatchObject({ code: 0, out: 'acme: 2 rows removed.\n' })
    const whole = await heliograph('audit', 'verify', '--json')
    expect(JSON.parse(whole.out)).toMatchObject([
      { tenant: '@platform', ok: true },
      { tenant: 'acme', ok: true, rows: 2, head: { sequence: 4 } },
      { tenant: 'other', ok: true, rows: 2, head: { sequence: 4 } },
    ])
    const listed = await heliograph('audit', 'list', '--tenant', 'acme')
    expect(listed.out).toMatch(/^4 .* operator +pruneAuditLog .* SUCCESS$/m)

    await superuser.query(
      `BEGIN; SET LOCAL session_replication_role = replica; UPDATE audit_logs SET actor = 'x' WHERE sequence = 3; COMMIT`,
    )
    await superuser.end()
    const damaged = await heliograph('audit', 'prune', '--tenant', 'acme', '--older-than', 'P1D')
    expect(damaged).toMatchObject({
      code: 2,
      out: expect.stringContaining('acme: NOT whole, so nothing removed'),
    })
  },
  120_000,
)

test('an age that is none, and a want of the owner, are told in one line', async () => {
  const program = new Command().exitOverride()
  const prune = program.command('audit').exitOverride()
  registerPrune(prune)
  for (const command of prune.commands) command.exitOverride().configureOutput({ writeErr: () => undefined })
  for (const age of ['P0D', '2Y', 'PT5M', 'P', 'P-1Y'])
    await expect(
      program.parseAsync(['audit', 'prune', '--older-than', age], { from: 'user' }),
    ).rejects.toThrow('such as P2Y or P1Y6M')
  expect(await createCommand(databases)('audit', 'prune', '--older-than', 'P1W')).toMatchObject({
    code: 1,
    err: expect.stringContaining('such as P2Y or P1Y6M'),
  })
  const ownerless = createCommand(databases, { DATABASE_OWNER_URL: '' })
  expect(await ownerless('audit', 'prune')).toMatchObject({
    code: 1,
    err: expect.stringContaining('Set DATABASE_OWNER_URL'),
  })
})

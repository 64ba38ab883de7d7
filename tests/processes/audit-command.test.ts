import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createLogger } from '../../src/platform/logger.ts'
import { createPostgres } from '../../src/platform/postgres/postgres.ts'
import { freshDatabases } from '../testkit/databases.ts'
import { tenantsOn } from '../testkit/tenants.ts'
import { createCommand } from './command.ts'

const log = createLogger({ level: 'silent', format: 'json' })

let databases: Awaited<ReturnType<typeof freshDatabases>>
let heliograph: ReturnType<typeof createCommand>
beforeAll(async () => {
  databases = await freshDatabases(log)
  heliograph = createCommand(databases)
})
afterAll(() => databases.clickHouse.close())

test('keys are made, listed and revoked, and the audit log that tells of it is proven whole, on the command line', async () => {
  expect((await heliograph('tenant', 'create', 'acme')).code).toBe(0)
  const made = await heliograph('api-key', 'create', '--tenant', 'acme', '--scopes', 'read,admin', '--json')
  const { id, key } = JSON.parse(made.out) as { id: string; key: string }
  const listed = await heliograph('api-key', 'list', '--tenant', 'acme')
  expect(listed.out).toContain(id)
  expect(listed.out).toContain('read,admin')
  expect(listed.out).toContain('active')
  expect(listed.out).not.toContain(key)
  expect((await heliograph('api-key', 'revoke', id, '--tenant', 'acme')).code).toBe(0)
  expect((await heliograph('api-key', 'list', '--tenant', 'acme')).out).toContain('revoked')
  // None of these writes.
  const noTenant = [
    ['tenant', 'activate', '@platform'],
    ['api-key', 'create', '--tenant', '@platform', '--scopes', 'read'],
    ['api-key', 'list', '--tenant', '@platform'],
  ]
  const [whole, platform, ofPlatform, last, usual, tooFew, ...refused] = await Promise.all([
    heliograph('audit', 'verify'),
    heliograph('audit', 'verify', '--tenant', '@platform', '--json'),
    heliograph('audit', 'list', '--tenant', '@platform', '--json'),
    heliograph('audit', 'list', '--tenant', 'acme', '--last', '2'),
    heliograph('audit', 'list', '--json'),
    heliograph('audit', 'list', '--last', '0'),
    ...noTenant.map((words) => heliograph(...words)),
  ])
  expect(whole).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^@platform: 0 rows, whole\.\nacme: 3 rows, whole; head 3 [0-9a-f]{64}\./),
  })
  // The chain of the platform has a name, which names no tenant to anything else.
  expect(JSON.parse(platform.out)).toMatchObject([{ tenant: '@platform', ok: true, rows: 0 }])
  expect(ofPlatform.out).toBe('[]\n')
  expect(refused).toHaveLength(noTenant.length)
  for (const end of refused)
    expect(end).toMatchObject({
      code: 1,
      err: expect.stringContaining('There is no tenant "@platform"'),
    })

  expect(last.out).toMatch(/^3 .* operator +revokeApiKey +ApiKey .* SUCCESS$/m)
  expect(last.out).toMatch(/^2 .* operator +createApiKey +ApiKey .* SUCCESS$/m)
  expect(last.out).not.toContain('createTenant')
  expect(JSON.parse(usual.out)).toEqual([])
  expect(tooFew).toMatchObject({ code: 1, err: expect.stringContaining('from 1 to 1000') })

  const owner = new Client({ connectionString: databases.ownerUrl })
  await owner.connect()
  await owner.query(
    `SET session_replication_role = replica; UPDATE audit_logs SET actor = 'x' WHERE sequence = 2`,
  )
  await owner.end()
  const damaged = await heliograph('audit', 'verify', '--tenant', 'acme', '--json')
  expect(damaged.code).toBe(2)
  expect(JSON.parse(damaged.out)).toMatchObject([
    { tenant: 'acme', ok: false, damage: [{ sequence: 2, kind: 'EDITED' }] },
  ])
  expect((await heliograph('audit', 'verify', '--tenant', 'nobody')).code).toBe(1)
})

const create = (slug: string) =>
  heliograph('api-key', 'create', '--tenant', 'projects', '--scopes', 'ingest', '--project', slug, '--json')
test('a key of one project is made by the slug of the project, unless it was deleted', async () => {
  const postgres = createPostgres({ url: databases.postgresUrl, log, poolSize: 1 })
  await tenantsOn(postgres).create({ slug: 'projects' })
  await postgres.close()
  const made = await create('default')
  const owner = new Client({ connectionString: databases.ownerUrl })
  await owner.connect()
  const { rows } = await owner.query<{ slug: string }>(
    'SELECT p.slug FROM api_keys k JOIN projects p ON p.id = k.project_id WHERE k.id = $1',
    [(JSON.parse(made.out) as { id: string }).id],
  )
  expect(rows).toEqual([{ slug: 'default' }])
  await owner.query('UPDATE projects SET deleted_at = now()')
  await owner.end()
  for (const slug of ['default', 'nothing'])
    expect(await create(slug)).toMatchObject({
      code: 1,
      err: expect.stringContaining(`The tenant has no project "${slug}".`),
    })
})

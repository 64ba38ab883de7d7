import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createLogger } from '../../src/platform/logger.ts'
import { freshDatabases } from '../testkit/databases.ts'
import { createCommand } from './command.ts'

let databases: Awaited<ReturnType<typeof freshDatabases>>
let heliograph: ReturnType<typeof createCommand>
beforeAll(async () => {
  databases = await freshDatabases(createLogger({ level: 'silent', format: 'json' }))
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
  const whole = await heliograph('audit', 'verify')
  expect(whole).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^@platform: 0 rows, whole\.\nacme: 3 rows, whole; head 3 [0-9a-f]{64}\./),
  })

  const last = await heliograph('audit', 'list', '--tenant', 'acme', '--last', '2')
  expect(last.out).toMatch(/^3 .* operator +revokeApiKey +ApiKey .* SUCCESS$/m)
  expect(last.out).toMatch(/^2 .* operator +createApiKey +ApiKey .* SUCCESS$/m)
  expect(last.out).not.toContain('createTenant')
  expect(JSON.parse((await heliograph('audit', 'list', '--json')).out)).toEqual([])
  expect(await heliograph('audit', 'list', '--last', '0')).toMatchObject({
    code: 1,
    err: expect.stringContaining('from 1 to 1000'),
  })

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
}, 120_000)

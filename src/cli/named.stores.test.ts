import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshDatabases } from '../../tests/testkit/databases.ts'
import { keysOn } from '../../tests/testkit/keys.ts'
import { tenantsOn } from '../../tests/testkit/tenants.ts'
import { operator } from '../auth/actor.ts'
import { trustedPermit } from '../auth/permit.ts'
import { encodeGlobalID } from '../graphql/global-id.ts'
import { uuidv7, type TenantId } from '../platform/ids.ts'
import { createLogger } from '../platform/logger.ts'
import { createPostgres, type Postgres } from '../platform/postgres/postgres.ts'
import { keyNamed } from './named.ts'

let databases: Awaited<ReturnType<typeof freshDatabases>>
let postgres: Postgres
let tenant: TenantId
let other: TenantId
beforeAll(async () => {
  const log = createLogger({ level: 'silent', format: 'json' })
  databases = await freshDatabases(log)
  postgres = createPostgres({ url: databases.postgresUrl, log })
  tenant = await tenantsOn(postgres).create({ slug: 'acme' })
  other = await tenantsOn(postgres).create({ slug: 'other' })
})
afterAll(() => postgres.close())

const issue = (of: TenantId) =>
  keysOn(postgres).issue(trustedPermit<'apiKey:write'>(of, operator), {
    name: 'A key',
    scopes: ['read'],
    mode: 'live',
  })
const named = (text: string) => keyNamed(keysOn(postgres), tenant, text)

test('a key is found by its id in both forms and by its prefix', async () => {
  const { id, key } = await issue(tenant)
  const prefix = key.slice(0, 12)
  for (const name of [id, id.toUpperCase(), encodeGlobalID('ApiKey', id), prefix, `${prefix}…`])
    expect((await named(name)).id).toBe(id)
})

test('what names no key of the tenant is said, whatever it is', async () => {
  const { id, key } = await issue(tenant)
  const foreign = await issue(other)
  const texts = ['blah', '', '🔑', "'; --", 'x'.repeat(100_000), uuidv7(), 'hg_live_????', 'hg_live_', key]
  const nothing = [...texts, encodeGlobalID('Stream', id), foreign.id, foreign.key.slice(0, 12)]
  for (const name of nothing)
    await expect(named(name)).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringMatching(/^There is no key ".*": name it by its id or its prefix/) as string,
    })
})

test('of keys with one prefix the one that works is meant, and of two that work neither', async () => {
  const keys = [await issue(tenant), await issue(tenant), await issue(tenant)]
  const [first, second, third] = keys as [(typeof keys)[0], (typeof keys)[0], (typeof keys)[0]]
  const owner = new Client({ connectionString: databases.ownerUrl })
  await owner.connect()
  const ids = keys.map(({ id }) => id)
  await owner.query("UPDATE api_keys SET prefix = 'hg_live_Same' WHERE id = ANY($1)", [ids])
  await owner.end()
  const revoke = ({ id }: { id: string }) =>
    keysOn(postgres).revoke(trustedPermit<'apiKey:write'>(tenant, operator), id)
  await revoke(third)
  await expect(named('hg_live_Same')).rejects.toMatchObject({ code: 'CONFLICT' })
  await revoke(second)
  expect((await named('hg_live_Same')).id).toBe(first.id)
})

test('a name that is none of a tenant or project is said, whatever it is', async () => {
  for (const name of ['', '🔑', "'; --", 'x'.repeat(100_000)]) {
    await expect(tenantsOn(postgres).bySlug(name)).rejects.toThrow('There is no tenant')
    const permit = trustedPermit<'apiKey:write'>(tenant, operator)
    await expect(
      keysOn(postgres).issue(permit, { name: 'n', scopes: ['read'], mode: 'live', projectSlug: name }),
    ).rejects.toThrow('The tenant has no project')
  }
})

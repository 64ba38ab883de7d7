import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { backdate } from '../../../tests/testkit/audit.ts'
import { freshDatabases } from '../../../tests/testkit/databases.ts'
import { operator } from '../../auth/actor.ts'
import { uuidv7, type TenantId } from '../../platform/ids.ts'
import { createLogger } from '../../platform/logger.ts'
import { createPostgres, type Postgres } from '../../platform/postgres/postgres.ts'
import { tenantsOn } from '../../../tests/testkit/tenants.ts'
import { pruneChain } from './audit.prune.store.ts'
import { createAuditService } from './audit.service.ts'
import { createAuditStore, type AuditStore } from './audit.store.ts'

const log = createLogger({ level: 'silent', format: 'json' })
let postgres: Postgres
let owner: Client
let store: AuditStore
beforeAll(async () => {
  const databases = await freshDatabases(log)
  postgres = createPostgres({ url: databases.postgresUrl, log })
  store = createAuditStore({ postgres })
  owner = new Client({ connectionString: databases.ownerUrl })
  await owner.connect()
})
afterAll(() => Promise.all([postgres.close(), owner.end()]))

const append = (tenant: TenantId) => store.append(tenant, { actor: operator, action: 'test' })
/** A tenant whose chain has that many rows, the first `old` of them of three days ago. */
const chainOf = async (rows: number, old: number): Promise<TenantId> => {
  const slug = `t-${uuidv7()}`
  const tenant = await tenantsOn(postgres).create({ slug, name: slug })
  for (let number = 2; number <= rows; number += 1) await append(tenant)
  await backdate(owner, tenant, old, 3)
  return tenant
}
const verify = (tenant: TenantId) => createAuditService({ store }).verify(tenant)
const sequences = async (tenant: TenantId): Promise<number[]> =>
  (await store.readChain(tenant, ({ after }) => after(0, 1_000))).map(({ sequence }) => sequence)
const yesterday = (): Date => new Date(Date.now() - 86_400_000)

test('the old rows go and the chain is whole, says what went, and another tenant keeps its own', async () => {
  const [tenant, other] = [await chainOf(9, 5), await chainOf(4, 2)]
  expect(await verify(tenant)).toMatchObject({ rows: 9, damage: [] })
  expect(await pruneChain(owner, tenant, yesterday())).toBe(5)
  expect(await sequences(tenant)).toEqual([6, 7, 8, 9, 10])
  expect(await verify(tenant)).toMatchObject({ rows: 5, damage: [], head: { sequence: 10 } })
  expect(await store.reads.page(tenant, { orderBy: { sequence: 'desc' }, take: 1 })).toMatchObject([
    {
      action: 'pruneAuditLog',
      actor: 'operator',
      before: { firstSequence: 1 },
      after: { firstSequence: 6 },
    },
  ])
  expect(await pruneChain(owner, tenant, yesterday())).toBe(0)
  expect(await sequences(tenant)).toEqual([6, 7, 8, 9, 10])
  expect(await sequences(other)).toEqual([1, 2, 3, 4])
  expect(await verify(other)).toMatchObject({ rows: 4, damage: [] })
})

test('the newest row stays, however old it is', async () => {
  const tenant = await chainOf(3, 3)
  expect(await pruneChain(owner, tenant, yesterday())).toBe(2)
  expect(await sequences(tenant)).toEqual([3, 4])
  expect(await verify(tenant)).toMatchObject({ damage: [] })
  const single = await chainOf(1, 1)
  expect(await pruneChain(owner, single, yesterday())).toBe(0)
  expect(await sequences(single)).toEqual([1])
})

test('many rows go in several transactions while others are added, and none is lost', async () => {
  const tenant = await chainOf(25, 23)
  const seen: number[] = []
  const [removed] = await Promise.all([
    pruneChain(owner, tenant, yesterday(), { batch: 5, onRemoved: (rows) => seen.push(rows) }),
    ...Array.from({ length: 10 }, () => append(tenant)),
  ])
  expect([removed, seen]).toEqual([23, [5, 10, 15, 20]])
  const left = await sequences(tenant)
  expect(left).toEqual(Array.from({ length: 2 + 10 + 5 }, (_, index) => 24 + index))
  expect(await verify(tenant)).toMatchObject({ damage: [] })
})

test('what fails in between removes nothing', async () => {
  const tenant = await chainOf(4, 2)
  await owner.query('ALTER TABLE audit_logs ADD CONSTRAINT nothing_more CHECK (false) NOT VALID')
  await expect(pruneChain(owner, tenant, yesterday())).rejects.toMatchObject({ code: '23514' })
  await owner.query('ROLLBACK')
  await owner.query('ALTER TABLE audit_logs DROP CONSTRAINT nothing_more')
  expect(await verify(tenant)).toMatchObject({ rows: 4, damage: [] })
})

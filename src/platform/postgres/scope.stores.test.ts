import { afterAll, beforeAll, expect, test } from 'vitest'
import { uuidv7 } from '../ids.ts'
import { createPostgres, type Postgres } from './postgres.ts'
import { tenantScope } from './scope.ts'
import { silent } from '../../../tests/realtime/bus.testkit.ts'
import { nothing, openScopes, type Home, type Scopes } from '../../../tests/walls/scopes.ts'

let scopes: Scopes
let postgres: Postgres
let a: Home
let b: Home

beforeAll(async () => {
  scopes = await openScopes()
  postgres = scopes.postgres
  ;[a, b] = scopes.homes
})
afterAll(() => scopes.close())

test('no way in which a statement comes to a connection leaves anything on it', async () => {
  for (const [way, ask] of [...scopes.good, ...scopes.bad, ...scopes.rare])
    for (const home of [a, b]) {
      await ask(home)
      expect([way, await scopes.left()]).toEqual([way, nothing])
    }
})

test("look-ups of one tick by two tenants find each one's own and nothing of the other's", async () => {
  for (let round = 0; round < 20; round += 1) {
    const [ofA, ofB] = [postgres.forTenant(a.tenant), postgres.forTenant(b.tenant)]
    const found = await Promise.all(
      a.streams.flatMap((id, index) => [
        ofA.stream.findUnique({ where: { id } }),
        ofB.stream.findUnique({ where: { id: b.streams[index]! } }),
        ofA.stream.findUnique({ where: { id: b.streams[index]! } }),
        ofB.stream.findUnique({ where: { id } }),
      ]),
    )
    const tenants = found.map((stream) => stream?.tenantId ?? null)
    expect(tenants).toEqual(a.streams.flatMap(() => [a.tenant, b.tenant, null, null]))
  }
})

test("accounts, however many ask, push no tenant's client out", async () => {
  const kept = createPostgres({
    url: 'postgres://nobody@localhost/none',
    log: silent,
    clients: { tenants: 1, accounts: 1 },
  })
  const ofA = kept.forTenant(a.tenant)
  const ofAccount = kept.forAccount(uuidv7())
  expect(kept.forAccount(uuidv7())).not.toBe(ofAccount)
  expect(kept.forTenant(a.tenant)).toBe(ofA)
  await kept.close()
})

test('an interactive transaction keeps its tenant to the end, across turns of others, and leaves nothing', async () => {
  const others: Promise<unknown>[] = []
  await postgres.forTenant(a.tenant).$transaction(async (tx) => {
    for (let step = 0; step < 5; step += 1) {
      others.push(postgres.forTenant(b.tenant).stream.count())
      expect(await tx.stream.count()).toBe(20)
      expect(await tx.stream.findUnique({ where: { id: b.streams[step]! } })).toBeNull()
      const [row] = await tx.$queryRaw<
        { tenant: string }[]
      >`SELECT current_setting('app.tenant_id') AS tenant`
      expect(row?.tenant).toBe(a.tenant)
    }
  })
  expect(await Promise.all(others)).toEqual([20, 20, 20, 20, 20])
  expect(await scopes.left()).toEqual(nothing)
})

test('an interactive transaction that runs out of time is rolled back, and the connection serves the next tenant', async () => {
  await expect(
    postgres.forTenant(a.tenant).$transaction(
      async (tx) => {
        await tx.stream.updateMany({ data: { title: 'lost' } })
        await tx.$queryRaw`SELECT 1 FROM pg_sleep(0.2)`
        await tx.stream.count()
      },
      { timeout: 50 },
    ),
  ).rejects.toMatchObject({ code: 'P2028' })
  expect(await postgres.forTenant(b.tenant).stream.count()).toBe(20)
  expect(await postgres.forTenant(a.tenant).stream.count({ where: { title: 'lost' } })).toBe(0)
  expect(await scopes.left()).toEqual(nothing)
})

test('a statement without parameters and one that answers nothing run under the scope too', async () => {
  expect(
    await postgres.query(tenantScope(a.tenant), { text: 'SELECT id FROM streams LIMIT 3' }),
  ).toHaveLength(3)
  expect(await postgres.query(tenantScope(a.tenant), { text: '' })).toEqual([])
  expect(
    await postgres.query(tenantScope(a.tenant), { text: `UPDATE streams SET title = title WHERE false` }),
  ).toEqual([])
  expect(await scopes.left()).toEqual(nothing)
})

test('two statements in one text are refused, so no second one runs outside of the scope', async () => {
  await expect(
    postgres.query(tenantScope(a.tenant), {
      text: `SELECT 1; SELECT set_config('app.tenant_id', '${b.tenant}', false)`,
    }),
  ).rejects.toMatchObject({ code: '42601' })
  expect(await scopes.left()).toEqual(nothing)
})

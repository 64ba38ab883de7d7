import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshDatabases } from '../../../tests/testkit/databases.ts'
import { underDeadline } from '../deadline.ts'
import { trustTenantId, uuidv7, type TenantId } from '../ids.ts'
import { createLogger } from '../logger.ts'
import { createPostgres, type Postgres } from './postgres.ts'
import { tenantScope } from './scope.ts'

const log = createLogger({ level: 'silent', format: 'json' })

type Home = { tenant: TenantId; streams: string[] }
let postgres: Postgres
let a: Home
let b: Home

const settle = async (word: string): Promise<Home> => {
  const tenant = trustTenantId(uuidv7())
  const streams = Array.from({ length: 20 }, () => uuidv7())
  const prisma = postgres.forTenant(tenant)
  await prisma.tenant.create({ data: { id: tenant, name: word, slug: `${word}-${tenant}` } })
  await prisma.stream.createMany({
    data: streams.map((id) => ({ id, tenantId: tenant, internalName: id, playbackId: id, title: word })),
  })
  return { tenant, streams }
}

beforeAll(async () => {
  const { postgresUrl } = await freshDatabases(log)
  // One connection: whatever a query leaves on it, the next one meets.
  postgres = createPostgres({ url: postgresUrl, log, poolSize: 1 })
  a = await settle('alpha')
  b = await settle('beta')
})
afterAll(() => postgres.close())

/** What the connection says of the tenant when none is set. */
const left = async (): Promise<{ tenant: string | null; rows: number }> => {
  const [row] = await postgres.query<{ tenant: string | null; rows: number }>(
    { setting: 'app.tenant_slug', value: '' },
    {
      text: `SELECT nullif(current_setting('app.tenant_id', true), '') AS tenant, (SELECT count(*)::int FROM streams) AS rows`,
    },
  )
  return row!
}

const select = 'SELECT tenant_id FROM streams'
type Row = { tenant_id: string }

/** All the ways in which a statement comes to a connection, the failing ones included. */
const ways: Record<string, (home: Home) => Promise<readonly string[] | undefined>> = {
  named: async ({ tenant }) =>
    (await postgres.query<Row>(tenantScope(tenant), { name: 'all_streams', text: select })).map(
      (row) => row.tenant_id,
    ),
  'named with parameters': async ({ tenant }) =>
    (
      await postgres.query<Row>(tenantScope(tenant), {
        name: 'streams_like',
        text: `${select} WHERE title <> $1`,
        values: ['x'],
      })
    ).map((row) => row.tenant_id),
  unnamed: async ({ tenant }) =>
    (await postgres.query<Row>(tenantScope(tenant), { text: select })).map((row) => row.tenant_id),
  prisma: async ({ tenant }) =>
    (await postgres.forTenant(tenant).stream.findMany({ take: 5 })).map(({ tenantId }) => tenantId),
  'raw prisma': async ({ tenant }) =>
    (await postgres.forTenant(tenant).$queryRaw<Row[]>`SELECT tenant_id FROM streams`).map(
      (row) => row.tenant_id,
    ),
  transaction: ({ tenant }) =>
    postgres.transaction(tenantScope(tenant), async (query) => {
      await query({ text: 'SELECT 1' })
      return (await query<Row>({ text: select })).map((row) => row.tenant_id)
    }),
  'a statement that does not parse': async ({ tenant }) => {
    await expect(postgres.query(tenantScope(tenant), { text: 'SELEC 1' })).rejects.toMatchObject({
      code: '42601',
    })
    return undefined
  },
  'a statement that fails on a row': async ({ tenant }) => {
    await expect(
      postgres.query(tenantScope(tenant), {
        name: 'fails',
        text: 'SELECT 1 / (length(title) - length(title)) FROM streams',
      }),
    ).rejects.toMatchObject({ code: '22012' })
    return undefined
  },
  'a parameter that does not fit': async ({ tenant }) => {
    await expect(
      postgres.query(tenantScope(tenant), {
        name: 'by_id',
        text: `${select} WHERE id = $1`,
        values: ['no uuid'],
      }),
    ).rejects.toMatchObject({ code: '22P02' })
    return undefined
  },
  'a transaction that is given up': async ({ tenant }) => {
    await expect(
      postgres.transaction(tenantScope(tenant), async (query) => {
        await query({ text: `UPDATE streams SET title = 'lost'` })
        throw new RangeError('given up')
      }),
    ).rejects.toThrow('given up')
    return undefined
  },
  'a transaction that failed': async ({ tenant }) => {
    await expect(
      postgres.forTenant(tenant).$transaction(async (tx) => {
        await tx.stream.updateMany({ data: { title: 'lost' } })
        await tx.$executeRaw`SELECT 1 / 0`
      }),
    ).rejects.toMatchObject({ name: 'PrismaClientKnownRequestError' })
    return undefined
  },
}
const slow = async ({ tenant }: Home) =>
  expect(
    underDeadline({ endsAt: performance.now() + 5 }, () =>
      postgres.query(tenantScope(tenant), { text: 'SELECT pg_sleep(5)' }),
    ),
  ).rejects.toMatchObject({ code: '57014' })

test('over 2,000 turns of two tenants on one connection, with failures between, no row is seen by the other', async () => {
  const kinds = Object.values(ways)
  for (let round = 0; round < 2_000; round += 1) {
    const home = round % 2 === 0 ? a : b
    const tenants = await kinds[(round * 7 + Math.floor(round / 11)) % kinds.length]!(home)
    if (tenants) expect(new Set(tenants)).toEqual(new Set([home.tenant]))
    if (round % 100 === 0) await slow(home)
    if (round % 10 === 0) expect(await left()).toEqual({ tenant: null, rows: 0 })
  }
}, 60_000)

test.each(Object.keys(ways))('%s leaves nothing on the connection', async (kind) => {
  await ways[kind]!(a)
  expect(await left()).toEqual({ tenant: null, rows: 0 })
  await ways[kind]!(b)
  expect(await left()).toEqual({ tenant: null, rows: 0 })
})

test('what waits in one queue for one connection comes out to whom it belongs', async () => {
  const kinds = Object.values(ways)
  await Promise.all(
    Array.from({ length: 300 }, async (_, index) => {
      const home = index % 3 === 0 ? a : b
      const tenants = await kinds[index % kinds.length]!(home)
      if (tenants) expect(new Set(tenants)).toEqual(new Set([home.tenant]))
    }),
  )
  expect(await left()).toEqual({ tenant: null, rows: 0 })
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
  expect(await left()).toEqual({ tenant: null, rows: 0 })
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
  expect(await left()).toEqual({ tenant: null, rows: 0 })
})

test('a statement without parameters and one that answers nothing run under the scope too', async () => {
  expect(
    await postgres.query(tenantScope(a.tenant), { text: 'SELECT id FROM streams LIMIT 3' }),
  ).toHaveLength(3)
  expect(await postgres.query(tenantScope(a.tenant), { text: '' })).toEqual([])
  expect(
    await postgres.query(tenantScope(a.tenant), { text: `UPDATE streams SET title = title WHERE false` }),
  ).toEqual([])
  expect(await left()).toEqual({ tenant: null, rows: 0 })
})

test('two statements in one text are refused, so no second one runs outside of the scope', async () => {
  await expect(
    postgres.query(tenantScope(a.tenant), {
      text: `SELECT 1; SELECT set_config('app.tenant_id', '${b.tenant}', false)`,
    }),
  ).rejects.toMatchObject({ code: '42601' })
  expect(await left()).toEqual({ tenant: null, rows: 0 })
})

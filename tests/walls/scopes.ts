import { Client } from 'pg'
import { expect } from 'vitest'
import { freshDatabases } from '../testkit/databases.ts'
import { eventually } from '../testkit/waiters.ts'
import { underDeadline } from '../../src/platform/deadline.ts'
import { trustTenantId, uuidv7, type TenantId } from '../../src/platform/ids.ts'
import { createLogger } from '../../src/platform/logger.ts'
import { postgresError } from '../../src/platform/postgres/errors.ts'
import { createPostgres, type Postgres } from '../../src/platform/postgres/postgres.ts'
import { tenantScope } from '../../src/platform/postgres/scope.ts'

export type Home = { readonly tenant: TenantId; readonly streams: readonly string[] }
/** What a connection says of the tenant, and of the limit of a statement, when no tenant is set. */
export const nothing = { tenant: null, rows: 0, longest: '15s' }
export const ROWS = 20

const log = createLogger({ level: 'silent', format: 'json' })
const select = 'SELECT tenant_id FROM streams'
type Row = { tenant_id: string }

const settle = async (postgres: Postgres, word: string): Promise<Home> => {
  const tenant = trustTenantId(uuidv7())
  const streams = Array.from({ length: ROWS }, () => uuidv7())
  const prisma = postgres.forTenant(tenant)
  await prisma.tenant.create({ data: { id: tenant, name: word, slug: `${word}-${tenant}` } })
  await prisma.stream.createMany({
    data: streams.map((id) => ({ id, tenantId: tenant, internalName: id, playbackId: id, title: word })),
  })
  return { tenant, streams }
}

/** The ways in which a statement is good: each answers the tenants of the rows that it saw, all of them. */
const goodWays = (postgres: Postgres) => {
  const ask = (tenant: TenantId, config: { name?: string; text: string; values?: unknown[] }) =>
    postgres.query<Row>(tenantScope(tenant), config)
  return {
    named: ({ tenant }: Home) => ask(tenant, { name: 'all_streams', text: select }),
    'named with parameters': ({ tenant }: Home) =>
      ask(tenant, { name: 'streams_like', text: `${select} WHERE title <> $1`, values: ['x'] }),
    unnamed: ({ tenant }: Home) => ask(tenant, { text: select }),
    prisma: async ({ tenant }: Home) =>
      (await postgres.forTenant(tenant).stream.findMany()).map(({ tenantId }) => ({ tenant_id: tenantId })),
    'raw prisma': async ({ tenant }: Home) =>
      postgres.forTenant(tenant).$queryRaw<Row[]>`SELECT tenant_id FROM streams`,
    'look-ups of prisma': async ({ tenant, streams }: Home) =>
      (
        await Promise.all(
          streams.map((id) => postgres.forTenant(tenant).stream.findUnique({ where: { id } })),
        )
      ).map((stream) => ({ tenant_id: stream!.tenantId })),
    transaction: ({ tenant }: Home) =>
      postgres.transaction(tenantScope(tenant), async (query) => {
        await query({ text: 'SELECT 1' })
        return query<Row>({ text: select })
      }),
    'a transaction of prisma': ({ tenant }: Home) =>
      postgres.forTenant(tenant).$transaction(async (tx) => {
        await tx.stream.updateMany({ data: { description: 'seen' } })
        return tx.$queryRaw<Row[]>`SELECT tenant_id FROM streams`
      }),
  }
}

const over = <T>(ms: number, work: () => Promise<T>): Promise<T> =>
  underDeadline({ endsAt: performance.now() + ms }, async () => work())

/** The ways in which one fails: each with what it fails with. */
const badWays = (postgres: Postgres, foreign: (home: Home) => Home) => {
  const ask = (tenant: TenantId, text: string, values: unknown[] = []) =>
    postgres.query(tenantScope(tenant), { text, values })
  const insert = `INSERT INTO streams (id, tenant_id, internal_name, playback_id, title, updated_at)
                  VALUES ($1, $2, $3, $3, 'lost', now())`
  const spoilt = {
    toPostgres: () => {
      throw new RangeError('no value')
    },
  }
  return {
    'a statement that does not parse': [({ tenant }: Home) => ask(tenant, 'SELEC 1'), { code: '42601' }],
    'a statement that fails on a row': [
      ({ tenant }: Home) => ask(tenant, 'SELECT 1 / (length(title) - length(title)) FROM streams'),
      { code: '22012' },
    ],
    'a parameter that does not fit': [
      ({ tenant }: Home) => ask(tenant, `${select} WHERE id = $1`, ['no uuid']),
      { code: '22P02' },
    ],
    'a value that the client can not send': [
      ({ tenant }: Home) => ask(tenant, `${select} WHERE id = $1`, [spoilt]),
      { message: 'no value' },
    ],
    'a query that the client refuses': [
      ({ tenant }: Home) => ask(tenant, select, 'no list' as never),
      { message: 'Query values must be an array' },
    ],
    'a unique constraint': [
      ({ tenant, streams }: Home) => ask(tenant, insert, [uuidv7(), tenant, streams[0]]),
      { code: '23505' },
    ],
    "a row in the other's name": [
      (home: Home) => ask(home.tenant, insert, [uuidv7(), foreign(home).tenant, 'mine']),
      { code: '42501' },
    ],
    'a transaction that is given up': [
      ({ tenant }: Home) =>
        postgres.transaction(tenantScope(tenant), async (query) => {
          await query({ text: `UPDATE streams SET title = 'lost'` })
          throw new RangeError('given up')
        }),
      { message: 'given up' },
    ],
    'a transaction of prisma that failed': [
      ({ tenant }: Home) =>
        postgres.forTenant(tenant).$transaction(async (tx) => {
          await tx.stream.updateMany({ data: { title: 'lost' } })
          await tx.$executeRaw`SELECT 1 / 0`
        }),
      { name: 'PrismaClientKnownRequestError' },
    ],
  } as const
}

/** Those that take time, or a connection: seldomer. */
const rareWays = (postgres: Postgres, owner: Client, database: string) => ({
  'a statement over its time': ({ tenant }: Home) =>
    expect(
      over(3, () => postgres.query(tenantScope(tenant), { text: 'SELECT pg_sleep(5)' })),
    ).rejects.toMatchObject({ code: '57014' }),
  'a transaction over its time': ({ tenant }: Home) =>
    expect(
      over(5, () =>
        postgres.transaction(tenantScope(tenant), async (query) => {
          await query({ text: `UPDATE streams SET title = 'lost'` })
          await query({ text: 'SELECT pg_sleep(5)' })
        }),
      ),
    ).rejects.toMatchObject({ code: '57014' }),
  'a transaction of prisma over its time': async ({ tenant }: Home) => {
    const late = over(10, () =>
      postgres.forTenant(tenant).$transaction(async (tx) => {
        await tx.stream.updateMany({ data: { title: 'lost' } })
        await tx.$queryRaw`SELECT 1 FROM pg_sleep(5)`
      }),
    )
    expect(postgresError(await late.catch((error: unknown) => error))?.code).toBe('TIMED_OUT')
  },
  'a connection that is ended': async ({ tenant }: Home) => {
    const dying = postgres.query(tenantScope(tenant), { text: 'SELECT pg_sleep(5)' })
    const lost = expect(dying).rejects.toThrow()
    await eventually(async () => {
      const { rowCount } = await owner.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
          WHERE datname = $1 AND application_name = 'heliograph' AND query LIKE '%pg_sleep(5)%' AND state = 'active'`,
        [database],
      )
      expect(rowCount).toBe(1)
    })
    await lost
  },
})

export type Scopes = Awaited<ReturnType<typeof openScopes>>

/** Two tenants with 20 streams each on one connection: whatever a query leaves on it, the next one meets. */
export const openScopes = async () => {
  const { postgresUrl, ownerUrl, name } = await freshDatabases(log)
  const owner = new Client({ connectionString: ownerUrl })
  await owner.connect()
  const postgres = createPostgres({ url: postgresUrl, log, poolSize: 1 })
  const homes = [await settle(postgres, 'alpha'), await settle(postgres, 'beta')] as const

  const good = Object.entries(goodWays(postgres)).map(
    ([way, ask]) =>
      [
        way,
        async (home: Home): Promise<void> => {
          const seen = (await ask(home)).map(({ tenant_id }) => tenant_id)
          expect(seen).toEqual(Array.from({ length: ROWS }, () => home.tenant))
        },
      ] as const,
  )
  const foreign = (home: Home): Home => (home === homes[0] ? homes[1] : homes[0])
  const bad = Object.entries(badWays(postgres, foreign)).map(
    ([way, [ask, failure]]) =>
      [
        way,
        async (home: Home): Promise<void> => {
          await expect(ask(home) as Promise<unknown>).rejects.toMatchObject(failure)
        },
      ] as const,
  )
  const rare = Object.entries(rareWays(postgres, owner, name))

  return {
    postgres,
    homes,
    owner,
    good,
    bad,
    rare,
    left: async () => {
      const [row] = await postgres.query<typeof nothing>(
        { setting: 'app.tenant_slug', value: '' },
        {
          text: `SELECT nullif(current_setting('app.tenant_id', true), '') AS tenant,
                        (SELECT count(*)::int FROM streams) AS rows, current_setting('statement_timeout') AS longest`,
        },
      )
      return row!
    },
    close: async () => {
      await postgres.close()
      await owner.end()
    },
  }
}

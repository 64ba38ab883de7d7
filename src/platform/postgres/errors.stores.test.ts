import { createServer, type AddressInfo } from 'node:net'
import { once } from 'node:events'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshDatabases } from '../../../tests/testkit/databases.ts'
import { eventually } from '../../../tests/testkit/waiters.ts'
import { trustTenantId, uuidv7 } from '../ids.ts'
import { createLogger } from '../logger.ts'
import { isUniqueViolation, postgresError, sqlState } from './errors.ts'
import { createPostgres, type Postgres } from './postgres.ts'
import { tenantScope } from './scope.ts'

const log = createLogger({ level: 'silent', format: 'json' })
const tenant = trustTenantId(uuidv7())
const scope = tenantScope(tenant)

let databases: Awaited<ReturnType<typeof freshDatabases>>
let owner: Client
const opened: Postgres[] = []
const open = (url = databases.postgresUrl, silenceMs?: number): Postgres => {
  const postgres = createPostgres({ url, log, poolSize: 1, ...(silenceMs !== undefined && { silenceMs }) })
  opened.push(postgres)
  return postgres
}

beforeAll(async () => {
  databases = await freshDatabases(log)
  owner = new Client({ connectionString: databases.ownerUrl })
  await owner.connect()
})
afterAll(async () => {
  await Promise.all(opened.map((postgres) => postgres.close()))
  await owner.end()
})

const thrownBy = async (work: Promise<unknown>): Promise<unknown> => {
  try {
    await work
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}

/** What a caller is told tells nothing of the machine behind it. */
const expectShown = (thrown: unknown, code: string): void => {
  const shown = postgresError(thrown)
  expect(shown?.code, JSON.stringify(thrown)).toBe(code)
  expect(shown?.message).not.toMatch(
    /127\.0\.0\.1|localhost|ECONN|SELECT|pg_sleep|prisma|heliograph_app|statement|backend/i,
  )
  expect(shown?.message).not.toContain(databases.name)
}

/** The same question by each way that a store has. */
const roads = [
  ['pg', (postgres: Postgres, text: string) => postgres.query(scope, { text })],
  [
    'a transaction of pg',
    (postgres: Postgres, text: string) => postgres.transaction(scope, (query) => query({ text })),
  ],
  ['Prisma', (postgres: Postgres, text: string) => postgres.forTenant(tenant).$queryRawUnsafe(text)],
  [
    'a transaction of Prisma',
    (postgres: Postgres, text: string) =>
      postgres.forTenant(tenant).$transaction((tx) => tx.$queryRawUnsafe(text)),
  ],
] as const

test.each(roads)('a server that refuses connections is STORE_UNAVAILABLE through %s', async (_name, ask) => {
  const listener = createServer().listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const { port } = listener.address() as AddressInfo
  listener.close()
  await once(listener, 'close')
  const nowhere = open(Object.assign(new URL(databases.postgresUrl), { port: String(port) }).href)
  expectShown(await thrownBy(ask(nowhere, 'SELECT 1')), 'STORE_UNAVAILABLE')
})

test.each(roads)('a server that hangs up is STORE_UNAVAILABLE through %s', async (_name, ask) => {
  const listener = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const { port } = listener.address() as AddressInfo
  const rude = open(Object.assign(new URL(databases.postgresUrl), { port: String(port) }).href)
  expectShown(await thrownBy(ask(rude, 'SELECT 1')), 'STORE_UNAVAILABLE')
  listener.close()
})

const inFlight = (call: string) =>
  eventually(async () => {
    const { rowCount } = await owner.query(
      `SELECT ${call}(pid) FROM pg_stat_activity
        WHERE datname = $1 AND application_name = 'heliograph' AND state = 'active' AND query LIKE '%pg_sleep(20)%'`,
      [databases.name],
    )
    expect(rowCount).toBe(1)
  })

test.each(roads)(
  'a backend that is ended in a query is STORE_UNAVAILABLE through %s, and the next query has another',
  async (_name, ask) => {
    const postgres = open()
    const thrown = thrownBy(ask(postgres, 'SELECT 1 FROM pg_sleep(20)'))
    await inFlight('pg_terminate_backend')
    expectShown(await thrown, 'STORE_UNAVAILABLE')
    expect(await ask(postgres, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  },
)

test.each(roads)(
  'a backend that is ended while idle costs at most one query through %s',
  async (_name, ask) => {
    const postgres = open()
    await ask(postgres, 'SELECT 1')
    await owner.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND application_name = 'heliograph'`,
      [databases.name],
    )
    await ask(postgres, 'SELECT 1').catch((error: unknown) => expectShown(error, 'STORE_UNAVAILABLE'))
    expect(await ask(postgres, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  },
)

test.each(roads)('a statement that is stopped is TIMED_OUT through %s', async (_name, ask) => {
  const thrown = thrownBy(ask(open(), 'SELECT 1 FROM pg_sleep(20)'))
  await inFlight('pg_cancel_backend')
  expectShown(await thrown, 'TIMED_OUT')
})

test.concurrent.each(roads)(
  'no free connection in time is STORE_UNAVAILABLE through %s',
  async (_name, ask) => {
    // Somebody waits for a connection for two seconds more than it may say nothing.
    const postgres = open(databases.postgresUrl, 1_500)
    const holding = postgres.query(scope, { text: 'SELECT 1 FROM pg_sleep(4.1)' })
    expectShown(await thrownBy(ask(postgres, 'SELECT 1')), 'STORE_UNAVAILABLE')
    await holding
  },
)

test('an interactive transaction over its time is TIMED_OUT', async () => {
  const late = open()
    .forTenant(tenant)
    .$transaction(
      async (tx) => {
        await tx.$queryRaw`SELECT 1 FROM pg_sleep(0.2)`
        await tx.$queryRaw`SELECT 1`
      },
      { timeout: 50 },
    )
  expectShown(await thrownBy(late), 'TIMED_OUT')
})

test.each(roads)(
  'what is wrong with the statement itself is none of the expected failures through %s, so it is masked',
  async (_name, ask) => {
    const postgres = open()
    for (const [text, code] of [
      ['SELECT * FROM no_such_table', '42P01'],
      ['SELEC', '42601'],
      [`SELECT 'x'::uuid`, '22P02'],
      ['SELECT * FROM _prisma_migrations FOR UPDATE', '42501'],
    ] as const) {
      const thrown = await thrownBy(ask(postgres, text))
      expect(sqlState(thrown)).toBe(code)
      expect(postgresError(thrown)).toBeUndefined()
    }
  },
)

test('a second row with the same unique value is told by its code, through pg and through Prisma', async () => {
  const postgres = open()
  const prisma = postgres.forTenant(tenant)
  await prisma.tenant.create({ data: { id: tenant, name: 'One', slug: 'one' } })
  const project = { tenantId: tenant, name: 'One', slug: 'one' }
  await prisma.project.create({ data: { ...project, id: uuidv7() } })
  expect(
    isUniqueViolation(await thrownBy(prisma.project.create({ data: { ...project, id: uuidv7() } }))),
  ).toBe(true)
  const again = postgres.query(scope, {
    text: `INSERT INTO projects (id, tenant_id, name, slug, updated_at) VALUES ($1, $2, 'One', 'one', now())`,
    values: [uuidv7(), tenant],
  })
  expect(isUniqueViolation(await thrownBy(again))).toBe(true)
  expect(isUniqueViolation(await thrownBy(postgres.query(scope, { text: 'SELECT 1/0' })))).toBe(false)
})

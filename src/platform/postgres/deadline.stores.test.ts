import { Client } from 'pg'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { freshDatabases } from '../../../tests/testkit/databases.ts'
import { eventually, settled } from '../../../tests/testkit/waiters.ts'
import { msLeft, underDeadline, type Deadline } from '../deadline.ts'
import { trustTenantId, uuidv7 } from '../ids.ts'
import { createLogger } from '../logger.ts'
import { postgresError } from './errors.ts'
import { createPostgres, type Postgres } from './postgres.ts'
import { tenantScope, type Scope } from './scope.ts'

const log = createLogger({ level: 'silent', format: 'json' })
const tenant = trustTenantId(uuidv7())
const scope = tenantScope(tenant)
const [first, second] = [uuidv7(), uuidv7()]

let databases: Awaited<ReturnType<typeof freshDatabases>>
let owner: Client
let watcher: Client
let one: Postgres
let several: Postgres

beforeAll(async () => {
  databases = await freshDatabases(log)
  owner = new Client({ connectionString: databases.ownerUrl })
  watcher = new Client({ connectionString: databases.ownerUrl })
  await Promise.all([owner.connect(), watcher.connect()])
  // What a query leaves on the one connection, the next one meets.
  one = createPostgres({ url: databases.postgresUrl, log, poolSize: 1 })
  several = createPostgres({ url: databases.postgresUrl, log, poolSize: 4 })
  const prisma = one.forTenant(tenant)
  await prisma.tenant.create({ data: { id: tenant, name: 'One', slug: 'one' } })
  for (const id of [first, second])
    await prisma.stream.create({
      data: { id, tenantId: tenant, internalName: id, playbackId: id, title: 'A' },
    })
  await several.forTenant(tenant).stream.findUnique({ where: { id: first } }) // the plans of all are made
})
afterEach(() => owner.query('ROLLBACK'))
afterAll(async () => {
  await Promise.all([one.close(), several.close()])
  await Promise.all([owner.end(), watcher.end()])
})

/** Nobody but the owner reads or writes a stream until its ROLLBACK. */
const lockStreams = async (): Promise<void> => {
  await owner.query('BEGIN')
  await owner.query('LOCK TABLE streams IN ACCESS EXCLUSIVE MODE')
}
// Async, because a promise of Prisma begins where it is waited for.
const under = <T>(deadline: Deadline, work: () => Promise<T>): Promise<T> =>
  underDeadline(deadline, async () => work())
const within = <T>(ms: number, work: () => Promise<T>): Promise<T> =>
  settled(under({ endsAt: performance.now() + ms }, work), 8_000, 'the end')
const codeOf = async (work: Promise<unknown>): Promise<string | undefined> => {
  try {
    await work
    return 'done'
  } catch (error) {
    return postgresError(error)?.code
  }
}
const activity = async (state: string): Promise<number> => {
  const { rowCount } = await watcher.query(
    `SELECT FROM pg_stat_activity WHERE datname = $1 AND application_name = 'heliograph' AND state LIKE $2`,
    [databases.name, state],
  )
  return rowCount!
}
/**
 * No statement is under way for the program, no transaction is open, and the connections serve whoever comes
 * next.
 */
const expectIdle = async (postgres = one): Promise<void> => {
  await eventually(async () => expect(await activity('active')).toBe(0))
  expect(await activity('idle in transaction%')).toBe(0)
  expect(
    await postgres.query(scope, { text: `SELECT current_setting('statement_timeout') AS longest` }),
  ).toEqual([{ longest: '15s' }])
}

const select = { text: 'SELECT id FROM streams' }
const roads: Record<string, (postgres: Postgres) => Promise<unknown>> = {
  pg: (postgres) => postgres.query(scope, select),
  'a transaction of pg': (postgres) => postgres.transaction(scope, (query) => query(select)),
  Prisma: (postgres) => postgres.forTenant(tenant).stream.findMany(),
  'a look-up of Prisma': (postgres) => postgres.forTenant(tenant).stream.findUnique({ where: { id: first } }),
  'a transaction of Prisma': (postgres) =>
    postgres.forTenant(tenant).$transaction((tx) => tx.stream.findMany()),
  'a look-up in a transaction of Prisma': (postgres) =>
    postgres.forTenant(tenant).$transaction((tx) => tx.stream.findUnique({ where: { id: first } })),
}

test.each(Object.keys(roads))('through %s Postgres ends a statement at the deadline', async (road) => {
  await lockStreams()
  const began = performance.now()
  expect(await codeOf(within(100, () => roads[road]!(one)))).toBe('TIMED_OUT')
  const took = performance.now() - began
  expect(took).toBeGreaterThanOrEqual(100)
  expect(took).toBeLessThan(3_000) // 15 s, and 5 s for a transaction of Prisma, were it not for the deadline
  await expectIdle()
})

const chains: Record<string, (postgres: Postgres, turn: () => void) => Promise<unknown>> = {
  pg: async (postgres, turn) => {
    for (;;) {
      await postgres.query(scope, select)
      turn()
    }
  },
  'a transaction of pg': (postgres, turn) =>
    postgres.transaction(scope, async (query) => {
      await query({ text: `UPDATE streams SET title = 'lost'` })
      for (;;) {
        await query(select)
        turn()
      }
    }),
  'a transaction of Prisma': (postgres, turn) =>
    postgres.forTenant(tenant).$transaction(async (tx) => {
      await tx.stream.updateMany({ data: { title: 'lost' } })
      for (;;) {
        await tx.stream.count()
        turn()
      }
    }),
}
test.each(Object.keys(chains))(
  'a chain of short statements ends at the deadline through %s',
  async (road) => {
    let turns = 0
    expect(await codeOf(within(150, () => chains[road]!(one, () => (turns += 1))))).toBe('TIMED_OUT')
    expect(turns).toBeGreaterThan(1)
    expect(await one.forTenant(tenant).stream.count({ where: { title: 'lost' } })).toBe(0)
    await expectIdle()
  },
)

const write = { text: `UPDATE streams SET title = 'late'` }
const late: Record<string, (postgres: Postgres, over: () => Promise<unknown>) => Promise<unknown>> = {
  pg: (postgres, over) =>
    postgres.transaction(scope, async (query) => {
      await query(write)
      await over()
    }),
  Prisma: (postgres, over) =>
    postgres.forTenant(tenant).$transaction(async (tx) => {
      await tx.stream.updateMany({ data: { title: 'late' } })
      await over()
    }),
}
test.each(Object.keys(late))(
  'a transaction of %s whose time is over before its COMMIT leaves nothing, and nobody comes into it',
  async (road) => {
    const deadline = { endsAt: performance.now() + 300 }
    const over = () => eventually(() => expect(msLeft(deadline)).toBeLessThan(0))
    expect(await codeOf(under(deadline, () => late[road]!(one, over)))).toBe('TIMED_OUT')
    expect(await one.forTenant(tenant).stream.count({ where: { title: 'late' } })).toBe(0)
    await expectIdle()
  },
)

test.each(['pg', 'a transaction of pg', 'Prisma', 'a transaction of Prisma'])(
  'what waits for a connection past its deadline is never sent through %s',
  async (road) => {
    const pid = () => one.query(scope, { text: 'SELECT pg_backend_pid()' })
    const before = await pid()
    const holding = one.query(scope, { text: 'SELECT pg_sleep(0.5)' })
    const sent: string[] = []
    const writes: Record<string, () => Promise<unknown>> = {
      pg: () => one.query(scope, write),
      'a transaction of pg': () => one.transaction(scope, (query) => (sent.push(road), query(write))),
      Prisma: () => one.forTenant(tenant).stream.updateMany({ data: { title: 'late' } }),
      'a transaction of Prisma': () =>
        one
          .forTenant(tenant)
          .$transaction((tx) => (sent.push(road), tx.stream.updateMany({ data: { title: 'late' } }))),
    }
    expect(await codeOf(within(50, writes[road]!))).toBe('TIMED_OUT')
    await holding
    expect(sent).toEqual([])
    expect(await one.forTenant(tenant).stream.count({ where: { title: 'late' } })).toBe(0)
    await expectIdle()
    expect(await pid()).toEqual(before) // the connection was good, and the next one had it
  },
)

test.each(['first', 'second'] as const)(
  'of two look-ups that go as one statement, the %s with little time and the other with much, none ends early',
  async (short) => {
    await lockStreams()
    const prisma = several.forTenant(tenant)
    const ask = (id: string, ms: number) =>
      within(ms, () => prisma.stream.findUnique({ where: { id } }).then((stream) => stream?.id))
    const [shortMs, longMs] = [60, 5_000]
    const asked =
      short === 'first'
        ? [ask(first, shortMs), ask(second, longMs)]
        : [ask(first, longMs), ask(second, shortMs)]
    // A look-up that goes alone, to know when the time of the short one is over on the server too.
    await eventually(async () => expect(await activity('active')).toBe(1))
    expect(await codeOf(within(200, () => several.query(scope, select)))).toBe('TIMED_OUT')
    await owner.query('ROLLBACK')
    expect(await Promise.all(asked)).toEqual([first, second])
    await expectIdle(several)
  },
)

test('a transaction keeps its own deadline when a look-up of another operation goes in the same tick', async () => {
  const prisma = several.forTenant(tenant)
  let other: Promise<unknown> | undefined
  const ended = await codeOf(
    within(200, () =>
      prisma.$transaction(async (tx) => {
        await tx.$queryRaw`SELECT 1`
        await lockStreams()
        other = within(5_000, () => prisma.stream.findUnique({ where: { id: first } }))
        return tx.stream.findUnique({ where: { id: second } })
      }),
    ),
  )
  expect(ended).toBe('TIMED_OUT')
  expect(await activity('active')).toBe(1)
  await owner.query('ROLLBACK')
  expect(await other).toMatchObject({ id: first })
  await expectIdle(several)
})

test("what the program does for itself under an operation's deadline keeps its own time", async () => {
  const relay: Scope = { setting: 'app.relay', value: 'on' }
  expect(await within(20, () => one.query(relay, { text: 'SELECT 1 AS one FROM pg_sleep(0.2)' }))).toEqual([
    { one: 1 },
  ])
})

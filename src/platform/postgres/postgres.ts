import { LRUCache } from 'lru-cache'
import pg from 'pg'
import type { PrismaClient } from '../../../generated/prisma/client.ts'
import { msLeft } from '../deadline.ts'
import type { TenantId } from '../ids.ts'
import type { Logger } from '../logger.ts'
import { SILENCE_MS } from '../watch.ts'
import { postgresError } from './errors.ts'
import { watchPostgres } from './life.ts'
import { createPrismaClients, type Borrow, type Borrowed } from './prisma.ts'
import type { ScopedRun } from './run.ts'
import {
  deadlineFor,
  outOfTime,
  prepareScope,
  runScoped,
  STATEMENT_MS,
  accountScope,
  tenantScope,
  type Scope,
} from './scope.ts'

export type { PrismaClient } from '../../../generated/prisma/client.ts'
export type { PrismaTransaction, ScopedRun } from './run.ts'

/**
 * Postgres as the program's own role sees it: every statement runs under a scope, there is no other way in.
 * What an operation asks ends with the operation's time, wherever it is then: waiting for a connection, on
 * the server, before its COMMIT.
 */
export type Postgres = {
  /**
   * The Prisma client of one tenant. Prisma batches lookups of one tick across callers, so one client for all
   * tenants would put two tenants' ids into one statement; one client each (kept in an LRU, all over one
   * pool) can't.
   */
  forTenant(tenant: TenantId): PrismaClient
  /** The same for what is an account's own, whatever tenant it acts in. */
  forAccount(userId: string): PrismaClient
  /** One statement under a scope, in one round trip. `name` makes it a prepared statement. */
  query<Row extends pg.QueryResultRow>(scope: Scope, config: pg.QueryConfig): Promise<Row[]>
  /** Several statements in one transaction under a scope. */
  transaction<T>(scope: Scope, work: (query: ScopedRun) => Promise<T>): Promise<T>
  /** Answers the server's version. Throws when it can't be reached. */
  version(): Promise<string>
  close(): Promise<void>
}

export type PostgresOptions = {
  url: string
  log: Logger
  /**
   * Connections at most. Default 10: five for each core of the smallest machine keeps Postgres busy without
   * thrashing it.
   */
  poolSize?: number
  /**
   * Prisma clients that are kept; 200 and 50 unless told. One costs about 2 MB and 6 ms to make (measured,
   * see docs/adr/0002). Those of accounts are apart: they are many and ask little, and would push the
   * tenants' out.
   */
  clients?: { readonly tenants: number; readonly accounts: number }
  /** A connection that says nothing for so long is looked after; SILENCE_MS. */
  silenceMs?: number
}

const CLIENTS = { tenants: 200, accounts: 50 }

/**
 * What two bounds have beyond the usual silence; 5 s together. A connection may take so long, one that is
 * free or a new one: five round trips over a slow line. And Postgres ends a transaction that says nothing for
 * so long: its program is no more or can't be heard, and changes of that tenant and the outbox wait for its
 * locks. Between two statements the program itself needs milliseconds.
 */
const GRACE_MS = 2_000

export const createPostgres = (options: PostgresOptions): Postgres => {
  const { url, log, poolSize = 10, clients = CLIENTS, silenceMs = SILENCE_MS } = options
  const life = watchPostgres({ url, silenceMs })
  const pool = new pg.Pool({
    connectionString: url,
    max: poolSize,
    connectionTimeoutMillis: silenceMs + GRACE_MS,
    statement_timeout: STATEMENT_MS,
    idle_in_transaction_session_timeout: silenceMs + GRACE_MS,
    application_name: 'heliograph',
    // oxlint-disable-next-line typescript/no-misused-promises -- the pool awaits it; its types say void
    onConnect: async (client) => {
      // The pool listens to idle connections only: one that is lost in a query would end the program. The
      // query fails anyway.
      client.on('error', (error) => log.debug({ err: error }, 'a Postgres connection was lost'))
      await life.add(client)
      await prepareScope(client)
    },
  })
  life.follow(pool)
  pool.on('error', (error) => log.warn({ err: error }, 'an idle Postgres connection was lost'))

  const borrow: Borrow = async (deadline) => {
    const client = await pool.connect()
    if (msLeft(deadline) > 0) return client
    client.release() // it came too late; the next one in the queue can use it
    throw outOfTime()
  }

  const borrowed: Borrowed = async (deadline, work) => {
    const client = await borrow(deadline)
    let lost = false
    try {
      return await work(client, () => (lost = true))
    } catch (error) {
      // A backend says that it goes before its socket closes: given back, the connection would fail the next
      // query too.
      lost ||= postgresError(error)?.code === 'STORE_UNAVAILABLE'
      throw error
    } finally {
      client.release(lost)
    }
  }

  const prismaFor = createPrismaClients({ options: pool.options, borrow, borrowed })
  const tenants = new LRUCache<string, PrismaClient>({ max: clients.tenants })
  const accounts = new LRUCache<string, PrismaClient>({ max: clients.accounts })
  const clientFor = (kept: LRUCache<string, PrismaClient>, scope: Scope): PrismaClient => {
    let client = kept.get(scope.value)
    if (!client) kept.set(scope.value, (client = prismaFor(scope)))
    return client
  }
  return {
    forTenant: (tenant) => clientFor(tenants, tenantScope(tenant)),
    forAccount: (userId) => clientFor(accounts, accountScope(userId)),
    query: async <Row extends pg.QueryResultRow>(scope: Scope, config: pg.QueryConfig) => {
      const deadline = deadlineFor(scope)
      return borrowed(
        deadline,
        async (client) => (await runScoped<Row>(client, scope, config, deadline)).rows,
      )
    },
    transaction: (scope, work) => {
      const deadline = deadlineFor(scope)
      return borrowed(deadline, async (client, discard) => {
        const run: ScopedRun = async (config) =>
          (await runScoped<never>(client, scope, config, deadline)).rows
        await run({ text: 'BEGIN' })
        try {
          const result = await work(run)
          await run({ text: 'COMMIT' })
          return result
        } catch (error) {
          await run({ text: 'ROLLBACK' }).catch((cause: unknown) => {
            discard() // else the next one on this connection would find itself in this transaction
            log.warn({ err: cause }, 'rollback failed')
          })
          throw error
        }
      })
    },
    version: async () => {
      const { rows } = await pool.query<{ version: string }>(
        `SELECT current_setting('server_version') AS version`,
      )
      return rows[0]!.version
    },
    close: async () => {
      const kept = [...tenants.values(), ...accounts.values()]
      await Promise.all(kept.map((client) => client.$disconnect()))
      life.close()
      await pool.end()
    },
  }
}

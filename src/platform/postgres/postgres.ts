import { createHash } from 'node:crypto'
import { PrismaPg } from '@prisma/adapter-pg'
import { LRUCache } from 'lru-cache'
import pg from 'pg'
import { PrismaClient } from '../../../generated/prisma/client.ts'
import type { TenantId } from '../ids.ts'
import type { Logger } from '../logger.ts'
import { postgresError } from './errors.ts'
import type { ScopedRun } from './run.ts'
import { prepareScope, runScoped, tenantScope, type Scope } from './scope.ts'

export type { PrismaClient } from '../../../generated/prisma/client.ts'
export type { PrismaTransaction, ScopedRun } from './run.ts'

/** Postgres as the program's own role sees it: every statement runs under a scope, there is no other way in. */
export type Postgres = {
  /**
   * The Prisma client of one tenant. Prisma batches lookups of one tick across callers, so one client for all tenants would
   * put two tenants' ids into one statement; one client each (kept in an LRU, all over one pool) can't.
   */
  forTenant(tenant: TenantId): PrismaClient
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
  /** Connections at most. Default 10: five for each core of the smallest machine keeps Postgres busy without thrashing it. */
  poolSize?: number
}

// Statement texts differ by the length of IN lists and by selection; past this many they go unnamed instead of filling
// every connection's statement cache.
const MAX_NAMED_STATEMENTS = 1_000
// A client costs about 2 MB and 6 ms to make (measured, see docs/adr/0002): 200 are 400 MB at the worst.
const MAX_TENANT_CLIENTS = 200

export const createPostgres = ({ url, log, poolSize = 10 }: PostgresOptions): Postgres => {
  const pool = new pg.Pool({
    connectionString: url,
    max: poolSize,
    connectionTimeoutMillis: 5_000,
    statement_timeout: 15_000,
    application_name: 'heliograph',
    // oxlint-disable-next-line typescript/no-misused-promises -- the pool awaits it; its types say void
    onConnect: async (client) => {
      // The pool listens to idle connections only: one that is lost in a query would end the program. The query fails anyway.
      client.on('error', (error) => log.debug({ err: error }, 'a Postgres connection was lost'))
      await prepareScope(client)
    },
  })
  pool.on('error', (error) => log.warn({ err: error }, 'an idle Postgres connection was lost'))

  const borrowed = async <T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> => {
    const client = await pool.connect()
    let lost = false
    try {
      return await work(client)
    } catch (error) {
      // A backend says that it goes before its socket closes: given back, the connection would fail the next query too.
      lost = postgresError(error)?.code === 'STORE_UNAVAILABLE'
      throw error
    } finally {
      client.release(lost)
    }
  }

  const names = new Map<string, string>()
  const statementName = (sql: string): string => {
    const known = names.get(sql)
    if (known !== undefined) return known
    if (names.size >= MAX_NAMED_STATEMENTS) return ''
    const name = `p${createHash('md5').update(sql).digest('hex').slice(0, 24)}`
    names.set(sql, name)
    return name
  }

  const prismaFor = (scope: Scope): PrismaClient => {
    const facade = Object.assign(Object.create(pg.Pool.prototype) as pg.Pool, {
      options: pool.options,
      query: (config: pg.QueryConfig) => borrowed((client) => runScoped(client, scope, config)),
      connect: async () => {
        const client = await pool.connect()
        return {
          query: (config: pg.QueryConfig) => runScoped(client, scope, config),
          on: client.on.bind(client),
          removeListener: client.removeListener.bind(client),
          release: client.release.bind(client),
        }
      },
      on: () => facade, // the pool's errors are logged once, above
      removeListener: () => facade,
    })
    return new PrismaClient({
      adapter: new PrismaPg(facade, { statementNameGenerator: ({ sql }) => statementName(sql) }),
      errorFormat: 'minimal',
    })
  }
  const clients = new LRUCache<string, PrismaClient>({ max: MAX_TENANT_CLIENTS })
  const cached = (scope: Scope): PrismaClient => {
    let client = clients.get(scope.value)
    if (!client) clients.set(scope.value, (client = prismaFor(scope)))
    return client
  }

  return {
    forTenant: (tenant) => cached(tenantScope(tenant)),
    query: async <Row extends pg.QueryResultRow>(scope: Scope, config: pg.QueryConfig) =>
      borrowed(async (client) => (await runScoped<Row>(client, scope, config)).rows),
    transaction: (scope, work) =>
      borrowed(async (client) => {
        await client.query('BEGIN')
        try {
          const result = await work(async (config) => (await runScoped<never>(client, scope, config)).rows)
          await client.query('COMMIT')
          return result
        } catch (error) {
          await client
            .query('ROLLBACK')
            .catch((cause: unknown) => log.warn({ err: cause }, 'rollback failed'))
          throw error
        }
      }),
    version: async () => {
      const { rows } = await pool.query<{ version: string }>(
        `SELECT current_setting('server_version') AS version`,
      )
      return rows[0]!.version
    },
    close: async () => {
      await Promise.all([...clients.values()].map((client) => client.$disconnect()))
      await pool.end()
    },
  }
}

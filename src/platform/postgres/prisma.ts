import { createHash } from 'node:crypto'
import { PrismaPg } from '@prisma/adapter-pg'
import pg from 'pg'
import { PrismaClient } from '../../../generated/prisma/client.ts'
import { currentDeadline, underDeadline, type Deadline } from '../deadline.ts'
import { foldedColumns } from './folded.ts'
import { deadlineFor, runScoped, type Scope } from './scope.ts'

/** A connection of the pool, to be released. Throws when there is none in time. */
export type Borrow = (deadline: Deadline | undefined) => Promise<pg.PoolClient>
/** Works on a connection and gives it back; after `discard` it is closed instead. */
export type Borrowed = <T>(
  deadline: Deadline | undefined,
  work: (client: pg.PoolClient, discard: () => void) => Promise<T>,
) => Promise<T>

// Statement texts differ by the length of IN lists and by selection; past this many they go unnamed instead
// of filling every connection's statement cache.
const MAX_NAMED_STATEMENTS = 1_000

// Changes of one tenant wait for each other. What ends a wait is the pool (5 s for a connection), a
// statement's limit (15 s) and the operation's deadline; Prisma's own bounds, 2 s and 5 s unless set, would
// fail changes that only wait for their turn.
const transactionOptions = { maxWait: 10_000, timeout: 60_000 }

/**
 * Prisma holds look-ups by key back until the end of the tick and sends them all in the async context of the
 * first: alike ones as one statement. So those that wait together share one deadline, the latest of theirs:
 * none ends before its time, and one may outlast its own operation when another of the same tenant asks in
 * the same moment.
 */
const createLookups = () => {
  let waiting: { endsAt: number } | undefined
  return {
    run: <T>(lookUp: () => T): T => {
      waiting ??= { endsAt: 0 }
      waiting.endsAt = Math.max(waiting.endsAt, currentDeadline()?.endsAt ?? Infinity)
      return underDeadline(waiting, lookUp)
    },
    /** The deadline of what is sent now. Look-ups that come later wait for another statement. */
    send: (): Deadline | undefined => {
      const deadline = currentDeadline()
      if (deadline === waiting) waiting = undefined
      return deadline
    },
  }
}

/** Makes Prisma clients that speak through the pool under a scope each. */
export const createPrismaClients = (deps: {
  options: pg.PoolOptions
  borrow: Borrow
  borrowed: Borrowed
}): ((scope: Scope) => PrismaClient) => {
  const { options, borrow, borrowed } = deps
  const omit = foldedColumns()
  const names = new Map<string, string>()
  const statementName = (sql: string): string => {
    const known = names.get(sql)
    if (known !== undefined) return known
    if (names.size >= MAX_NAMED_STATEMENTS) return ''
    const name = `p${createHash('md5').update(sql).digest('hex').slice(0, 24)}`
    names.set(sql, name)
    return name
  }

  return (scope) => {
    const lookups = createLookups()
    const facade = Object.assign(Object.create(pg.Pool.prototype) as pg.Pool, {
      options,
      query: (config: pg.QueryConfig) => {
        const deadline = lookups.send()
        return borrowed(deadline, (client) => runScoped(client, scope, config, deadline))
      },
      // For a transaction: Prisma may send its statements in the context of another operation, but begins it
      // in its own.
      connect: async () => {
        const deadline = deadlineFor(scope)
        const client = await borrow(deadline)
        let lost = false
        return {
          query: async (config: pg.QueryConfig) => {
            try {
              return await runScoped(client, scope, config, deadline)
            } catch (error) {
              // Prisma gives the connection back after a COMMIT that failed, with the transaction still open
              // on it.
              lost ||= /^(COMMIT|ROLLBACK)\b/i.test(config.text)
              throw error
            }
          },
          on: client.on.bind(client),
          removeListener: client.removeListener.bind(client),
          release: (error?: Error) => client.release(error ?? lost),
        }
      },
      on: () => facade, // the pool's errors are logged once, where it is made
      removeListener: () => facade,
    })
    const adapter = new PrismaPg(facade, { statementNameGenerator: ({ sql }) => statementName(sql) })
    // Async, because a promise of Prisma begins where it is waited for.
    const together = <T, R>({ args, query }: { args: T; query: (args: T) => Promise<R> }): Promise<R> =>
      lookups.run(async () => query(args))
    return new PrismaClient({ adapter, errorFormat: 'minimal', transactionOptions, omit }).$extends({
      query: { $allModels: { findUnique: together, findUniqueOrThrow: together } },
    }) as unknown as PrismaClient
  }
}

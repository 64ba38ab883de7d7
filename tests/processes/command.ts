import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { freshDatabases } from '../testkit/databases.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

type Databases = Awaited<ReturnType<typeof freshDatabases>>

/** The settings that name a test's databases. */
export const givenStores = (databases: Databases): Record<string, string> => ({
  DATABASE_URL: databases.postgresUrl,
  DATABASE_OWNER_URL: databases.ownerUrl,
  CLICKHOUSE_URL: databases.clickhouseUrl,
  REDIS_URL: databases.redisUrl,
})

export type CommandEnd = { readonly code: number; readonly out: string; readonly err: string }

/** What a command says that has to wait for one beside it, which on a full machine takes the two seconds and more. */
const WAITING = /^Waiting until the databases are migrated by .*\n+/m

/** Runs the command line as a process of its own against a test's databases. */
export const createCommand =
  (databases: Databases, env: Record<string, string> = {}) =>
  (...words: string[]): Promise<CommandEnd> =>
    new Promise((resolve) => {
      const options = { cwd: root, env: { ...process.env, ...givenStores(databases), ...env } }
      execFile(process.execPath, ['src/main.ts', ...words], options, (error, out, err) =>
        resolve({
          code: typeof error?.code === 'number' ? error.code : 0,
          out,
          err: err.replace(WAITING, ''),
        }),
      )
    })

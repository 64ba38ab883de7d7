import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Client } from 'pg'
import type { Stores } from './stores.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const TEMPLATE = 'template_heliograph'
const PASSWORD = 'heliograph_test'

export const withDatabase = (url: string, name: string): string =>
  Object.assign(new URL(url), { pathname: `/${name}` }).href

/** The same database as the program's own role. */
export const asProgram = (ownerUrl: string): string =>
  Object.assign(new URL(ownerUrl), { username: 'heliograph_app', password: PASSWORD }).href

/** The ClickHouse database that the files of one worker share. */
export const workerDatabase = (clickhouseUrl: string, worker: string): string =>
  withDatabase(clickhouseUrl, `worker_${worker}`)

/**
 * Migrates a Postgres database with the program's own command, once in a run: copies take 50 ms, migrations a
 * second. The ClickHouse database beside it is the first worker's.
 */
export const makeTemplate = async (stores: Omit<Stores, 'postgresTemplate'>): Promise<string> => {
  const ownerUrl = withDatabase(stores.postgresOwnerUrl, TEMPLATE)
  const admin = new Client({ connectionString: stores.postgresOwnerUrl })
  await admin.connect()
  await admin.query(`CREATE DATABASE ${TEMPLATE}`)
  await admin.end()
  // A process of its own: Vitest's runner of this file has no `import.meta.resolve`, which finds the schema
  // engine.
  await promisify(execFile)(process.execPath, ['src/main.ts', 'migrate'], {
    cwd: root,
    env: {
      ...process.env,
      DATABASE_OWNER_URL: ownerUrl,
      DATABASE_URL: asProgram(ownerUrl),
      CLICKHOUSE_URL: workerDatabase(stores.clickhouseUrl, '1'),
      REDIS_URL: stores.redisUrl,
    },
  })
  return TEMPLATE
}

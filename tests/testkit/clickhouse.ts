import { join } from 'node:path'
import { pino } from 'pino'
import { stores } from './stores.ts'
import { connectClickHouse, type ClickHouse } from '../../src/platform/clickhouse/client.ts'
import { createClickHouseMigrations } from '../../src/platform/clickhouse/migrate.ts'
import { withDatabase, workerDatabase } from './template.ts'

export const migrationsFolder = join(import.meta.dirname, '../../clickhouse/migrations')

export const silentLog = pino({ level: 'silent' })

export type TestStore = {
  readonly clickHouse: ClickHouse
  /** With the database in it, for a second client. */
  readonly url: string
  /** Drops the database, unless it is the worker's. */
  readonly close: () => Promise<void>
}

const migrate = (clickHouse: ClickHouse): Promise<unknown> =>
  createClickHouseMigrations({ clickHouse, folder: migrationsFolder }).apply()

let migrated: Promise<string> | undefined

/**
 * The URL of the database that the files of this worker share, migrated: for tests that look at tenants of
 * their own only.
 */
export const openWorkerStore = (): Promise<string> =>
  (migrated ??= (async () => {
    // Vitest numbers the workers that run at the same time.
    const url = workerDatabase(stores().clickhouseUrl, process.env.VITEST_POOL_ID ?? '1')
    const clickHouse = connectClickHouse({ url, log: silentLog })
    try {
      await migrate(clickHouse)
    } finally {
      await clickHouse.close()
    }
    return url
  })())

/** The store answers from the process that runs all tests, which may be busy for longer than the program allows. */
const SILENCE_MS = 20_000

/** A client of the worker's database. */
export const openSharedStore = async (): Promise<TestStore> => {
  const url = await openWorkerStore()
  const clickHouse = connectClickHouse({ url, log: silentLog, silenceMs: SILENCE_MS })
  return { clickHouse, url, close: clickHouse.close }
}

/**
 * An empty database of its own in the run's ClickHouse: for tests of migrations, and those that look at whole
 * tables.
 */
export const openTestStore = async ({ migrated = true } = {}): Promise<TestStore> => {
  const database = `test_${crypto.randomUUID().replaceAll('-', '')}`
  const url = withDatabase(stores().clickhouseUrl, database)
  const clickHouse = connectClickHouse({ url, log: silentLog })
  await clickHouse.ensureDatabase()
  if (migrated) await migrate(clickHouse)
  return {
    clickHouse,
    url,
    async close() {
      await clickHouse.command(`DROP DATABASE ${database}`)
      await clickHouse.close()
    },
  }
}

import { join } from 'node:path'
import { pino } from 'pino'
import { stores } from './stores.ts'
import { connectClickHouse, type ClickHouse } from '../../src/platform/clickhouse/client.ts'
import { createClickHouseMigrations } from '../../src/platform/clickhouse/migrate.ts'

export const migrationsFolder = join(import.meta.dirname, '../../clickhouse/migrations')

export const silentLog = pino({ level: 'silent' })

export type TestStore = {
  readonly clickHouse: ClickHouse
  /** With the database in it, for a second client. */
  readonly url: string
  /** Drops the database. */
  readonly close: () => Promise<void>
}

/** A database of its own in the run's ClickHouse, migrated unless told otherwise. */
export const openTestStore = async ({ migrated = true } = {}): Promise<TestStore> => {
  const url = new URL(stores().clickhouseUrl)
  const database = `test_${crypto.randomUUID().replaceAll('-', '')}`
  url.pathname = `/${database}`
  const clickHouse = connectClickHouse({ url: url.href, log: silentLog })
  await clickHouse.ensureDatabase()
  if (migrated) {
    await createClickHouseMigrations({ clickHouse, folder: migrationsFolder, lock: (work) => work() }).apply()
  }
  return {
    clickHouse,
    url: url.href,
    async close() {
      await clickHouse.command(`DROP DATABASE ${database}`)
      await clickHouse.close()
    },
  }
}

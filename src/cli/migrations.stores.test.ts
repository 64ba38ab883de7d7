import { readdirSync } from 'node:fs'
import { Client } from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { migrationsFolder, openTestStore, silentLog } from '../../tests/testkit/clickhouse.ts'
import { freshDatabases } from '../../tests/testkit/databases.ts'
import { eventually } from '../../tests/testkit/waiters.ts'
import { locks } from '../platform/postgres/locks.ts'
import { createMigrations } from './migrations.ts'

const ASKS = `SELECT 1 FROM pg_stat_activity
  WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE '%pg_try_advisory_lock%'`

test('nothing is written to either store while another program migrates', async () => {
  const { ownerUrl, postgresUrl, clickHouse: shared } = await freshDatabases(silentLog)
  const { clickHouse, close } = await openTestStore({ migrated: false })
  const other = new Client({ connectionString: ownerUrl })
  await other.connect()
  onTestFinished(async () => {
    await other.end()
    await shared.close()
    await close()
  })
  await other.query(`DELETE FROM _prisma_migrations WHERE migration_name LIKE '%steps_begin_untold'`)
  await other.query('SELECT pg_advisory_lock($1)', [locks.migrate])

  const migrations = createMigrations({ ownerUrl, postgresUrl, redisUrl: '', clickHouse, close })
  const applied = migrations.apply()
  await eventually(async () => expect((await other.query(ASKS)).rowCount).toBe(1))
  const pending = (await migrations.status()).filter(({ state }) => state === 'pending')
  await other.query('SELECT pg_advisory_unlock($1)', [locks.migrate])

  const facts = readdirSync(migrationsFolder).filter((name) => name.endsWith('.sql'))
  expect(pending.map(({ name }) => name)).toEqual(await applied)
  expect(await applied).toEqual([expect.stringContaining('steps_begin_untold'), ...facts])
  expect((await migrations.status()).filter(({ state }) => state !== 'applied')).toEqual([])
})

import { readdirSync } from 'node:fs'
import { Client } from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { migrationsFolder, openTestStore, silentLog } from '../../tests/testkit/clickhouse.ts'
import { freshDatabases } from '../../tests/testkit/databases.ts'
import { endMigrationLock } from '../../tests/testkit/migration-lock.ts'
import { eventually } from '../../tests/testkit/waiters.ts'
import { locks } from '../platform/postgres/locks.ts'
import { createMigrations } from './migrations.ts'

const ASKS = `SELECT 1 FROM pg_stat_activity
  WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE '%pg_try_advisory_lock%'`

const facts = readdirSync(migrationsFolder).filter((name) => name.endsWith('.sql'))

/** The migrations of a Postgres that is up to date and of a ClickHouse, and another's connection to that Postgres. */
const open = async (store: { migrated: boolean }) => {
  const { ownerUrl, postgresUrl, clickHouse: shared } = await freshDatabases(silentLog)
  const { clickHouse, close } = await openTestStore(store)
  const other = new Client({ connectionString: ownerUrl })
  await other.connect()
  onTestFinished(async () => {
    await other.end()
    await shared.close()
    await close()
  })
  const migrations = createMigrations({ ownerUrl, postgresUrl, redisUrl: '', clickHouse, close })
  const pending = async () =>
    (await migrations.status()).filter(({ state }) => state === 'pending').map(({ name }) => name)
  return { migrations, pending, other, clickHouse }
}

test('nothing is written to either store while another program migrates', async () => {
  const { migrations, pending, other } = await open({ migrated: false })
  await other.query(`DELETE FROM _prisma_migrations WHERE migration_name LIKE '%steps_begin_untold'`)
  await other.query('SELECT pg_advisory_lock($1)', [locks.migrate])

  const applied = migrations.apply()
  applied.catch(() => undefined) // told below, unless something before it fails
  await eventually(async () => expect((await other.query(ASKS)).rowCount).toBe(1))
  const before = await pending()
  await other.query('SELECT pg_advisory_unlock($1)', [locks.migrate])

  expect(before).toEqual(await applied)
  expect(await applied).toEqual([expect.stringContaining('steps_begin_untold'), ...facts])
  expect((await migrations.status()).filter(({ state }) => state !== 'applied')).toEqual([])
})

test('what Postgres refuses leaves a ClickHouse that has facts as it is', async () => {
  const { migrations, pending, other, clickHouse } = await open({ migrated: true })
  const last = facts.at(-1)!
  await clickHouse.command(
    `ALTER TABLE schema_migrations DELETE WHERE name = '${last}' SETTINGS mutations_sync = 1`,
  )
  await other.query(`DELETE FROM _prisma_migrations WHERE migration_name LIKE '%steps_begin_untold'`)
  await other.query(
    `UPDATE _prisma_migrations SET checksum = 'another' WHERE migration_name LIKE '%foundation'`,
  )
  await expect(migrations.apply()).rejects.toMatchObject({
    code: 'CONFLICT',
    message: expect.stringContaining('was edited after it was applied') as unknown,
  })
  expect(await pending()).toEqual([expect.stringContaining('steps_begin_untold'), last])
})

test('a program that loses the lock begins nothing more in Postgres', async () => {
  const { migrations, other } = await open({ migrated: false })
  await other.query('DROP SCHEMA public CASCADE')
  await other.query('CREATE SCHEMA public')
  const done = async (): Promise<number> => {
    const text = 'SELECT count(*)::int AS done FROM _prisma_migrations WHERE finished_at IS NOT NULL'
    return (await other.query<{ done: number }>(text)).rows[0]!.done
  }
  const applied = migrations.apply()
  applied.catch(() => undefined)
  await eventually(async () => expect(await done()).toBeGreaterThan(0))
  await endMigrationLock(other)
  await expect(applied).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  const before = await done()
  const names = (await migrations.apply()).filter((name) => !name.endsWith('.sql'))
  // All but the one that was under way, which may have gone either way.
  expect(before + names.length).toBeGreaterThanOrEqual((await done()) - 1)
})

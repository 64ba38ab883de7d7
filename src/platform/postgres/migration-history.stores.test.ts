import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshDatabases } from '../../../tests/testkit/databases.ts'
import { stores } from '../../../tests/testkit/stores.ts'
import { createLogger } from '../logger.ts'
import { isUpToDate } from './migration-history.ts'

const migrations = join(import.meta.dirname, '../../../prisma/migrations')
const folder = mkdtempSync(join(tmpdir(), 'heliograph-history-'))
let owner: Client
let ownerUrl: string
beforeAll(async () => {
  const databases = await freshDatabases(createLogger({ level: 'silent', format: 'json' }))
  ;({ ownerUrl } = databases)
  owner = new Client({ connectionString: ownerUrl })
  await owner.connect()
  cpSync(migrations, folder, { recursive: true })
})
afterAll(async () => {
  await owner.end()
  rmSync(folder, { recursive: true })
})

test('a database with every migration as it stands on disk is up to date, an empty one is not', async () => {
  expect(await isUpToDate(ownerUrl, migrations)).toBe(true)
  expect(await isUpToDate(stores().postgresOwnerUrl, migrations)).toBe(false)
})

test.each([
  ['was edited', `UPDATE _prisma_migrations SET checksum = 'other' WHERE migration_name = $1`],
  ['did not finish', 'UPDATE _prisma_migrations SET finished_at = NULL WHERE migration_name = $1'],
  ['was rolled back', 'UPDATE _prisma_migrations SET rolled_back_at = now() WHERE migration_name = $1'],
  ['is missing', 'DELETE FROM _prisma_migrations WHERE migration_name = $1'],
])('a migration that %s makes it not up to date', async (_what, damage) => {
  const { rows } = await owner.query<{ name: string }>(
    'SELECT migration_name AS name FROM _prisma_migrations ORDER BY 1 DESC LIMIT 1',
  )
  await owner.query('CREATE TEMP TABLE kept AS SELECT * FROM _prisma_migrations')
  await owner.query(damage, [rows[0]!.name])
  expect(await isUpToDate(ownerUrl, migrations)).toBe(false)
  await owner.query('DELETE FROM _prisma_migrations')
  await owner.query('INSERT INTO _prisma_migrations SELECT * FROM kept')
  await owner.query('DROP TABLE kept')
  expect(await isUpToDate(ownerUrl, migrations)).toBe(true)
})

test('a migration that is new on disk makes it not up to date', async () => {
  mkdirSync(join(folder, '99991231000000_new'))
  writeFileSync(join(folder, '99991231000000_new', 'migration.sql'), 'SELECT 1;')
  expect(await isUpToDate(ownerUrl, folder)).toBe(false)
})

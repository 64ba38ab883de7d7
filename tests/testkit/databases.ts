import { createHash, randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Client } from 'pg'
import { createMigrations } from '../../src/cli/migrations.ts'
import { connectClickHouse } from '../../src/platform/clickhouse/client.ts'
import type { Logger } from '../../src/platform/logger.ts'
import { stores } from './stores.ts'

const root = new URL('../../', import.meta.url).pathname
const PASSWORD = 'heliograph_test'

const withDatabase = (url: string, name: string): string =>
  Object.assign(new URL(url), { pathname: `/${name}` }).href
const asProgram = (ownerUrl: string): string =>
  Object.assign(new URL(ownerUrl), { username: 'heliograph_app', password: PASSWORD }).href

const migrationsHash = (): string => {
  const hash = createHash('sha256')
  for (const folder of readdirSync(join(root, 'prisma/migrations')).toSorted())
    if (!folder.endsWith('.toml'))
      hash.update(readFileSync(join(root, 'prisma/migrations', folder, 'migration.sql')))
  return hash.digest('hex').slice(0, 12)
}

/**
 * A Postgres database and a ClickHouse database of one's own, migrated. The Postgres one is a copy of a template that the
 * first caller of the run migrates: a copy takes 50 ms, the migrations a second.
 */
export const freshDatabases = async (log: Logger) => {
  const { postgresOwnerUrl, clickhouseUrl } = stores()
  const name = `t_${randomBytes(6).toString('hex')}`
  const template = `template_${migrationsHash()}`
  const clickHouse = connectClickHouse({ url: withDatabase(clickhouseUrl, name), log })
  const admin = new Client({ connectionString: postgresOwnerUrl })
  await admin.connect()
  try {
    await admin.query('SELECT pg_advisory_lock(42)') // two workers, one template
    const found = await admin.query('SELECT FROM pg_database WHERE datname = $1', [template])
    const templateUrl = withDatabase(postgresOwnerUrl, template)
    if (found.rowCount === 0) {
      await admin.query(`CREATE ROLE heliograph_app LOGIN PASSWORD '${PASSWORD}'`)
      await admin.query(`CREATE DATABASE ${template}`)
      await createMigrations({
        ownerUrl: templateUrl,
        postgresUrl: asProgram(templateUrl),
        redisUrl: '',
        clickHouse,
        close: async () => {},
      }).apply()
    }
    await admin.query(`CREATE DATABASE ${name} TEMPLATE ${template}`)
  } finally {
    await admin.end()
  }
  const ownerUrl = withDatabase(postgresOwnerUrl, name)
  const all = {
    ownerUrl,
    postgresUrl: asProgram(ownerUrl),
    redisUrl: stores().redisUrl,
    clickHouse,
    close: async () => {},
  }
  await createMigrations(all).apply()
  return { ...all, clickhouseUrl: withDatabase(clickhouseUrl, name), name }
}

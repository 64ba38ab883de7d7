import { randomBytes } from 'node:crypto'
import { Client } from 'pg'
import { connectClickHouse } from '../../src/platform/clickhouse/client.ts'
import type { Logger } from '../../src/platform/logger.ts'
import { openWorkerStore } from './clickhouse.ts'
import { stores } from './stores.ts'
import { asProgram, withDatabase } from './template.ts'

/**
 * A migrated Postgres database of one's own, and a client of the ClickHouse database that this worker's files
 * share: facts are a tenant's, and every test makes its own tenants. A test that looks at whole tables takes
 * `openTestStore`.
 */
export const freshDatabases = async (log: Logger) => {
  const { postgresOwnerUrl, postgresTemplate, redisUrl } = stores()
  const name = `t_${randomBytes(6).toString('hex')}`
  const admin = new Client({ connectionString: postgresOwnerUrl })
  await admin.connect()
  try {
    await admin.query(`CREATE DATABASE ${name} TEMPLATE ${postgresTemplate}`)
  } finally {
    await admin.end()
  }
  const ownerUrl = withDatabase(postgresOwnerUrl, name)
  const clickhouseUrl = await openWorkerStore()
  return {
    name,
    ownerUrl,
    postgresUrl: asProgram(ownerUrl),
    redisUrl,
    clickhouseUrl,
    clickHouse: connectClickHouse({ url: clickhouseUrl, log }),
    close: async () => {},
  }
}

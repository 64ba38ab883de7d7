import { z } from 'zod'
import type { ClickHouse } from '../../src/platform/clickhouse/client.ts'
import { defineQuery } from '../../src/platform/clickhouse/query.ts'
import { sql } from '../../src/platform/clickhouse/sql.ts'

/**
 * The statements that would make the database as it stands, sorted by name and without its name: the text of
 * clickhouse/schema.sql. Only the server knows what became of defaults and shorthands, so only it is asked.
 */
export const dumpSchema = async (clickHouse: ClickHouse): Promise<string> => {
  const tables = await clickHouse.query(
    defineQuery({
      name: 'platform.schemaDump',
      tenant: 'operator',
      sql: sql`
        SELECT database, formatQuery(create_table_query) AS statement
        FROM system.tables WHERE database = currentDatabase() AND NOT startsWith(name, '.') ORDER BY name`,
      row: z.object({ database: z.string(), statement: z.string() }),
    }),
  )
  const statements = tables.map(({ database, statement }) => statement.replaceAll(`${database}.`, ''))
  const head =
    '-- Printed from a freshly migrated database by `vitest run src/platform/clickhouse/migrate.stores.test.ts --update`.\n'
  return `${head}-- Do not edit: write a migration.\n\n${statements.join(';\n\n')};\n`
}

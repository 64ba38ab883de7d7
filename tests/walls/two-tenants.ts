import { Client } from 'pg'
import { createLogger } from '../../src/platform/logger.ts'
import { freshDatabases } from '../testkit/databases.ts'
import { writeRows } from './rows.ts'
import { apart, tablesOf, tenantTables } from './tables.ts'

/**
 * A database with a row of A and one of B in every table, and both roles' connections: the owner's, and the
 * program's.
 */
export const openWalls = async (canary: string) => {
  const databases = await freshDatabases(createLogger({ level: 'silent', format: 'json' }))
  const owner = new Client({ connectionString: databases.ownerUrl })
  const program = new Client({ connectionString: databases.postgresUrl })
  const notices: string[] = []
  program.on('notice', ({ message }) => notices.push(message ?? ''))
  await Promise.all([owner.connect(), program.connect()])
  const a = await writeRows(owner, 'alpha')
  const b = await writeRows(owner, canary)
  await owner.query('ANALYZE')
  const tables = tenantTables(await tablesOf(owner))

  const rowsIn = async (table: string): Promise<unknown[]> =>
    (await program.query(`SELECT * FROM ${table}`)).rows
  const countsIn = async (names: readonly string[]): Promise<Record<string, number>> => {
    const counts: [string, number][] = []
    for (const name of names) counts.push([name, (await rowsIn(name)).length])
    return Object.fromEntries(counts.filter(([, count]) => count > 0))
  }

  return {
    databases,
    owner,
    program,
    notices,
    a,
    b,
    /** The tables that hold rows of tenants. */
    tables,
    rowsIn,
    /** The program's connection takes a scope, until it is reset. */
    as: async (setting: string, value: string): Promise<void> => {
      await program.query('SELECT set_config($1, $2, false)', [setting, value])
    },
    /** The SQLSTATE with which a statement of the program fails; undefined when it doesn't. */
    codeOf: async (text: string, values: unknown[] = []): Promise<string | undefined> => {
      try {
        await program.query(text, values)
        return undefined
      } catch (error) {
        return (error as { code?: string }).code
      }
    },
    /** How many rows the program sees of the tenants' tables; those without any are left out. */
    seen: () => countsIn(tables),
    seenApart: () => countsIn(apart),
    /** All that there is of B, as text. */
    allOfB: async (): Promise<string> => {
      const texts: unknown[] = []
      for (const table of tables) {
        const { rows } = await owner.query(
          `SELECT to_jsonb(t) AS row FROM ${table} t WHERE to_jsonb(t)::text LIKE $1 ORDER BY 1`,
          [`%${canary}%`],
        )
        texts.push(rows)
      }
      return JSON.stringify(texts)
    },
    close: () => Promise.all([owner.end(), program.end()]),
  }
}

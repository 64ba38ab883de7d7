import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { AppError } from '../errors.ts'
import type { ClickHouse } from './client.ts'
import { defineQuery, instant } from './query.ts'
import { p, sql } from './sql.ts'
import { splitStatements } from './statements.ts'

export type MigrationStatus = {
  readonly name: string
  /**
   * `pending` also covers one that was interrupted: its statements are safe to repeat. `edited`: the file is
   * not what was applied. `failed`: ClickHouse refused a statement, and the file is still the same.
   */
  readonly state: 'applied' | 'pending' | 'edited' | 'failed'
  readonly appliedAt?: Date
}

export type ClickHouseMigrations = {
  /** Whether nothing was ever applied to this database. */
  isNew(): Promise<boolean>
  /** What stands in the folder against what the database says of it. A fresh database has all pending. */
  status(): Promise<MigrationStatus[]>
  /**
   * Applies what is pending, in order, and returns their names. Throws CONFLICT with advice on edited or
   * failed ones. Call it while `migrate` of Postgres is held: ClickHouse has no lock of its own. Once `lost` is
   * aborted it begins no further statement.
   */
  apply(options?: { readonly retryFailed?: boolean; readonly lost?: AbortSignal }): Promise<string[]>
}

type File = { readonly name: string; readonly text: string; readonly checksum: string }

const fileName = /^\d{4}_[a-z0-9_]+\.sql$/

/**
 * DDL on a large table may rewrite parts; ten minutes is long enough for that and ends a statement that
 * hangs.
 */
const MIGRATION_MAX_SECONDS = 600

const recordTable = `
CREATE TABLE IF NOT EXISTS schema_migrations
(
    name String,
    checksum String,
    state LowCardinality(String),
    recorded_at DateTime64(6, 'UTC') DEFAULT now64(6, 'UTC')
)
ENGINE = MergeTree
ORDER BY (name, recorded_at)`

/** The newest record of each migration. Records are only ever added, so the table is also the history. */
const recordsQuery = defineQuery({
  name: 'platform.migrations',
  tenant: 'operator',
  sql: sql`
    SELECT name, argMax(state, recorded_at) AS last_state, argMax(checksum, recorded_at) AS last_checksum,
           toUnixTimestamp64Milli(toDateTime64(max(recorded_at), 3)) AS at
    FROM schema_migrations GROUP BY name ORDER BY name`,
  row: z.object({
    name: z.string(),
    last_state: z.enum(['started', 'applied', 'failed']),
    last_checksum: z.string(),
    at: instant,
  }),
})

const tableExists = defineQuery({
  name: 'platform.migrationTable',
  tenant: 'operator',
  sql: sql`SELECT name FROM system.tables WHERE database = currentDatabase() AND name = ${p.text('schema_migrations')}`,
  row: z.object({ name: z.string() }),
})

const advice = {
  edited: (name: string) =>
    `The ClickHouse migration ${name} was changed after it was applied. Put the file back as it was, and write the change as a new migration.`,
  failed: (name: string) =>
    `The ClickHouse migration ${name} was refused by the server. The log says why; correct the file, or mend the cause and run \`heliograph migrate --retry-failed\`.`,
} as const

/** Numbered, forward-only SQL files, each of whose statements can be repeated. */
export const createClickHouseMigrations = (deps: {
  readonly clickHouse: ClickHouse
  readonly folder: string
}): ClickHouseMigrations => {
  const { clickHouse, folder } = deps

  const readFiles = async (): Promise<File[]> => {
    const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).toSorted()
    const wrong = names.find((name) => !fileName.test(name))
    if (wrong) throw new AppError('CONFLICT', `Name the migration ${wrong} like 0007_what_it_does.sql.`)
    const twin = names.find((name, index) => names[index - 1]?.slice(0, 4) === name.slice(0, 4))
    if (twin) throw new AppError('CONFLICT', `Give the migration ${twin} a number of its own.`)
    return Promise.all(
      names.map(async (name) => {
        const text = await readFile(join(folder, name), 'utf8')
        return { name, text, checksum: createHash('sha256').update(text).digest('hex') }
      }),
    )
  }

  const isNew = async (): Promise<boolean> => (await clickHouse.query(tableExists)).length === 0

  const statusOf = async (files: readonly File[]): Promise<MigrationStatus[]> => {
    const rows = (await isNew()) ? [] : await clickHouse.query(recordsQuery)
    const records = new Map(rows.map((row) => [row.name, row]))
    return files.map(({ name, checksum }) => {
      const record = records.get(name)
      if (!record || record.last_state === 'started') return { name, state: 'pending' }
      const same = record.last_checksum === checksum
      if (record.last_state === 'failed') return { name, state: same ? 'failed' : 'pending' }
      return { name, state: same ? 'applied' : 'edited', appliedAt: record.at }
    })
  }

  const record = (file: File, state: 'started' | 'applied' | 'failed') =>
    clickHouse.insertRows(
      'schema_migrations',
      ['name', 'checksum', 'state'],
      Buffer.from(`${JSON.stringify([file.name, file.checksum, state])}\n`),
      crypto.randomUUID(),
    )

  const applyOne = async (file: File, lost: AbortSignal | undefined): Promise<void> => {
    lost?.throwIfAborted()
    await record(file, 'started')
    try {
      for (const statement of splitStatements(file.text)) {
        lost?.throwIfAborted()
        await clickHouse.command(statement, { maxSeconds: MIGRATION_MAX_SECONDS })
      }
    } catch (error) {
      // A store that went away refused nothing: the migration stays `started`, which the next run repeats.
      if (!(error instanceof AppError) || error.code !== 'INTERNAL') throw error
      await record(file, 'failed')
      throw new AppError('CONFLICT', advice.failed(file.name), { cause: error })
    }
    await record(file, 'applied')
  }

  return {
    isNew,
    status: async () => {
      await clickHouse.ensureDatabase()
      return statusOf(await readFiles())
    },
    apply: async ({ retryFailed = false, lost } = {}) => {
      lost?.throwIfAborted()
      await clickHouse.ensureDatabase()
      await clickHouse.command(recordTable)
      const files = await readFiles()
      const states = new Map((await statusOf(files)).map(({ name, state }) => [name, state]))
      for (const [name, state] of states) {
        if (state === 'edited' || (state === 'failed' && !retryFailed)) {
          throw new AppError('CONFLICT', advice[state](name))
        }
      }
      const open = files.filter(({ name }) => states.get(name) !== 'applied')
      for (const file of open) await applyOne(file, lost)
      return open.map(({ name }) => name)
    },
  }
}

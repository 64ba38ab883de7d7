import { join } from 'node:path'
import { Client } from 'pg'
import { AppError } from '../errors.ts'
import { locks } from './locks.ts'
import { isUpToDate } from './migration-history.ts'
import { readMigrations, readSchema, withSchemaEngine } from './schema-engine.ts'

export type MigrationState = 'applied' | 'pending' | 'edited' | 'failed'
export type MigrationStatus = { readonly name: string; readonly state: MigrationState }

export type MigrateOptions = {
  /** Connects as the role that owns the tables. */
  ownerUrl: string
  /** The folder with schema/ and migrations/. */
  prismaDir: string
}

const filters = { externalTables: [], externalEnums: [] }
const read = async ({ prismaDir }: MigrateOptions) => ({
  schema: await readSchema(join(prismaDir, 'schema')),
  migrationsList: await readMigrations(join(prismaDir, 'migrations')),
})

/** Every migration on disk or in the database and its state, as `prisma migrate status` would tell it. */
export const migrationStatus = async (options: MigrateOptions): Promise<MigrationStatus[]> => {
  const { schema, migrationsList } = await read(options)
  const found = await withSchemaEngine(options.ownerUrl, schema, (engine) =>
    engine.diagnoseMigrationHistory({ migrationsList, optInToShadowDatabase: false, filters }),
  )
  const history = found.history
  const pending = new Set(
    history && 'unappliedMigrationNames' in history ? history.unappliedMigrationNames : [],
  )
  const failed = new Set(found.failedMigrationNames)
  const edited = new Set(found.editedMigrationNames)
  const state = (name: string): MigrationState =>
    failed.has(name) ? 'failed' : edited.has(name) ? 'edited' : pending.has(name) ? 'pending' : 'applied'
  // A database without a history table is behind by all of them, which the engine reports as no history at
  // all.
  const names = migrationsList.migrationDirectories.map(({ path }) => path)
  if (!found.hasMigrationsTable) return names.map((name) => ({ name, state: 'pending' }))
  return names.map((name) => ({ name, state: state(name) }))
}

/**
 * Applies what is pending, in order, and answers the names. Stops before touching anything when an applied
 * migration was edited or one has failed: both want a person.
 */
export const applyMigrations = async (options: MigrateOptions): Promise<string[]> => {
  if (await isUpToDate(options.ownerUrl, join(options.prismaDir, 'migrations'))) return []
  const wrong = (await migrationStatus(options)).find(({ state }) => state === 'edited' || state === 'failed')
  if (wrong)
    throw new AppError(
      'CONFLICT',
      wrong.state === 'edited'
        ? `Migration ${wrong.name} was edited after it was applied. Restore its file and put the change into a new migration.`
        : `Migration ${wrong.name} failed half-way. Repair the database by hand, then mark it with "prisma migrate resolve".`,
    )
  const { schema, migrationsList } = await read(options)
  const { appliedMigrationNames } = await withSchemaEngine(options.ownerUrl, schema, (engine) =>
    engine.applyMigrations({ migrationsList, filters }),
  )
  return appliedMigrationNames
}

/** Runs `work` while this process alone holds the migration lock of the database. */
export const withMigrationLock = async <T>(ownerUrl: string, work: () => Promise<T>): Promise<T> => {
  const client = new Client({ connectionString: ownerUrl, connectionTimeoutMillis: 10_000 })
  await client.connect()
  try {
    await client.query('SELECT pg_advisory_lock($1)', [locks.migrate])
    return await work()
  } finally {
    await client.end() // ends the session and with it the lock
  }
}

import { join } from 'node:path'
import type { MigrationList } from '@prisma/schema-engine-wasm/schema_engine_bg'
import { AppError } from '../errors.ts'
import { postgresError, sqlState } from './errors.ts'
import { isUpToDate, rollBackUnfinished } from './migration-history.ts'
import type { LockWait } from './migration-lock.ts'
import { readMigrations, readSchema, RefusedScript, withSchemaEngine } from './schema-engine.ts'

export type MigrationState = 'applied' | 'pending' | 'edited' | 'failed'
export type MigrationStatus = { readonly name: string; readonly state: MigrationState }

export type MigrateOptions = LockWait & {
  /** Connects as the role that owns the tables. */
  ownerUrl: string
  /** The folder with schema/ and migrations/. */
  prismaDir: string
  /** Once it is aborted no further script is begun: another program may migrate. */
  lost?: AbortSignal
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
 * Applies what is pending, in order, and answers the names. One that was begun and not finished left nothing
 * behind and is applied again. Stops before touching anything when an applied one was edited, which wants a
 * person. Call it while `migrate` is held.
 */
export const applyMigrations = async (options: MigrateOptions): Promise<string[]> => {
  const { ownerUrl } = options
  if (await isUpToDate(ownerUrl, join(options.prismaDir, 'migrations'))) return []
  await rollBackUnfinished(ownerUrl, options)
  const edited = (await migrationStatus(options)).find(({ state }) => state === 'edited')
  if (edited)
    throw new AppError(
      'CONFLICT',
      `Migration ${edited.name} was edited after it was applied. Restore its file and put the change into a new migration.`,
    )
  const { schema, migrationsList } = await read(options)
  try {
    const { appliedMigrationNames } = await withSchemaEngine(
      ownerUrl,
      schema,
      (engine) => engine.applyMigrations({ migrationsList, filters }),
      options.lost,
    )
    return appliedMigrationNames
  } catch (error) {
    throw error instanceof RefusedScript ? refusal(error, migrationsList) : error
  }
}

/** SQLSTATEs of a column, a table and another object that there is already. */
const alreadyThere = new Set(['42701', '42P07', '42710'])

const refusal = (error: RefusedScript, { migrationDirectories }: MigrationList): AppError => {
  const away = postgresError(error.cause)
  if (away?.code === 'STORE_UNAVAILABLE') return away
  const of = migrationDirectories.find(
    ({ migrationFile: { content } }) => content.tag === 'ok' && content.value === error.script,
  )
  const advice = alreadyThere.has(sqlState(error.cause) ?? '')
    ? `An older version may have applied it already: where all of it is there, say so with "prisma migrate resolve --applied ${of?.path}"; otherwise remove what is there, and the next start applies it again.`
    : 'Mend the cause; the next start applies it again.'
  return new AppError(
    'CONFLICT',
    `Postgres refuses migration ${of?.path}: ${error.message}. Nothing of it was kept. ${advice}`,
    { cause: error },
  )
}

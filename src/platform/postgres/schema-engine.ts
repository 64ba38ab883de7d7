import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { PrismaPg } from '@prisma/adapter-pg'
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils'
import * as engine from '@prisma/schema-engine-wasm/schema_engine_bg'

// TypeScript keeps this global's type in its browser library only.
declare const WebAssembly: {
  instantiate(
    bytes: Uint8Array,
    imports: Record<string, unknown>,
  ): Promise<{ instance: { exports: unknown } }>
}

/**
 * The engine guards its lock with a timer of 10 s that it never clears, and every command would wait for it
 * before it ends. What the engine really waits for is Postgres, whose connection keeps the process alive by
 * itself.
 */
const imports = Object.fromEntries(
  Object.entries(engine as Record<string, unknown>).map(([name, value]) => [
    name,
    name.startsWith('__wbg_setTimeout_')
      ? (callback: () => void, ms: number) => setTimeout(callback, ms >>> 0).unref()
      : value,
  ]),
)

let loaded: Promise<void> | undefined

/**
 * The engine behind `prisma migrate`, as WebAssembly: no binary is downloaded, the history table is the same.
 */
const load = async (): Promise<void> => {
  const wasm = new URL(
    'schema_engine_bg.wasm',
    import.meta.resolve('@prisma/schema-engine-wasm/schema_engine_bg'),
  )
  const { instance } = await WebAssembly.instantiate(await readFile(wasm), {
    './schema_engine_bg.js': imports,
  })
  engine.__wbg_set_wasm(instance.exports)
  ;(instance.exports as { __wbindgen_start(): void }).__wbindgen_start()
}

/**
 * The end of each script, in its transaction: it is done and marked so, or neither, whenever the program is
 * killed. The engine marks it a moment later only. There is no other unfinished one: see `rollBackUnfinished`.
 */
const FINISH = `
;DO $$ BEGIN
  UPDATE _prisma_migrations SET finished_at = now() WHERE finished_at IS NULL AND rolled_back_at IS NULL;
  IF NOT FOUND THEN RAISE EXCEPTION 'another program took this migration over'; END IF;
END $$;`

/** A script that Postgres refused; nothing of it was kept. The engine's own error tells no reason. */
export class RefusedScript extends Error {
  override readonly name = 'RefusedScript'
  readonly script: string

  constructor(script: string, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause })
    this.script = script
  }
}

/**
 * The adapter cuts a script at every semicolon, also inside a function, a text or a comment. Postgres itself
 * cuts it right, and makes one transaction of what comes as one text.
 */
class MigrationPg extends PrismaPg {
  readonly #opened: { dispose(): Promise<void> }[] = []
  readonly #lost: AbortSignal | undefined
  refused: RefusedScript | undefined

  constructor(url: string, lost: AbortSignal | undefined) {
    // One connection, so that the session of a script is the one that holds the engine's lock.
    super({ connectionString: url, max: 1 })
    this.#lost = lost
  }

  override async connect() {
    const adapter = await super.connect()
    this.#opened.push(adapter)
    adapter.executeScript = async (script) => {
      this.#lost?.throwIfAborted()
      try {
        await adapter.underlyingDriver().query(script + FINISH)
      } catch (error) {
        this.refused = new RefusedScript(script, error)
        throw error
      }
    }
    return adapter
  }

  /** The engine leaves its connections open. */
  async close(): Promise<void> {
    await Promise.all(this.#opened.map((adapter) => adapter.dispose()))
  }
}

/** Names and texts of the files of a Prisma schema. */
export type SchemaFiles = [name: string, text: string][]

/**
 * Opens the schema engine on a database, runs `work`, and closes both. Throws RefusedScript, or the reason of `lost`, after
 * which it begins no further script.
 */
export const withSchemaEngine = async <T>(
  url: string,
  schema: SchemaFiles,
  work: (engine: engine.SchemaEngine) => Promise<T>,
  lost?: AbortSignal,
): Promise<T> => {
  loaded ??= load()
  await loaded
  const postgres = new MigrationPg(url, lost)
  const adapter = bindMigrationAwareSqlAdapterFactory(postgres)
  const instance = await engine.SchemaEngine.new({ datamodels: schema }, () => {}, adapter)
  try {
    return await work(instance)
  } catch (error) {
    lost?.throwIfAborted() // the engine tells no reason
    throw postgres.refused ?? error
  } finally {
    instance.free()
    await postgres.close()
  }
}

/** The Prisma schema: one file a domain, in the order of their names. */
export const readSchema = async (dir: string): Promise<SchemaFiles> => {
  const names = (await readdir(dir)).filter((name) => name.endsWith('.prisma')).toSorted()
  return Promise.all(
    names.map(async (name): Promise<[string, string]> => [name, await readFile(join(dir, name), 'utf8')]),
  )
}

/** The migration folders on disk, in the order they apply. */
export const readMigrations = async (baseDir: string): Promise<engine.MigrationList> => {
  const entries = await readdir(baseDir, { withFileTypes: true })
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
  return {
    baseDir,
    lockfile: {
      path: 'migration_lock.toml',
      content: await readFile(join(baseDir, 'migration_lock.toml'), 'utf8'),
    },
    shadowDbInitScript: '',
    migrationDirectories: await Promise.all(
      names.toSorted().map(async (path) => ({
        path,
        migrationFile: {
          path: 'migration.sql',
          content: {
            tag: 'ok' as const,
            value: await readFile(join(baseDir, path, 'migration.sql'), 'utf8'),
          },
        },
      })),
    ),
  }
}

import { chmodSync, realpathSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Logger } from '../platform/logger.ts'
import type { ChdbPool } from './clickhouse.ts'
import { assertEmbeddable, startEngine } from './engine.ts'
import { assertRoom, folderError, makeFolder, type NamedFolder } from './folder.ts'
import { acquireLock, ourselves } from './lock.ts'
import { startPostgres } from './postgres.ts'
import { startRedis } from './redis.ts'
import { announceStack, isDataFolder, loadState, saveState, withdrawStack } from './state.ts'
import { startWatchdog } from './watchdog.ts'

export { StackInUseError } from './lock.ts'
export { findStack, type RunningStack } from './state.ts'
export { StartError } from './start-error.ts'

/** The embedded stores of one data folder, as many of them as were asked for. */
export type Stack = {
  /** The role that owns the database and may make roles: for migrations. */
  readonly postgresOwnerUrl?: string
  /**
   * The program's own role, with its password. The migration makes it; until then nobody can log in with it.
   */
  readonly postgresUrl?: string
  /** For this process. */
  readonly clickhouse?: ChdbPool
  /** For other processes of this machine. */
  readonly clickhouseUrl?: string
  readonly redisUrl?: string
  /**
   * Ends the stores, the writers' side last to go, and gives the folder free. May be called more than once.
   */
  readonly stop: () => Promise<void>
}

export type StackOptions = {
  readonly dataDir: string
  readonly need: { readonly postgres: boolean; readonly clickhouse: boolean; readonly redis: boolean }
  readonly log: Logger
  /** One short line for a person who waits. */
  readonly onProgress: (text: string) => void
  /** Called when the stores that are processes of their own run, and are not ready yet: time to load what is needed. */
  readonly onLaunched?: () => void
  /** chdb connections for queries; see `openChdb`. */
  readonly clickhouseReaders?: number
  /**
   * For a test run: its data don't outlive it. The caller removes the folder after `stop`; after a kill it
   * goes by itself.
   */
  readonly throwaway?: boolean
  /** Whether what was written outlives a power cut: by default unless it is thrown away. */
  readonly durable?: boolean
}

/**
 * Starts the stores, with the data of an earlier start if there are any. However this process ends, they end
 * too. Throws StackInUseError while another process owns the folder, StartError (one clear message) for what
 * a person can mend.
 */
export const startStack = async (options: StackOptions): Promise<Stack> => {
  try {
    return await start(options)
  } catch (error) {
    throw folderError(dataFolder(options.dataDir), error)
  }
}

const dataFolder = (path: string): NamedFolder => ({ path, named: '--data-dir (HELIOGRAPH_DATA_DIR)' })

/** A new Postgres has 60 MB, and the others begin with a few; of an old one it is the next part of its log. */
const ROOM_BYTES = { new: 128 << 20, old: 32 << 20 }

type Started<Start extends (...given: never[]) => Promise<unknown>> = Awaited<ReturnType<Start>> | false

/** The launch of one store's process; of one that is not needed there is nothing to wait for. */
const launch = (needed: boolean) => {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  if (!needed) resolve()
  const failed = (error: unknown): never => {
    reject(error)
    throw error
  }
  return { promise, resolve, failed }
}

const start = async (options: StackOptions): Promise<Stack> => {
  const { need, log, onProgress, throwaway = false, durable = !throwaway } = options
  await assertEmbeddable(need)
  // 0711 lets the user that Postgres runs as pass through to its own folder, and nobody list what is here.
  if (makeFolder(options.dataDir)) chmodSync(options.dataDir, 0o711)
  const dataDir = realpathSync(options.dataDir)
  assertRoom(dataFolder(dataDir), ROOM_BYTES[isDataFolder(dataDir) ? 'old' : 'new'])
  const lock = await acquireLock(dataDir)
  /** What must be undone, last made first undone. */
  const undo: (() => Promise<void> | void)[] = [lock.release]

  const undoAll = async (): Promise<void> => {
    const failures: unknown[] = []
    for (const step of undo.splice(0).toReversed()) {
      try {
        await step()
      } catch (error) {
        failures.push(error)
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, 'Not every embedded store ended as it should')
  }

  try {
    withdrawStack(dataDir)
    const state = loadState(dataDir)
    const watchdog = startWatchdog(lock.fd, () =>
      log.warn('the watchdog has ended: should this process be killed, the next start will end its stores'),
    )
    undo.push(() => watchdog.dismiss())
    if (throwaway) watchdog.removeAtDeath(dataDir)

    // What this process does itself would hold them up: it comes when their processes run.
    const launches = { postgres: launch(need.postgres), redis: launch(need.redis) }
    const launched = Promise.all([launches.postgres.promise, launches.redis.promise])
    launched.then(options.onLaunched, () => undefined) // whose start it was tells why

    // Everything that was started is noted for `undoAll` before anything else can fail.
    const started = await Promise.allSettled([
      need.postgres &&
        startPostgres({
          dataDir,
          remembered: state.postgresHome && resolve(dataDir, state.postgresHome),
          ownerPassword: state.postgresOwnerPassword,
          appPassword: state.postgresAppPassword,
          durable,
          log,
          onProgress,
          onHome(home) {
            const inside = home === join(dataDir, 'postgres')
            // The folder may be moved, and what lies in it moves along.
            saveState(dataDir, { ...state, postgresHome: inside ? 'postgres' : home })
            if (inside || !throwaway) return
            watchdog.removeAtDeath(home)
            undo.push(() => rmSync(home, { recursive: true, force: true }))
          },
          onProcess: (process) => {
            watchdog.watch('postgres', process)
            launches.postgres.resolve()
          },
        }).catch(launches.postgres.failed),
      need.redis &&
        startRedis({
          folder: join(dataDir, 'redis'),
          password: state.redisPassword,
          log,
          onProgress,
          onProcess: (process) => {
            watchdog.watch('redis', process)
            launches.redis.resolve()
          },
        }).catch(launches.redis.failed),
      need.clickhouse &&
        launched.then(() =>
          startEngine({
            path: join(dataDir, 'clickhouse'),
            readers: options.clickhouseReaders,
            password: state.clickhousePassword,
            log,
          }),
        ),
    ])
    for (const result of started) {
      if (result.status === 'fulfilled' && result.value !== false) undo.push(result.value.stop)
    }
    const failed = started.find((result) => result.status === 'rejected')
    if (failed) throw failed.reason
    const [postgres, redis, engine] = started.map((result) =>
      result.status === 'fulfilled' ? result.value : false,
    ) as [Started<typeof startPostgres>, Started<typeof startRedis>, Started<typeof startEngine>]

    const urls = {
      ...(postgres && { postgresOwnerUrl: postgres.ownerUrl, postgresUrl: postgres.appUrl }),
      ...(engine && { clickhouseUrl: engine.url }),
      ...(redis && { redisUrl: redis.url }),
    }
    announceStack(dataDir, ourselves(), urls)
    undo.push(() => withdrawStack(dataDir))

    let stopped: Promise<void> | undefined
    return { ...urls, ...(engine && { clickhouse: engine.pool }), stop: async () => (stopped ??= undoAll()) }
  } catch (error) {
    await undoAll()
    throw error
  }
}

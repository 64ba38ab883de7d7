import { realpathSync } from 'node:fs'
import { ClickHouseLogLevel, createClient } from '@clickhouse/client'
import type { Config } from '../config.ts'
import { folderError, makeFolder } from '../embedded/folder.ts'
import { assertFree } from '../embedded/lock.ts'
import type { ChdbPool } from '../embedded/clickhouse.ts'
import type { Stack } from '../embedded/stack.ts'
import { findStack, loadState, type RunningStack } from '../embedded/state.ts'
import { connectClickHouse, createClickHouse, type ClickHouse } from '../platform/clickhouse/client.ts'
import { AppError } from '../platform/errors.ts'
import type { Logger } from '../platform/logger.ts'
import { assertListenable } from '../server/listen.ts'

/** Where the three stores are: given by URL, embedded in this process, or embedded in a running one. */
export type OpenStores = {
  /** The role that migrates; undefined when only DATABASE_URL is given. */
  readonly ownerUrl: string | undefined
  readonly postgresUrl: string
  readonly redisUrl: string
  readonly clickHouse: ClickHouse
  /**
   * What protects the signing keys and the targets of channels in Postgres: HELIOGRAPH_SECRET, else the data folder's own, which other
   * machines don't have.
   */
  readonly secret: () => string
  /** One short line for a person who waits. */
  readonly onProgress: (text: string) => void
  readonly close: () => Promise<void>
}

export type StoresOptions = {
  config: Config
  log: Logger
  onProgress: (text: string) => void
  /**
   * `own` is for `start`, which must be the one that embeds them; `join` uses those of a running program
   * where there is one.
   */
  mode: 'own' | 'join'
  /** Called while stores of one's own get ready: time to load what is needed then. */
  onLaunched?: () => void
  /** For a measurement: a data folder that goes with this process, as durable as any until then. */
  throwaway?: boolean
}

/** A stack of this process, or what another process tells of its own. */
type Joined = { readonly [K in keyof Stack]?: Stack[K] | undefined }

/** Queries that run at once. Each takes a thread of libuv's pool, which bin/heliograph makes 12 large. */
const READERS = 6

/** Loaded only where something is embedded. */
const embedding = () => import('../embedded/stack.ts')

export const chdbPath = (url: string): string => decodeURIComponent(new URL(url).pathname)

const openFolder = async (path: string) => {
  const { openChdb } = await (await import('../embedded/engine.ts')).loadEngine()
  try {
    return openChdb({ path, readers: READERS })
  } catch (error) {
    throw folderError({ path, named: 'CLICKHOUSE_URL' }, error)
  }
}

const nothing = async (): Promise<void> => {} // a stack closes its own

type OpenClickHouse = { clickHouse: ClickHouse; release: () => Promise<void> }

const onEngine = (pool: ChdbPool, log: Logger): ClickHouse =>
  createClickHouse({
    client: createClient({ connection: pool.connection(), log: { level: ClickHouseLogLevel.OFF } }),
    log,
  })

/** ClickHouse where a URL says: a server, or a folder for an engine in this process. */
export const openGivenClickHouse = async (url: string, log: Logger): Promise<OpenClickHouse> => {
  if (!url.startsWith('chdb:')) return { clickHouse: connectClickHouse({ url, log }), release: nothing }
  const pool = await openFolder(chdbPath(url))
  return { clickHouse: onEngine(pool, log), release: pool.close }
}

const openEmbedded = async (stack: Joined | undefined, log: Logger): Promise<OpenClickHouse> => {
  if (stack?.clickhouse) return { clickHouse: onEngine(stack.clickhouse, log), release: nothing }
  if (!stack?.clickhouseUrl) throw new TypeError('a stack without ClickHouse')
  return openGivenClickHouse(stack.clickhouseUrl, log)
}

/**
 * Throws, with advice, while another process has the data folder or the port: before a database is made there
 * in vain. Where all stores are given, nothing is made, and the program that is replaced may have the port yet.
 */
export const assertStartable = async (config: Config): Promise<void> => {
  const { DATABASE_URL, CLICKHOUSE_URL, REDIS_URL, dataDir, PORT, HOST } = config
  if (DATABASE_URL && CLICKHOUSE_URL && REDIS_URL) return
  assertFree(dataDir)
  await assertListenable(PORT, HOST)
}

/** The setting of each store that the program on a folder was given by URL, and this command was not. */
export const notTold = (config: Config, running: RunningStack | undefined): readonly string[] => {
  if (!running) return []
  const { DATABASE_URL, CLICKHOUSE_URL, REDIS_URL } = config
  const urls = {
    DATABASE_URL: DATABASE_URL ?? running.postgresUrl,
    CLICKHOUSE_URL: CLICKHOUSE_URL ?? running.clickhouseUrl,
    REDIS_URL: REDIS_URL ?? running.redisUrl,
  }
  return Object.entries(urls).flatMap(([name, url]) => (url ? [] : [name]))
}

/** What to do about them. */
export const tellIt = (dataDir: string, names: readonly string[]): string =>
  `The program that runs on ${dataDir} has ${names.join(' and ')}: set the same here.`

/** Opens what is given and embeds what is not. Throws StackInUseError and StartError with advice. */
export const openStores = async (options: StoresOptions): Promise<OpenStores> => {
  const { config, log, onProgress, mode, onLaunched, throwaway = false } = options
  const { DATABASE_URL, DATABASE_OWNER_URL, CLICKHOUSE_URL, REDIS_URL, dataDir } = config
  const need = { postgres: !DATABASE_URL, clickhouse: !CLICKHOUSE_URL, redis: !REDIS_URL }
  const wanted = need.postgres || need.clickhouse || need.redis
  const running = wanted && mode === 'join' ? findStack(dataDir) : undefined
  const lacking = notTold(config, running)
  if (lacking.length > 0) throw new AppError('CONFLICT', tellIt(dataDir, lacking))
  // Before the others, since nothing must be undone when it can't be opened.
  const given = CLICKHOUSE_URL ? await openGivenClickHouse(CLICKHOUSE_URL, log) : undefined
  const stack: Joined | undefined =
    running ??
    (wanted
      ? await (
          await embedding()
        ).startStack({
          dataDir,
          need,
          log,
          onProgress,
          throwaway,
          durable: true,
          clickhouseReaders: READERS,
          ...(onLaunched && { onLaunched }),
        })
      : undefined)

  const { clickHouse, release } = given ?? (await openEmbedded(stack, log))
  const close = async (): Promise<void> => {
    await clickHouse.close()
    await release()
    await stack?.stop?.()
  }
  const postgresUrl = DATABASE_URL ?? stack?.postgresUrl
  const redisUrl = REDIS_URL ?? stack?.redisUrl
  if (!postgresUrl || !redisUrl) throw new TypeError('a stack without a store that was asked for')
  return {
    ownerUrl: DATABASE_URL ? DATABASE_OWNER_URL : stack?.postgresOwnerUrl,
    postgresUrl,
    redisUrl,
    clickHouse,
    secret: () => {
      if (config.HELIOGRAPH_SECRET) return config.HELIOGRAPH_SECRET
      if (DATABASE_URL)
        log.warn(
          'HELIOGRAPH_SECRET is not set: other processes on this Postgres can not check what this one signs in',
        )
      try {
        makeFolder(dataDir)
        return loadState(realpathSync(dataDir)).secret
      } catch (error) {
        throw folderError({ path: dataDir, named: '--data-dir (HELIOGRAPH_DATA_DIR)' }, error)
      }
    },
    onProgress,
    close,
  }
}

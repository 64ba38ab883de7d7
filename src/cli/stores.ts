import { mkdirSync, realpathSync } from 'node:fs'
import { ClickHouseLogLevel, createClient } from '@clickhouse/client'
import type { Config } from '../config.ts'
import type { Stack } from '../embedded/stack.ts'
import { findStack, loadState } from '../embedded/state.ts'
import { connectClickHouse, createClickHouse, type ClickHouse } from '../platform/clickhouse/client.ts'
import type { Logger } from '../platform/logger.ts'

/** Where the three stores are: given by URL, embedded in this process, or embedded in a running one. */
export type OpenStores = {
  /** The role that migrates; undefined when only DATABASE_URL is given. */
  readonly ownerUrl: string | undefined
  readonly postgresUrl: string
  readonly redisUrl: string
  readonly clickHouse: ClickHouse
  /**
   * What protects the signing keys in Postgres: HELIOGRAPH_SECRET, else the data folder's own, which other
   * machines don't have.
   */
  readonly secret: () => string
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
}

/** A stack of this process, or what another process tells of its own. */
type Joined = { readonly [K in keyof Stack]?: Stack[K] | undefined }

/** Queries that run at once. Each takes a thread of libuv's pool, which bin/heliograph makes 12 large. */
const READERS = 6

/**
 * Loaded only where something is embedded: the engine's library has 500 MB, and images that use given stores
 * leave it out.
 */
const embedding = () => import('../embedded/stack.ts')

const chdbPath = (url: string): string => decodeURIComponent(new URL(url).pathname)

/** Opens what is given and embeds what is not. Throws StackInUseError and StartError with advice. */
export const openStores = async ({ config, log, onProgress, mode }: StoresOptions): Promise<OpenStores> => {
  const { DATABASE_URL, DATABASE_OWNER_URL, CLICKHOUSE_URL, REDIS_URL, dataDir } = config
  const need = { postgres: !DATABASE_URL, clickhouse: !CLICKHOUSE_URL, redis: !REDIS_URL }
  const wanted = need.postgres || need.clickhouse || need.redis
  const running = wanted && mode === 'join' ? findStack(dataDir) : undefined
  const stack: Joined | undefined =
    running ??
    (wanted
      ? await (await embedding()).startStack({ dataDir, need, log, onProgress, clickhouseReaders: READERS })
      : undefined)

  const openClickHouse = async (): Promise<{ clickHouse: ClickHouse; release: () => Promise<void> }> => {
    const embedded = CLICKHOUSE_URL?.startsWith('chdb:')
      ? (await import('../embedded/clickhouse.ts')).openChdb({
          path: chdbPath(CLICKHOUSE_URL),
          readers: READERS,
        })
      : CLICKHOUSE_URL
        ? undefined
        : stack?.clickhouse
    if (embedded) {
      const clickHouse = createClickHouse({
        client: createClient({ connection: embedded.connection(), log: { level: ClickHouseLogLevel.OFF } }),
        log,
      })
      return { clickHouse, release: CLICKHOUSE_URL ? embedded.close : async () => {} }
    }
    const url = CLICKHOUSE_URL ?? stack?.clickhouseUrl
    if (!url) throw new TypeError('a stack without ClickHouse')
    return { clickHouse: connectClickHouse({ url, log }), release: async () => {} }
  }

  const { clickHouse, release } = await openClickHouse()
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
      mkdirSync(dataDir, { recursive: true })
      return loadState(realpathSync(dataDir)).secret
    },
    close,
  }
}

import { randomBytes } from 'node:crypto'
import { createApp, type App, type AppOptions } from '../../src/app.ts'
import { createPasswords, type Passwords } from '../../src/auth/passwords.ts'
import { loadConfig } from '../../src/config.ts'
import type { Clock } from '../../src/platform/clock.ts'
import { connectClickHouse } from '../../src/platform/clickhouse/client.ts'
import { createLogger } from '../../src/platform/logger.ts'
import { freshDatabases } from './databases.ts'
import { createSeed, type Seed } from './seed.ts'

/** What test programs encrypt their signing keys with. */
export const TEST_SECRET = 'a secret of tests, long enough to be one'

/** Of what subscribers share: 5 s in the program, which every test that waits for its end would wait. */
const LINGER_MS = 250

/**
 * A hash of the program's own strength takes 30 ms of a core. Tests of passwords and of how long a sign-in
 * takes bring the real one.
 */
const quickPasswords = createPasswords({ parameters: { memoryCost: 64, timeCost: 1, parallelism: 1 } })

export type StoreUrls = Readonly<Record<'postgresUrl' | 'redisUrl' | 'clickhouseUrl', string>>

export type TestApp = {
  readonly url: string
  readonly app: App
  readonly seed: Seed
  readonly databases: Awaited<ReturnType<typeof freshDatabases>>
  /** Another program on the same stores: what a second machine would be. */
  beside(): Promise<{ url: string; app: App; stop(): Promise<void> }>
  stop(): Promise<void>
}

/** The whole program on fresh databases and a Redis prefix of its own, listening on a free port. */
export const startApp = async (
  options: {
    clock?: Clock
    /** In place of ones that hash quickly. */
    passwords?: Passwords
    settings?: Record<string, string>
    timeouts?: AppOptions['timeouts']
    plugins?: AppOptions['plugins']
    providerTimeoutMs?: number
    /** How long receivers of notifications have; tests wait shorter. */
    notifyTimeoutMs?: number
    /** In place of one that writes errors to standard error. */
    log?: AppOptions['log']
    /** Another Redis than the one of the run: one that the test takes away. */
    redisUrl?: string
    /** Other ways to the three stores: proxies in front of them. */
    through?: (urls: StoreUrls) => Promise<StoreUrls>
    /** How long a connection to a store may say nothing when it should; tests wait shorter. */
    silenceMs?: number
    /** How old a shared answer of ClickHouse may be; what a test has sent it may ask for at once. */
    sharedMs?: number
  } = {},
): Promise<TestApp> => {
  const { log = createLogger({ level: 'error', format: 'pretty' }) } = options
  // Alert rules are looked at by the clock: a test that wants it asks for a tick, or for the role.
  const quiet = { PORT: '0', HOST: '127.0.0.1', HELIOGRAPH_ROLES: 'server,ingest' }
  const config = loadConfig({}, { ...quiet, ...options.settings })
  const databases = await freshDatabases(log)
  const redisPrefix = `t${randomBytes(4).toString('hex')}:`
  const silence = options.silenceMs !== undefined && { silenceMs: options.silenceMs }
  const { postgresUrl, redisUrl, clickhouseUrl } = databases
  const urls = await options.through?.({ postgresUrl, redisUrl, clickhouseUrl })
  const clickHouse = urls
    ? connectClickHouse({ url: urls.clickhouseUrl, log, ...silence })
    : databases.clickHouse
  const open = async () => {
    const app = await createApp({
      config,
      log,
      clickHouse,
      postgresUrl: urls?.postgresUrl ?? postgresUrl,
      redisUrl: options.redisUrl ?? urls?.redisUrl ?? redisUrl,
      redisPrefix,
      ...silence,
      secret: TEST_SECRET,
      lingerMs: LINGER_MS,
      sharedMs: options.sharedMs ?? 0,
      passwords: options.passwords ?? quickPasswords,
      ...(options.clock && { clock: options.clock }),
      ...(options.providerTimeoutMs !== undefined && { providerTimeoutMs: options.providerTimeoutMs }),
      ...(options.notifyTimeoutMs !== undefined && { notifyTimeoutMs: options.notifyTimeoutMs }),
      ...(options.plugins && { plugins: options.plugins }),
      ...(options.timeouts && { timeouts: options.timeouts }),
    })
    const url = await app.listen()
    app.start()
    return { app, url, stop: app.stop }
  }
  const first = await open()
  return {
    ...first,
    databases,
    seed: createSeed(first.app.modules),
    beside: open,
    stop: async () => {
      await first.stop()
      await Promise.all([databases.clickHouse.close(), urls && clickHouse.close()])
    },
  }
}

/** What makes inhabitants and people of a program, which may be one of a benchmark. */
export type Populated = Pick<TestApp, 'url' | 'app' | 'seed'> & {
  readonly databases: Pick<TestApp['databases'], 'ownerUrl'>
}

let shared: Promise<TestApp> | undefined

/**
 * The program that files of one worker share: for those that need no more than a tenant of their own and a
 * client. Nothing stops it but the end of the worker. Whoever counts something of the whole program, signs
 * people in (attempts are counted by address), or sets options takes `startApp`.
 */
export const sharedApp = async (): Promise<TestApp> => {
  shared ??= startApp()
  return { ...(await shared), stop: async () => {} }
}

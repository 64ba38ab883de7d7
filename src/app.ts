import { setTimeout as pause } from 'node:timers/promises'
import type { Plugin } from 'graphql-yoga'
import { ACCESS_TOKEN_MS, createAccessTokens } from './auth/access-token.ts'
import { createAuthenticate, type Authenticate } from './auth/authenticate.ts'
import { createOAuthClient } from './auth/oauth/client.ts'
import { providersOf } from './auth/oauth/providers.ts'
import { createTickets } from './auth/oauth/tickets.ts'
import { createPasswords, type Passwords } from './auth/passwords.ts'
import { createSigningKeys } from './auth/signing-keys.ts'
import { notifyingOf, type Config } from './config.ts'
import { createCostControl } from './graphql/limits/charge.ts'
import { createRates } from './graphql/limits/rates.ts'
import { MAX_GRAPHQL_BYTES } from './graphql/limits/variables.ts'
import { createGraph } from './graphql/yoga.ts'
import { createIngest } from './ingest/ingest.ts'
import { publisherOf } from './ingest/live.ts'
import { projectorOf } from './ingest/projection.ts'
import { createIngestRoute } from './ingest/route.ts'
import { createKeyUsage } from './modules/identity/api-key.usage.ts'
import { createThrottles } from './modules/identity/throttles.ts'
import { createChanges } from './modules/audit/audit.change.ts'
import {
  createModules,
  datasets,
  eventTopics,
  firehose,
  lives,
  projectionsOf,
  tasksOf,
} from './modules/modules.ts'
import { createBus } from './platform/bus/bus.ts'
import type { ClickHouse } from './platform/clickhouse/client.ts'
import { shareAnswers } from './platform/clickhouse/shared-answers.ts'
import { systemClock, type Clock } from './platform/clock.ts'
import type { Logger } from './platform/logger.ts'
import type { Network } from './platform/http/target-address.ts'
import { publishOutbox } from './platform/outbox-target.ts'
import { createOutboxRelay } from './platform/outbox.ts'
import { createPostgres } from './platform/postgres/postgres.ts'
import { createRedis } from './platform/redis/client.ts'
import { startTasks, type Tasks } from './platform/tasks.ts'
import { SILENCE_MS } from './platform/watch.ts'
import { createOriginPolicy } from './server/origins.ts'
import { createDrain } from './server/drain.ts'
import { createGraphiql } from './server/graphiql.ts'
import { createHealth } from './server/health.ts'
import { authenticateRequest, createHttp } from './server/http.ts'
import { listenAt } from './server/listen.ts'
import { createOpenSessions } from './server/open-sessions.ts'
import { defaultTimeouts, type Timeouts } from './server/timeouts.ts'
import { createWebSockets } from './server/websocket/websockets.ts'

export type AppOptions = {
  config: Config
  log: Logger
  postgresUrl: string
  redisUrl: string
  clickHouse: ClickHouse
  /** Encrypts the keys that sign access tokens; the same for every process on these stores. */
  secret: string
  /** Hashes passwords; tests bring one that counts. */
  passwords?: Passwords
  clock?: Clock
  /** Before every Redis key; tests bring their own. */
  redisPrefix?: string
  /** How long a connection to a store may say nothing when it should; tests wait shorter. */
  silenceMs?: number
  /** Tests wait shorter for slow providers of sign-ins; milliseconds. */
  providerTimeoutMs?: number
  /** Tests wait shorter for receivers of notifications; milliseconds. */
  notifyTimeoutMs?: number
  /** Networks that channels may lead to beside those of the settings: the demo's own collector. */
  notifyTargets?: readonly Network[]
  /** Timeouts other than the usual ones; tests wait shorter for clients. */
  timeouts?: Partial<Timeouts>
  /** How long a topic's window and a live state outlive their last subscriber; tests wait shorter. */
  lingerMs?: number
  /** How old a shared answer of ClickHouse may be; tests, which ask right after they have sent, share none. */
  sharedMs?: number
  /** Run after the graph's own; tests count and break with them. */
  plugins?: readonly Plugin[]
}

export type App = Awaited<ReturnType<typeof createApp>>

/** The composition root: the only place that constructs and wires. Nothing listens before `listen`. */
export const createApp = async (options: AppOptions) => {
  const { config, log, clickHouse, clock = systemClock } = options
  const roles = new Set(config.HELIOGRAPH_ROLES)
  let here = `http://${config.HOST}:${config.PORT}`
  const { silenceMs = SILENCE_MS } = options
  const postgres = createPostgres({ url: options.postgresUrl, log, silenceMs })
  const redis = createRedis({
    url: options.redisUrl,
    log,
    silenceMs,
    ...(options.redisPrefix !== undefined && { prefix: options.redisPrefix }),
  })
  await redis.ready().catch(async (error: unknown) => {
    await Promise.all([redis.close(), postgres.close()]) // else it would go on trying, and keep the process
    throw error
  })
  const signingKeys = createSigningKeys({
    postgres,
    clock,
    secret: options.secret,
    tokenLifeMs: ACCESS_TOKEN_MS,
  })
  const accessTokens = createAccessTokens({ keys: signingKeys, clock })
  const bus = createBus({
    redis,
    log,
    firehose,
    ...(options.lingerMs !== undefined && { lingerMs: options.lingerMs }),
  })
  const relay = createOutboxRelay({
    postgres,
    log,
    ...publishOutbox(bus, eventTopics),
  })
  const modules = createModules({
    postgres,
    changes: createChanges({ postgres, poke: relay.poke }),
    poke: relay.poke,
    clickHouse: shareAnswers(clickHouse, options.sharedMs),
    bus,
    clock,
    log,
    passwords: options.passwords ?? createPasswords(),
    accessTokens,
    throttles: createThrottles(redis),
    notifying: {
      ...notifyingOf(config),
      networks: [...config.NOTIFY_PRIVATE_TARGETS, ...(options.notifyTargets ?? [])],
      publicUrl: () => config.PUBLIC_URL ?? here,
      sends: roles.has('notifications'),
      secret: options.secret,
      timeoutMs: options.notifyTimeoutMs,
    },
    oauth: {
      clients: providersOf(config).map((provider) =>
        createOAuthClient({ provider, clock, timeoutMs: options.providerTimeoutMs }),
      ),
      redirectUris: config.OAUTH_REDIRECT_URIS,
      tickets: createTickets({ redis }),
    },
  })
  const ingest = createIngest({
    datasets,
    redis,
    clickHouse,
    clock,
    log,
    logMaxBytes: config.INGEST_LOG_MAX_BYTES,
    publishLive: publisherOf(bus, lives, log),
    projector: projectorOf(projectionsOf(modules), log),
  })
  const check = createAuthenticate({ postgres, clock, accessTokens })
  const sessions = createOpenSessions({ authenticate: check, log }) // looking again is no use of a key
  const keyUsage = createKeyUsage({ apiKeys: modules.apiKeys.service, clock, log })
  const authenticate: Authenticate = async (credential) => {
    const viewer = await check(credential)
    keyUsage.note(viewer)
    return viewer
  }
  const health = createHealth({
    stores: { postgres: postgres.version, clickhouse: clickHouse.ping, redis: redis.ping },
    ingest,
  })
  let page = createGraphiql()
  const originPolicy = createOriginPolicy({ origins: config.CORS_ORIGINS })
  const rates = createRates({ redis, log, config })
  const costControl = createCostControl({ rates, introspection: config.INTROSPECTION })
  const stopping = new AbortController()
  const { yoga, knownLive } = createGraph({
    modules,
    internals: { postgres, bus, clock },
    log,
    costControl,
    timeoutMs: config.OPERATION_TIMEOUT_MS,
    introspection: config.INTROSPECTION,
    stopping: stopping.signal,
    plugins: options.plugins ?? [],
  })
  const proxyHops = config.PROXY_HOPS
  const timeouts: Timeouts = {
    ...defaultTimeouts,
    keepAliveMs: config.KEEP_ALIVE_TIMEOUT_MS,
    ...options.timeouts,
  }
  const serves = roles.has('server')
  const http = createHttp({
    serves,
    yoga,
    ingestRoute: createIngestRoute({
      ingest,
      authenticate: authenticateRequest(authenticate),
      lookAgain: authenticateRequest(check),
      maxBodyBytes: config.MAX_BODY_BYTES,
      takeRows: async (tenant, rows) => rates.rows?.take(['t', tenant], rows),
    }),
    health,
    authenticate,
    lookAgain: check,
    sessions,
    graphiql: config.GRAPHIQL ? () => page() : undefined,
    maxBodyBytes: Math.min(config.MAX_BODY_BYTES, MAX_GRAPHQL_BYTES),
    originPolicy,
    rates,
    proxyHops,
    timeouts,
    stopping: stopping.signal,
    log,
  })
  const prefillKey = (apiKey: string): void => {
    page = createGraphiql({ apiKey, publicUrl: config.PUBLIC_URL })
  }
  const websockets = serves
    ? createWebSockets({
        http,
        yoga,
        knownLive,
        authenticate,
        sessions,
        maxPayloadBytes: Math.min(config.MAX_BODY_BYTES, MAX_GRAPHQL_BYTES),
        costControl,
        originPolicy,
        rates,
        proxyHops,
        timeouts,
        log,
      })
    : undefined

  const connections = createDrain(http)
  const listen = async (): Promise<string> => (here = await listenAt(http, config.PORT, config.HOST))

  let tasks: Tasks | undefined
  const start = (): void => {
    const { task } = modules.alerting.service
    const ofRoles = [
      ...(roles.has('alerting') ? [task] : []),
      ...(roles.has('notifications')
        ? [modules.notificationRouting.service.task, ...modules.notifications.service.tasks]
        : []),
    ]
    tasks = startTasks([...tasksOf(modules, clock), ...ofRoles], log)
    if (roles.has('ingest')) ingest.start()
    health.setPhase('ready')
  }

  /**
   * Not ready first; for `noticeMs` milliseconds everything else goes on, so that whoever asks for health can
   * send new clients elsewhere. Then requests under way finish, sockets close
   * with 1001 and streams end, without a word about live operations: their clients come back elsewhere. Then
   * the stores.
   */
  const stop = async (noticeMs = 0): Promise<void> => {
    health.setPhase('draining')
    await pause(noticeMs)
    const drained = connections.drain(config.SHUTDOWN_TIMEOUT_MS)
    sessions.stop()
    stopping.abort()
    await websockets?.close(config.SHUTDOWN_TIMEOUT_MS)
    bus.close()
    await drained
    await Promise.all([
      ingest.drain(config.SHUTDOWN_TIMEOUT_MS),
      modules.audit.service.drained(config.SHUTDOWN_TIMEOUT_MS),
    ])
    await tasks?.stop()
    if (roles.has('alerting')) await modules.alerting.service.stop()
    await modules.notifications.service.stop()
    await Promise.all([relay.stop(), keyUsage.stop()])
    await Promise.all([redis.close(), postgres.close()])
  }

  const { poke } = relay
  return {
    listen,
    start,
    stop,
    poke,
    prefillKey,
    modules,
    bus,
    ingest,
    postgres,
    health,
    keyUsage,
    signingKeys,
  }
}

import { setTimeout as pause } from 'node:timers/promises'
import { Redis, type ChainableCommander, type Cluster, type RedisOptions } from 'ioredis'
import type { Logger } from '../logger.ts'
import { shuttingDown, storeUnavailable } from '../errors.ts'
import { createWatch, SILENCE_MS } from '../watch.ts'
import { clusterAddress, nodesIn, placeOf } from './address.ts'
import { addressOf, openCluster, ownersOf, pingCluster } from './cluster.ts'
import { isFailedSelect, isRefusedDatabase, redisError, replyCode } from './errors.ts'
import { createKeys, type Keys } from './keys.ts'
import { lifeOf } from './life.ts'
import { createOutage } from './outage.ts'
import { registerScript, type Script, type ScriptSource } from './script.ts'
import { createClusterSubscriber, type Subscriber } from './subscriber.ts'
import { waitOf, type EndWait } from './wait.ts'

export type RedisStore = Keys & {
  /**
   * Ordinary commands: each has a deadline, and none waits for a connection that is not there. Of a cluster it
   * sends each to the node that has its keys, and a pipeline in parts, one a slot: see `parts.ts`.
   */
  readonly commands: Redis
  /**
   * A separate connection for XREADGROUP BLOCK and the like, which would hold up all commands behind them. A
   * wait is a second at most: the connection's own pings queue behind it.
   */
  blocking(name: string): Redis
  /**
   * Ends what waits on `blocking(name)` at once: it answers as if its time were over. Where that can't be (in a
   * cluster, for a user who may not, or without Redis) the wait ends by itself, and nobody is told.
   */
  endWait(name: string): Promise<void>
  /**
   * The connection that is in subscriber mode. Only `platform/bus` uses it, and resubscribes after a
   * reconnect.
   */
  subscriber(): Subscriber
  /**
   * The command that the subscriber hears. In a cluster a channel is its slot's, like a key: it can't be that
   * an event is kept on one node and its message lost on the way to another.
   */
  readonly publishes: 'publish' | 'spublish'
  /**
   * The channel of a unit. Pub/sub is one for all databases of a server, so the name tells apart who uses another
   * than 0.
   */
  channel(unit: string): string
  script(source: ScriptSource): Script
  /** Runs commands and maps their failure: STORE_UNAVAILABLE when Redis does not answer. */
  run<T>(work: (commands: Redis) => Promise<T>): Promise<T>
  /**
   * Sends a pipeline or transaction and returns the replies. Throws the first that failed, mapped as by
   * `run`.
   */
  exec(pipeline: ChainableCommander): Promise<unknown[]>
  /** Resolves when Redis answers, rejects with STORE_UNAVAILABLE after `timeoutMs` (5,000). */
  ready(timeoutMs?: number): Promise<void>
  /** One round trip, in milliseconds; of a cluster the slowest of all nodes that have slots. */
  ping(): Promise<number>
  version(): Promise<string>
  /** Closes all connections; what is under way is rejected. Safe to call twice. */
  close(): Promise<void>
}

export type RedisStoreOptions = {
  /** `redis://`, `rediss://` or `unix:///path?db=0`; those of some nodes of a cluster, separated by commas. */
  readonly url: string
  readonly log: Logger
  /** Put before every key (default `hg:`). */
  readonly prefix?: string
  /**
   * Timeout of a command, in milliseconds (default 2,000): commands take one, callers give up after a few
   * seconds.
   */
  readonly commandTimeoutMs?: number
  /**
   * A connection that says nothing for so long, a ping unanswered, is replaced; SILENCE_MS. So long a new one
   * may take.
   */
  readonly silenceMs?: number
}

/**
 * Doubles from 50 ms to 2 s: quick after a short failure, and no storm on a server that comes back. Up to
 * half is jitter.
 */
const backoffMs = (attempt: number): number => {
  const ceiling = Math.min(2_000, 50 * 2 ** Math.min(attempt - 1, 10))
  return ceiling / 2 + (Math.random() * ceiling) / 2
}

const common = {
  retryStrategy: backoffMs,
  // A command is not sent twice: it may have been executed, and only its caller knows whether repeating it is
  // safe.
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  // ioredis resubscribes in a promise that nobody handles: a second disconnect in that moment would end the
  // process.
  autoResubscribe: false,
} satisfies RedisOptions

/** While it does not answer, it is asked again after so long. */
const ASK_AGAIN_MS = 20

/** Of the subscriber's connection to a node of a cluster. */
const nameOf = (key: string): string => `subscriber ${key}`

/** Opens the connection for commands at once, in the background, and the others on first use. */
export const createRedis = (options: RedisStoreOptions): RedisStore => {
  const { url, log, commandTimeoutMs = 2_000, silenceMs = SILENCE_MS } = options
  const nodes = nodesIn(url)
  const address = nodes.length > 1 ? clusterAddress(nodes) : undefined
  const connections = new Map<string, Redis | Cluster>()
  const waits = new Map<string, EndWait>()
  const outage = createOutage(log)
  let closed = false
  /** Told once, of all connections and attempts, until one is let in. */
  let refused = false
  const watch = createWatch({ silenceMs })
  const forgets: (() => void)[] = []

  const report = <T extends Redis | Cluster>(name: string, redis: T): T => {
    redis.on('error', (error: NodeJS.ErrnoException) => outage.lost(name, error))
    redis.on('close', () => connections.has(name) && outage.lost(name))
    redis.on('ready', () => outage.over(name))
    return redis
  }

  const once = <T extends Redis | Cluster>(name: string, make: () => T): T => {
    if (closed) throw shuttingDown()
    const existing = connections.get(name)
    if (existing) return existing as T
    const made = make()
    connections.set(name, made)
    return report(name, made)
  }
  const own = (name: string) => ({ connectTimeout: silenceMs, connectionName: `heliograph-${name}` })
  const open = (name: string, more: RedisOptions, place?: { host: string; port: number }): Redis =>
    once(name, () => {
      const given = { ...common, ...own(name), ...more }
      const redis = place ? new Redis({ ...given, ...place, ...address?.access }) : new Redis(url, given)
      let failed = false // ioredis says ready after it too
      redis.on('connect', () => (failed = false))
      redis.on('error', (error) => {
        if (!isFailedSelect(error)) return
        failed = true
        if (isRefusedDatabase(error)) {
          if (!refused)
            log.error({ err: error }, 'Redis refuses the database that REDIS_URL names, and no other is used')
          refused = true
        }
        redis.disconnect(true)
      })
      redis.on('ready', () => (refused &&= failed))
      const forget = watch.add(lifeOf(redis))
      forgets.push(forget)
      redis.once('end', forget)
      return redis
    })
  const openAll = (name: string, more: RedisOptions, waits: boolean): Cluster =>
    once(name, () => {
      const { retryStrategy, ...rest } = common
      const node = { ...rest, ...own(name), ...address!.access, ...more }
      const cluster = openCluster({ start: address!.start, node, retryMs: retryStrategy, waits })
      cluster.on('+node', (redis: Redis) => {
        const part = `${name} ${addressOf(redis)}`
        redis.once('end', watch.add(lifeOf(redis)))
        redis.on('error', (error: NodeJS.ErrnoException) => outage.lost(part, error))
        redis.on('close', () => cluster.nodes().includes(redis) && outage.lost(part))
        redis.on('ready', () => outage.over(part))
      })
      cluster.on('refresh', () => {
        const parts = new Set([...ownersOf(cluster)].map((key) => `${name} ${key}`))
        for (const each of outage.down())
          if (each.startsWith(`${name} `) && !parts.has(each)) outage.over(each)
      })
      return cluster
    })

  const quick = { commandTimeout: commandTimeoutMs }
  const cluster = address && openAll('commands', quick, false)
  // A cluster has the same commands.
  const commands = (cluster as unknown as Redis) ?? open('commands', { enableOfflineQueue: false, ...quick })
  let subscriber: Subscriber | undefined
  const openSubscriber = (): Subscriber => {
    if (!cluster) return open('subscriber', quick)
    subscriber ??= createClusterSubscriber({
      cluster,
      log,
      open: (key) => open(nameOf(key), quick, placeOf(key)),
      close: (key) => {
        const redis = connections.get(nameOf(key))
        connections.delete(nameOf(key))
        outage.over(nameOf(key))
        redis?.disconnect()
      },
    })
    return subscriber
  }
  const run = async <T>(work: (commands: Redis) => Promise<T>): Promise<T> => {
    try {
      return await work(commands)
    } catch (error) {
      throw redisError(error)
    }
  }

  const keys = createKeys(options.prefix)
  const database = cluster ? 0 : (commands.options.db ?? 0)

  return {
    ...keys,
    channel: (unit) => keys.key(unit, database === 0 ? 'live' : `live@${database}`),
    commands,
    // Not ioredis' `blockingTimeout`: it would answer a read on a dead connection with "nothing there".
    blocking: (name) => {
      if (address) return openAll(`blocking-${name}`, {}, true) as unknown as Redis
      const redis = open(`blocking-${name}`, {})
      if (!waits.has(name)) waits.set(name, waitOf(redis))
      return redis
    },
    endWait: async (name) => {
      await waits
        .get(name)?.(commands)
        .catch(() => undefined)
    },
    subscriber: openSubscriber,
    publishes: cluster ? 'spublish' : 'publish',
    script: (source) => registerScript(commands, source),
    run,
    exec: async (pipeline) => {
      const replies = await run(() => pipeline.exec())
      // null is a transaction that a WATCH refused; nothing here uses WATCH.
      if (!replies) throw new TypeError('the transaction was refused by a WATCH')
      return replies.map(([error, reply]) => {
        if (error) throw redisError(error)
        return reply
      })
    },
    ready: (timeoutMs = 5_000) => whenReady(commands, timeoutMs),
    ping: async () => {
      const from = performance.now()
      await run<unknown>((redis) => (cluster ? pingCluster(cluster) : redis.ping()))
      return performance.now() - from
    },
    version: async () => {
      const info = await run((redis) => redis.info('server'))
      return /^(?:valkey|redis)_version:(\S+)/m.exec(info)?.[1] ?? 'unknown'
    },
    close: async () => {
      closed = true
      outage.close()
      await Promise.all([...connections.values()].map(end))
      for (const forget of forgets) forget()
      watch.close()
    },
  }
}

/** An answer tells; `status` may still be of a connection that the server has just ended. */
const whenReady = async (redis: Redis, timeoutMs: number): Promise<void> => {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    const late = pause(deadline - performance.now(), new Error('no answer in time'), { ref: false })
    const failed = await Promise.race([
      redis.ping().then(
        () => undefined,
        (error: unknown) => error,
      ),
      late,
    ])
    // It answers also whom it does not let ask.
    if (failed === undefined || replyCode(failed) === 'NOPERM') return
    if (redis.status === 'end' || performance.now() + ASK_AGAIN_MS > deadline)
      throw storeUnavailable('Redis', failed)
    await pause(ASK_AGAIN_MS)
  }
}

/**
 * `disconnect` drops the socket: `quit` would wait for a blocking read to end. Between two attempts there is
 * no socket, and ioredis then tells nobody that it stopped trying.
 */
const end = (redis: Redis | Cluster): Promise<void> =>
  new Promise((resolve) => {
    if (redis.status === 'end' || redis.status === 'close' || redis.status === 'reconnecting') resolve()
    else redis.once('end', resolve)
    redis.disconnect()
  })

import { Redis, type ChainableCommander, type RedisOptions } from 'ioredis'
import type { Logger } from '../logger.ts'
import { shuttingDown, storeUnavailable } from '../errors.ts'
import { createWatch, SILENCE_MS } from '../watch.ts'
import { redisError } from './errors.ts'
import { createKeys, type Keys } from './keys.ts'
import { lifeOf } from './life.ts'
import { registerScript, type Script, type ScriptSource } from './script.ts'

export type RedisStore = Keys & {
  /** Ordinary commands: each has a deadline, and none waits for a connection that is not there. */
  readonly commands: Redis
  /**
   * A separate connection for XREADGROUP BLOCK and the like, which would hold up all commands behind them. A
   * wait is a second at most: the connection's own pings queue behind it.
   */
  blocking(name: string): Redis
  /**
   * The connection that is in subscriber mode. Only `platform/bus` uses it, and resubscribes after a
   * reconnect.
   */
  subscriber(): Redis
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
  /** One round trip, in milliseconds. */
  ping(): Promise<number>
  version(): Promise<string>
  /** Closes all connections; what is under way is rejected. Safe to call twice. */
  close(): Promise<void>
}

export type RedisStoreOptions = {
  /** `redis://`, `rediss://` or `unix:///path?db=0`. */
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

const common: RedisOptions = {
  retryStrategy: backoffMs,
  // A command is not sent twice: it may have been executed, and only its caller knows whether repeating it is
  // safe.
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  // ioredis resubscribes in a promise that nobody handles: a second disconnect in that moment would end the
  // process.
  autoResubscribe: false,
}

/** Opens the connection for commands at once, in the background, and the others on first use. */
export const createRedis = (options: RedisStoreOptions): RedisStore => {
  const { url, log, commandTimeoutMs = 2_000, silenceMs = SILENCE_MS } = options
  const connections = new Map<string, Redis>()
  const down = new Set<string>()
  let downSince = 0
  let closed = false
  const watch = createWatch({ silenceMs })
  const forgets: (() => void)[] = []

  const report = (name: string, redis: Redis): Redis => {
    const lost = (error?: NodeJS.ErrnoException): void => {
      if (closed || down.has(name)) return
      if (down.size === 0) {
        downSince = performance.now()
        const code = error?.code
        log.warn({ connection: name, code }, 'Redis does not answer; trying again until it does')
      }
      down.add(name)
    }
    redis.on('error', lost)
    redis.on('close', () => lost())
    redis.on('ready', () => {
      if (down.delete(name) && down.size === 0)
        log.info({ downMs: Math.round(performance.now() - downSince) }, 'Redis answers again')
    })
    return redis
  }

  const open = (name: string, more: RedisOptions): Redis => {
    if (closed) throw shuttingDown()
    const existing = connections.get(name)
    if (existing) return existing
    const own = { connectTimeout: silenceMs, connectionName: `heliograph-${name}` }
    const redis = report(name, new Redis(url, { ...common, ...own, ...more }))
    connections.set(name, redis)
    forgets.push(watch.add(lifeOf(redis)))
    return redis
  }

  const commands = open('commands', { enableOfflineQueue: false, commandTimeout: commandTimeoutMs })
  const run = async <T>(work: (commands: Redis) => Promise<T>): Promise<T> => {
    try {
      return await work(commands)
    } catch (error) {
      throw redisError(error)
    }
  }

  return {
    ...createKeys(options.prefix),
    commands,
    // Not ioredis' `blockingTimeout`: it would answer a read on a dead connection with "nothing there".
    blocking: (name) => open(`blocking-${name}`, {}),
    subscriber: () => open('subscriber', { commandTimeout: commandTimeoutMs }),
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
      await run((redis) => redis.ping())
      return performance.now() - from
    },
    version: async () => {
      const info = await run((redis) => redis.info('server'))
      return /^(?:valkey|redis)_version:(\S+)/m.exec(info)?.[1] ?? 'unknown'
    },
    close: async () => {
      closed = true
      await Promise.all([...connections.values()].map(end))
      for (const forget of forgets) forget()
      watch.close()
    },
  }
}

const whenReady = (redis: Redis, timeoutMs: number): Promise<void> =>
  new Promise((resolve, reject) => {
    if (redis.status === 'ready') return resolve()
    const settle = (finish: () => void) => () => {
      clearTimeout(timer)
      redis.off('ready', ready).off('end', failed)
      finish()
    }
    const ready = settle(resolve)
    const failed = settle(() => reject(storeUnavailable('Redis', new Error(`Redis is ${redis.status}`))))
    const timer = setTimeout(failed, timeoutMs)
    redis.on('ready', ready).on('end', failed)
  })

/**
 * `disconnect` drops the socket: `quit` would wait for a blocking read to end. Between two attempts there is
 * no socket, and ioredis then tells nobody that it stopped trying.
 */
const end = (redis: Redis): Promise<void> =>
  new Promise((resolve) => {
    if (redis.status === 'end' || redis.status === 'close' || redis.status === 'reconnecting') resolve()
    else redis.once('end', resolve)
    redis.disconnect()
  })

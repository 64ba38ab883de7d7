import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLogger } from '../../src/platform/logger.ts'
import { createRedis, type RedisStore } from '../../src/platform/redis/client.ts'

export const silent = createLogger({ level: 'silent', format: 'json' })

/** Polls until `check` gives something true; the last failure is told when it never does. */
export const eventually = async <T>(check: () => T | Promise<T>, timeoutMs = 5_000): Promise<T> => {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    const found = await check()
    if (found) return found
    if (performance.now() > deadline) throw new Error(`not true after ${timeoutMs} ms: ${check.toString()}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** A Redis that a test may kill, flush and start again: its own port and folder. */
export const startRedisServer = async () => {
  const port = await freePort()
  const dir = await mkdtemp(join(tmpdir(), 'heliograph-bus-'))
  const boot = () =>
    spawn('redis-server', ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', dir, '--save', ''], {
      stdio: 'ignore',
    })
  let server = boot()
  const stop = async (): Promise<void> => {
    if (server.exitCode !== null || server.signalCode !== null) return
    const exit = once(server, 'exit')
    server.kill('SIGKILL')
    await exit
  }
  return {
    url: `redis://127.0.0.1:${port}`,
    kill: stop,
    restart: () => void (server = boot()),
    close: async () => {
      await stop()
      await rm(dir, { recursive: true, force: true })
    },
  }
}

export type RedisServer = Awaited<ReturnType<typeof startRedisServer>>

/** A store with a connection that is ready. */
export const connect = async (url: string, prefix = 'hg:'): Promise<RedisStore> => {
  const redis = createRedis({ url, log: silent, prefix })
  await redis.ready(10_000)
  return redis
}

/** A subscription that fails when it is asked for its first event. */
export const failing = (cause: Error): AsyncIterableIterator<never, undefined> => {
  const stream: AsyncIterableIterator<never, undefined> = {
    next: () => Promise.reject(cause),
    return: () => Promise.resolve({ done: true, value: undefined }),
    [Symbol.asyncIterator]: () => stream,
  }
  return stream
}

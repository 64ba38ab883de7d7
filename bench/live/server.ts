import { fork, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Kind, Question, Served, Usage } from './serve.ts'

/** Core of the server under test. All else (client, publisher, stores) has the other. */
const SERVER_CORE = '0'
export const OTHERS_CORE = '1'

/** Pins a process with all its threads to a core; false where that can't be done. */
export const pin = (pid: number, core: string): boolean =>
  spawnSync('taskset', ['-acp', core, String(pid)], { stdio: 'ignore' }).status === 0

export type TestServer = Awaited<ReturnType<typeof startServer>>

/** Starts a server under test and pins it when it listens: its own stores stay where the others are. */
export const startServer = async (kind: Kind, options: { redisUrl: string; roles?: string }) => {
  const { redisUrl, roles = 'server' } = options
  const child: ChildProcess = fork(fileURLToPath(new URL('serve.ts', import.meta.url)), [kind], {
    execArgv: ['--expose-gc', '--disable-warning=ExperimentalWarning'],
    // The thread pool has the size that bin/heliograph gives it.
    env: { ...process.env, BENCH_REDIS_URL: redisUrl, BENCH_ROLES: roles, UV_THREADPOOL_SIZE: '12' },
  })
  const waiting = new Map<number, { resolve: (said: never) => void; reject: (error: Error) => void }>()
  const gone = (): void => {
    for (const { reject } of waiting.values()) reject(new Error(`the server ${kind} ended`))
  }
  child.once('exit', gone)
  const told = new Promise<Served>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the server ${kind} ended with ${code}`)))
    child.on('message', (message: { served?: Served; id?: number; said?: never; failed?: string }) => {
      if (message.served) return resolve(message.served)
      const asked = waiting.get(message.id!)
      waiting.delete(message.id!)
      if (message.failed) asked?.reject(new Error(message.failed))
      else asked?.resolve(message.said as never)
    })
  })
  let asked = 0
  const ask = <T>(question: Omit<Question, 'id'>): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      const id = (asked += 1)
      waiting.set(id, { resolve: resolve, reject })
      child.send({ id, ...question } satisfies Question)
    })
  const served = await told
  pin(child.pid!, SERVER_CORE)
  return {
    kind,
    ...served,
    usage: () => ask<Usage>({ ask: 'usage' }),
    /** The same right after garbage was collected. */
    gc: () => ask<Usage>({ ask: 'gc' }),
    /** Begins a CPU profile; a second call ends it and writes the file. */
    profile: (file: string) => ask<undefined>({ ask: 'profile', file }),
    stop: async (): Promise<void> => {
      const ended = once(child, 'exit')
      await ask({ ask: 'stop' })
      await ended
    },
  }
}

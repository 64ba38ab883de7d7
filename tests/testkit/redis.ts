import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../src/embedded/ports.ts'

export type RedisServer = Awaited<ReturnType<typeof startRedisServer>>

/**
 * A Redis of the test's own, on its own port and folder, which it may halt, kill, and start again. With
 * `keepsData` what was written is there after a restart; without it nothing is.
 */
export const startRedisServer = async ({ keepsData = false } = {}) => {
  const dir = await mkdtemp(join(tmpdir(), 'heliograph-redis-'))
  const port = await freePort()
  const listening = ['--port', String(port), '--bind', '127.0.0.1', '--dir', dir]
  const start = (): ChildProcess =>
    spawn('redis-server', [...listening, '--save', '', '--appendonly', keepsData ? 'yes' : 'no'], {
      stdio: 'ignore',
    })
  let server = start()
  const end = async (signal: 'SIGTERM' | 'SIGKILL'): Promise<void> => {
    if (server.exitCode !== null || server.signalCode !== null) return
    const ended = once(server, 'exit')
    server.kill(signal)
    server.kill('SIGCONT') // a halted one takes no other signal than SIGKILL
    await ended
  }
  return {
    url: `redis://127.0.0.1:${port}`,
    kill: () => end('SIGKILL'),
    end: () => end('SIGTERM'),
    restart: () => void (server = start()),
    /** It keeps its connections and answers nothing. */
    halt: () => void server.kill('SIGSTOP'),
    resume: () => void server.kill('SIGCONT'),
    close: async () => {
      await end('SIGKILL')
      await rm(dir, { recursive: true, force: true })
    },
  }
}

import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

/** Latencies in microseconds, of frames with a number since the last `reset`; as `frames` and `bytes`. */
export type Stats = {
  readonly connections: number
  readonly ready: number
  readonly operations: number
  /** Operations that have had an event of number 0. */
  readonly synced: number
  readonly frames: number
  readonly bytes: number
  /** Of all operations, the number that was reached by the last and by the first. */
  readonly least: number
  readonly most: number
  readonly lost: number
  readonly doubled: number
  readonly closed: number
  readonly faults: number
  readonly firstFault: string
  readonly p50: number
  readonly p99: number
  readonly max: number
  readonly measured: number
}

const folder = mkdtempSync(join(tmpdir(), 'heliograph-live-'))
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
let program: string | undefined

const compiled = (): string => {
  if (program) return program
  const path = join(folder, 'client')
  const sources = ['client.c', 'wire.c'].map((name) => fileURLToPath(new URL(name, import.meta.url)))
  const { status, stderr } = spawnSync('cc', ['-O2', '-o', path, ...sources], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`bench/live needs a C compiler named cc:\n${stderr}`)
  return (program = path)
}

export type Settings = {
  readonly port: number
  readonly key?: string | undefined
  readonly transport?: 'ws' | 'sse'
  readonly bare?: 0 | 1
  readonly spin?: 0 | 1
  readonly window?: number
  readonly await?: 0 | 1
  readonly retry?: 0 | 1
  readonly check?: 0 | 1
}
export type Client = ReturnType<typeof startClient>

/** Starts a client of many connections. `payloads` are the operations of each connection, as JSON. */
export const startClient = (settings: Settings, payloads: readonly string[]) => {
  const child = spawn(compiled(), { stdio: ['pipe', 'pipe', 'inherit'] })
  const heard = new Map<string, { resolve: (said: never) => void; reject: (error: Error) => void }>()
  createInterface({ input: child.stdout }).on('line', (line) => {
    const { event } = JSON.parse(line) as { event: string }
    heard.get(event)?.resolve(JSON.parse(line) as never)
    heard.delete(event)
  })
  child.once('exit', () => {
    for (const { reject } of heard.values()) reject(new Error('the client ended'))
  })
  const tell = (line: string): void => void child.stdin.write(`${line}\n`)
  const hear = <T>(event: string): Promise<T> =>
    new Promise<T>((resolve, reject) => heard.set(event, { resolve: resolve, reject }))
  for (const [name, value] of Object.entries(settings)) if (value !== undefined) tell(`set ${name} ${value}`)
  payloads.forEach((payload, index) => tell(`payload ${index} ${payload}`))

  /** The counts; throws when something was wrong. */
  const stats = async (): Promise<Stats> => {
    const said = hear<Stats>('stats')
    tell('stats')
    const stats = await said
    if (stats.faults + stats.lost + stats.doubled > 0)
      throw new Error(
        `${stats.faults} faults (${stats.firstFault}), ${stats.lost} lost, ${stats.doubled} doubled`,
      )
    return stats
  }
  const within = async <T>(said: Promise<T>, ms: number, what: string): Promise<T> => {
    const waiting = new AbortController()
    const late = async (): Promise<never> => {
      await pause(ms, undefined, { signal: waiting.signal })
      throw new Error(`no ${what} within ${ms} ms: ${JSON.stringify(await stats())}`)
    }
    return Promise.race([said, late()]).finally(() => waiting.abort())
  }
  return {
    set: (name: keyof Settings, value: number) => tell(`set ${name} ${value}`),
    /** Resolves when all are ready, with the microseconds that took. */
    open: async (count: number, how: '' | 'stall' = ''): Promise<number> => {
      const said = hear<{ us: number }>('ready')
      tell(`open ${count} ${how}`)
      return (await within(said, 120_000, 'opened connections')).us
    },
    drop: () => tell('drop'),
    resume: () => tell('resume'),
    /** Resolves when every operation has had this number. */
    reached: (number: number, ms = 60_000): Promise<unknown> => {
      const said = hear('reached')
      tell(`target ${number}`)
      return within(said, ms, `number ${number}`)
    },
    reset: () => tell('reset'),
    stats,
    stop: async (): Promise<void> => {
      const ended = once(child, 'exit')
      child.stdin.end()
      await ended
    },
  }
}

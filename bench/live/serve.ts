/**
 * A server under test, as a process of its own: `node bench/live/serve.ts KIND`, started by server.ts, with the address
 * of a Redis in BENCH_REDIS_URL. It tells where it listens and answers what is asked over the channel to its parent.
 */
import { writeFileSync } from 'node:fs'
import { Session } from 'node:inspector/promises'
import { serveBareSpoken, serveBareSse, serveBareWs } from './serve.bare.ts'
import { serveOurs } from './serve.ours.ts'
import { serveStock } from './serve.stock.ts'

/** What a server tells when it listens; all but the port only ours. */
export type Served = {
  readonly port: number
  readonly key?: string
  readonly ingestKey?: string
  readonly tenant?: string
  readonly postgresUrl?: string
}
export type Kind = 'ours' | 'bare-ws' | 'bare-spoken' | 'bare-sse' | 'stock'
/** CPU of the whole process and of its main thread, in microseconds; memory in bytes. */
export type Usage = {
  readonly cpu: number
  readonly mainCpu: number
  readonly rss: number
  readonly heap: number
  readonly outside: number
}
export type Question = {
  readonly id: number
  readonly ask: 'usage' | 'gc' | 'profile' | 'stop'
  readonly file?: string
}

const kinds: Record<Kind, () => Promise<{ told: Served; stop: () => Promise<void> }>> = {
  ours: serveOurs,
  stock: serveStock,
  'bare-ws': serveBareWs,
  'bare-spoken': serveBareSpoken,
  'bare-sse': serveBareSse,
}

const sum = ({ user, system }: NodeJS.CpuUsage): number => user + system
const usage = (): Usage => {
  const { rss, heapUsed, external } = process.memoryUsage()
  return {
    cpu: sum(process.cpuUsage()),
    mainCpu: sum(process.threadCpuUsage()),
    rss,
    heap: heapUsed,
    outside: external,
  }
}

let profiler: Session | undefined
/** Begins a profile, or ends the one under way and writes it into the file. */
const profile = async (file: string): Promise<void> => {
  if (profiler) {
    const { profile } = await profiler.post('Profiler.stop')
    writeFileSync(file, JSON.stringify(profile))
    profiler.disconnect()
    profiler = undefined
    return
  }
  profiler = new Session()
  profiler.connect()
  await profiler.post('Profiler.enable')
  await profiler.post('Profiler.setSamplingInterval', { interval: 500 })
  await profiler.post('Profiler.start')
}

const server = await kinds[process.argv[2] as Kind]()

let stopping: Promise<void> | undefined
const answer = async ({ ask, file }: Question): Promise<Usage | undefined> => {
  if (ask === 'usage') return usage()
  if (ask === 'profile') await profile(file!)
  if (ask === 'stop') await (stopping ??= server.stop())
  if (ask === 'gc') {
    if (!globalThis.gc) throw new Error('start it with --expose-gc')
    for (let pass = 0; pass < 4; pass += 1) {
      globalThis.gc()
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    return usage()
  }
  return undefined
}
const reply = async (question: Question): Promise<void> => {
  const { id, ask } = question
  const said = await answer(question).then(
    (said) => ({ said }),
    (error: unknown) => ({ failed: String(error) }),
  )
  process.send?.({ id, ...said })
  if (ask === 'stop') process.disconnect()
}
process.on('message', (question: Question) => void reply(question))
const leave = async (): Promise<void> => {
  await (stopping ??= server.stop()) // also when its parent has gone
  process.exit()
}
process.once('disconnect', () => void leave())
process.send?.({ served: server.told })

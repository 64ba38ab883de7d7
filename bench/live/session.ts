import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { startClient, type Settings, type Stats } from './client.ts'
import { createPublisher, INCIDENTS, withoutFilter } from './publisher.ts'
import type { Kind } from './serve.ts'
import { startServer } from './server.ts'

export type Bench = {
  readonly redisUrl: string
  /** Fewer events and connections: for a look, not for a figure. */
  readonly quick: boolean
  /** Folder for CPU profiles of our server. */
  readonly profiles: string | undefined
}

/** What a round of a scenario measured: ours and a baseline in `unit`. */
export type Measured = {
  readonly what: string
  readonly unit: string
  readonly ours: number
  /** None where the figure stands alone. */
  readonly baseline?: { readonly name: string; readonly value: number }
  /** Said beside the row: the last round's. */
  readonly note?: string
}
export type Scenario = { readonly about: string; readonly round: (bench: Bench) => Promise<Measured[]> }

export type SessionOptions = {
  readonly client?: Partial<Settings>
  readonly payloads?: readonly string[]
  readonly roles?: string
  readonly note?: string
}
export type Session = Awaited<ReturnType<typeof openSession>>

/** A server of its own, a client and a publisher for it. */
export const openSession = async (bench: Bench, kind: Kind, options: SessionOptions = {}) => {
  const { redisUrl } = bench
  const { roles } = options
  const server = await startServer(kind, { redisUrl, ...(roles && { roles }) })
  const publisher = await createPublisher(server, redisUrl, options.note)
  const bare = kind === 'bare-ws' || kind === 'bare-sse'
  const payloads = options.payloads ?? [kind === 'stock' ? withoutFilter(INCIDENTS) : INCIDENTS]
  const settings: Settings = {
    port: server.port,
    key: server.key,
    bare: bare ? 1 : 0,
    await: kind === 'ours' || kind === 'bare-spoken' ? 1 : 0,
    ...options.client,
  }
  const newClient = (more: Partial<Settings> = {}) => startClient({ ...settings, ...more }, payloads)
  const client = newClient()
  const { publish } = publisher

  /** The counts when nothing more comes. */
  const quiet = async (): Promise<Stats> => {
    for (let before = -1; ;) {
      const stats = await client.stats()
      if (stats.frames === before) return stats
      before = stats.frames
      await pause(300)
    }
  }
  /** Until every operation hears events; then some to warm up, each when all have had the one before. */
  const sync = async ({ all = false, rounds = 30 } = {}): Promise<void> => {
    // Where one of ours is for all operations, as in `FanOut.all`.
    const published = all && kind === 'ours' ? payloads.slice(0, 1) : payloads
    const zeros = published.map((_payload, operation) => ({ number: 0, operation, ...incidentOf(operation) }))
    let stats = await quiet()
    for (let tries = 0; stats.synced < stats.operations; tries += 1) {
      if (tries === 100)
        throw new Error(`${kind}: ${stats.synced} of ${stats.operations} operations hear events`)
      await publish(...zeros)
      stats = await quiet()
    }
    for (let round = 1; round <= rounds; round += 1) {
      await publish(...zeros)
      const wanted = stats.frames + round * stats.operations
      while ((await client.stats()).frames < wanted) await pause(5)
    }
    await quiet()
  }
  /** What `work` costs the server, in microseconds of CPU. */
  const cost = async (
    work: () => Promise<unknown>,
    profile?: string,
  ): Promise<{ cpu: number; mainCpu: number }> => {
    const file =
      bench.profiles && profile && kind === 'ours' ? join(bench.profiles, `${profile}.cpuprofile`) : undefined
    if (file) await server.profile(file)
    const before = await server.usage()
    await work()
    const after = await server.usage()
    if (file) await server.profile(file)
    return { cpu: after.cpu - before.cpu, mainCpu: after.mainCpu - before.mainCpu }
  }
  return {
    kind,
    server,
    client,
    newClient,
    publish,
    sync,
    cost,
    /** Part of a core that the server takes when nothing happens. */
    idle: async (): Promise<number> => (await cost(() => pause(1_000))).cpu / 1e6,
    stop: async (): Promise<void> => {
      await client.stop()
      await publisher.stop()
      await server.stop()
    },
  }
}

/** The incident that an operation of many is about. */
export const incidentOf = (operation: number) => ({
  incident: `0190f000-0000-7000-8000-${String(operation).padStart(12, '0')}`,
})

/** Opens a session, works with it and closes it, whatever happens. */
export const withSession = async <T>(
  bench: Bench,
  kind: Kind,
  options: SessionOptions,
  work: (session: Session) => Promise<T>,
): Promise<T> => {
  const session = await openSession(bench, kind, options)
  try {
    return await work(session)
  } finally {
    await session.stop()
  }
}

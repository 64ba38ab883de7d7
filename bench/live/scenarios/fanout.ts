import type { Kind } from '../serve.ts'
import {
  incidentOf,
  withSession,
  type Bench,
  type Measured,
  type Scenario,
  type SessionOptions,
} from '../session.ts'

export type FanOut = {
  readonly name: string
  readonly clients: number
  readonly events: number
  readonly session?: SessionOptions
  /** Each of several operations is told by every event, not by its own alone. */
  readonly all?: boolean
}

/**
 * Deliveries for a second of the server's CPU: an event to every operation of every client, and the next when all have
 * it. With several operations a client, one event for each at once.
 */
export const fanOut = (
  bench: Bench,
  kind: Kind,
  { name, clients, events, session = {}, all = false }: FanOut,
) =>
  withSession(bench, kind, session, async ({ client, publish, sync, cost, idle }) => {
    await client.open(clients)
    await sync({ all })
    const operations = session.payloads?.length ?? 1
    // Ours makes of one what the others have to be sent for each.
    const published = all && kind === 'ours' ? 1 : operations
    const idleCores = await idle()
    client.reset()
    const from = performance.now()
    const { cpu, mainCpu } = await cost(async () => {
      for (let number = 1; number <= events; number += 1) {
        const reached = client.reached(number)
        await publish(
          ...Array.from({ length: published }, (_, operation) => ({
            number,
            operation,
            ...(published > 1 && incidentOf(operation)),
          })),
        )
        await reached
      }
    }, name)
    const seconds = (performance.now() - from) / 1_000
    const { frames, bytes, p99 } = await client.stats()
    const expected = clients * events * operations
    if (frames !== expected) throw new Error(`${kind}: ${frames} frames of ${expected}`)
    return {
      perCpuSecond: frames / (cpu / 1e6),
      perMainSecond: frames / (mainCpu / 1e6),
      perSecond: frames / seconds,
      frameBytes: bytes / frames,
      idleCores,
      p99,
    }
  })

const besides = (name: string, ours: Awaited<ReturnType<typeof fanOut>>, theirs: typeof ours) =>
  `${Math.round(ours.frameBytes)} and ${Math.round(theirs.frameBytes)} bytes; idle ${(ours.idleCores * 100).toFixed(1)} % of a core; ` +
  `by the main thread alone ${(ours.perMainSecond / theirs.perMainSecond).toFixed(2)} of ${name}`

/** A scenario of one fan-out against each of some baselines. */
export const fanOutScenario = (
  about: string,
  baselines: readonly Exclude<Kind, 'ours'>[],
  plan: (bench: Bench) => FanOut,
): Scenario => ({
  about,
  round: async (bench) => {
    const given = plan(bench)
    const ours = await fanOut(bench, 'ours', given)
    const measured: Measured[] = []
    for (const name of baselines) {
      const theirs = await fanOut(bench, name, given)
      measured.push({
        what: `${about}: deliveries a CPU second`,
        unit: '/s',
        ours: ours.perCpuSecond,
        baseline: { name, value: theirs.perCpuSecond },
        note: besides(name, ours, theirs),
      })
    }
    return measured
  },
})

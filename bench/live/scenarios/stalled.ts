import { setTimeout as pause } from 'node:timers/promises'
import type { Usage } from '../serve.ts'
import { withSession, type Scenario, type Session } from '../session.ts'

const HEALTHY = 1_000
const STALLED = 50
const PER_SECOND = 5
/** Long enough that what the kernel holds for a client is full within the time. */
const NOTE = 'n'.repeat(24_000)

/** p99 of the healthy ones over so many seconds, in milliseconds. */
const healthyP99 = async ({ client, publish }: Session, first: number, seconds: number): Promise<number> => {
  client.reset()
  const from = performance.now()
  const events = seconds * PER_SECOND
  for (let event = 0; event < events; event += 1) {
    await pause(Math.max(0, from + (event * 1_000) / PER_SECOND - performance.now()))
    await publish({ number: first + event })
  }
  await client.reached(first + events - 1)
  const { p99, measured } = await client.stats()
  if (measured !== events * HEALTHY) throw new Error(`${measured} of ${events * HEALTHY} were measured`)
  return p99 / 1_000
}

export const stalled: Scenario = {
  about: `${STALLED} stalled WebSockets and ${STALLED} stalled event streams beside ${HEALTHY} healthy`,
  round: (bench) =>
    withSession(bench, 'ours', { note: NOTE }, async (session) => {
      const seconds = bench.quick ? 10 : 40
      await session.client.open(HEALTHY)
      await session.sync()
      const start = await session.server.gc()
      const alone = await healthyP99(session, 1, seconds)
      const before = await session.server.gc()
      const slow = [session.newClient(), session.newClient({ transport: 'sse' })]
      for (const client of slow) await client.open(STALLED, 'stall')
      const beside = await healthyP99(session, seconds * PER_SECOND + 1, seconds)
      const after = await session.server.gc()
      for (const client of slow) await client.stop()
      // As many events took room before, in the window that all share.
      const grown = (of: (usage: Usage) => number): number =>
        (of(after) - 2 * of(before) + of(start)) / 1_024 / (2 * STALLED)
      const heap = grown((usage) => usage.heap + usage.outside)
      return [
        {
          what: `memory of a stalled client, ${STALLED} WebSockets and ${STALLED} event streams`,
          unit: 'KB',
          ours: heap,
          note: `heap and buffers, beyond what as many events took before; resident ${grown(({ rss }) => rss).toFixed(0)} KB; ${((seconds * PER_SECOND * NOTE.length) / 1e6).toFixed(1)} MB were sent to each`,
        },
        {
          what: `p99 of ${HEALTHY} healthy subscribers beside them`,
          unit: 'ms',
          ours: beside,
          baseline: { name: 'none stalled', value: alone },
        },
      ]
    }),
}

import type { Kind } from '../serve.ts'
import { withSession, type Bench, type Measured, type Scenario } from '../session.ts'

const CLIENTS = 4_000
/** They take the room that starting has left behind, so that what the others take is what they need. */
const WARM_UP = 2_000

/** What a connection with one subscription keeps, in bytes, after garbage was collected. */
const kept = (bench: Bench, kind: Kind, transport: 'ws' | 'sse') =>
  withSession(bench, kind, { client: { transport } }, async ({ client, server, sync }) => {
    await client.open(WARM_UP)
    await sync({ rounds: 10 })
    const before = await server.gc()
    await client.open(CLIENTS)
    await sync({ rounds: 10 }) // all have had events
    const after = await server.gc()
    const { ready } = await client.stats()
    if (ready !== WARM_UP + CLIENTS) throw new Error(`${kind}: ${ready} connections are ready`)
    return {
      resident: (after.rss - before.rss) / CLIENTS,
      heap: (after.heap + after.outside - before.heap - before.outside) / CLIENTS,
    }
  })

const kilobytes = (bytes: number): string => `${(bytes / 1_024).toFixed(1)} KB`

export const memory: Scenario = {
  about: `memory of ${CLIENTS} connections with one subscription each`,
  round: async (bench) => {
    const measured: Measured[] = []
    for (const [transport, name] of [
      ['ws', 'bare-ws'],
      ['sse', 'bare-sse'],
    ] as const) {
      const ours = await kept(bench, 'ours', transport)
      for (const beside of transport === 'ws' ? ([name, 'stock'] as const) : [name]) {
        const theirs = await kept(bench, beside, transport)
        measured.push({
          what: `resident memory of a connection with one subscription, ${transport === 'ws' ? 'WebSocket' : 'SSE'}`,
          unit: 'KB',
          ours: ours.resident / 1_024,
          baseline: { name: beside, value: theirs.resident / 1_024 },
          note: `of it heap ${kilobytes(ours.heap)} and ${kilobytes(theirs.heap)}`,
        })
      }
    }
    return measured
  },
}

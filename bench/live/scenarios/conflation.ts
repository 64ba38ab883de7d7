import { setTimeout as pause } from 'node:timers/promises'
import { createTestClient } from '../../../tests/testkit/client.ts'
import { viewersTopic } from '../../../src/modules/audience/viewers.topics.ts'
import type { TenantId } from '../../../src/platform/ids.ts'
import { openBus } from '../publisher.ts'
import { withSession, type Bench, type Scenario } from '../session.ts'

const CLIENTS = 200
const STREAMS = 100
const TICK_MS = 10
const OPERATION = JSON.stringify({ query: 'subscription { tenantViewers { viewers streams } }' })

/** CPU of the server, in cores, while a state topic changes `rate` times a second; and values a client and second. */
const changing = (bench: Bench, rate: number) =>
  withSession(bench, 'ours', { payloads: [OPERATION], client: { check: 0 } }, async (session) => {
    const { client, server, cost, idle } = session
    const { redis, bus, stop } = await openBus(bench.redisUrl)
    const live = createTestClient(`http://127.0.0.1:${server.port}`, server.key).webSocket()
    const values = live.subscribe('subscription { tenantViewers { viewers } }' as never, {} as never)
    await values.next()
    await client.open(CLIENTS)
    let updates = 0
    const publish = async (count: number): Promise<void> => {
      const pipeline = redis.commands.pipeline()
      const ingestedAtMs = Date.now()
      for (let update = 0; update < count; update += 1) {
        updates += 1
        const stream = `s${updates % STREAMS}`
        const samples = [[stream, 'n1', 'DE', 'hls', ingestedAtMs, updates] as const]
        bus.publishStateIn(pipeline, server.tenant as TenantId, viewersTopic, { ingestedAtMs, samples })
      }
      await redis.exec(pipeline)
    }
    const run = async (seconds: number): Promise<void> => {
      const from = performance.now()
      for (let tick = 1; tick <= (seconds * 1_000) / TICK_MS; tick += 1) {
        await publish((rate * TICK_MS) / 1_000)
        await pause(Math.max(0, from + tick * TICK_MS - performance.now()))
      }
      const took = (performance.now() - from) / 1_000
      if (took > seconds * 1.15) throw new Error(`${rate} updates/s could not be published: ${took} s`)
    }
    await run(2)
    const idleCores = await idle()
    client.reset()
    const seconds = bench.quick ? 3 : 8
    const { cpu } = await cost(() => run(seconds), 'conflation')
    // The last value is that of all streams together, whatever was skipped before.
    const total = Array.from({ length: STREAMS }, (_, back) => updates - back).reduce(
      (sum, each) => sum + each,
    )
    for (let seen = 0; seen !== total;) {
      const { value } = await values.next()
      seen = Number((value as { data: { tenantViewers: { viewers: string } } }).data.tenantViewers.viewers)
    }
    const { frames } = await client.stats()
    await live.close()
    await stop()
    return { cores: cpu / 1e6 / seconds, idleCores, perClient: frames / CLIENTS / seconds }
  })

export const conflation: Scenario = {
  about: `a state topic with ${CLIENTS} subscribers at 10,000 updates/s against 100`,
  round: async (bench) => {
    const [many, few] = [await changing(bench, 10_000), await changing(bench, 100)]
    return [
      {
        what: `CPU at 10,000 updates/s of a state topic, ${CLIENTS} subscribers`,
        unit: 'cores',
        ours: many.cores,
        baseline: { name: 'ours at 100/s', value: few.cores },
        note: `${many.perClient.toFixed(1)} and ${few.perClient.toFixed(1)} values a second to each; idle ${many.idleCores.toFixed(3)}`,
      },
    ]
  },
}

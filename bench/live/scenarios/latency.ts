import { setTimeout as pause } from 'node:timers/promises'
import { createTestClient } from '../../../tests/testkit/client.ts'
import { at } from '../probes.ts'
import type { Kind } from '../serve.ts'
import { withSession, type Bench, type Measured, type Scenario } from '../session.ts'

const CLIENTS = 1_000
const LOAD = 0.3

/** From the POST of a sample to its subscriber, at low load: milliseconds. */
const samples = (bench: Bench) =>
  withSession(bench, 'ours', { roles: 'server,ingest' }, async ({ server }) => {
    const url = `http://127.0.0.1:${server.port}`
    const sender = createTestClient(url, server.ingestKey)
    const live = createTestClient(url, server.key).webSocket()
    const values = live.subscribe('subscription { tenantViewers { viewers } }' as never, {} as never)
    await values.next()
    const took: number[] = []
    const send = async (viewers: number): Promise<void> => {
      const time = new Date().toISOString()
      const more = { node_id: 'n1', country_code: 'DE', connection_type: 'hls' }
      const sample = { time, internal_name: 'bench', viewer_count: viewers, ...more }
      const { body } = await sender.ingest('viewer_samples', [sample])
      if (body.accepted !== (1 as never)) throw new Error(`not accepted: ${JSON.stringify(body)}`)
    }
    const hear = async (viewers: number): Promise<number> => {
      for (;;) {
        const { value } = await values.next()
        const { data } = value as { data: { tenantViewers: { viewers: string } } }
        if (Number(data.tenantViewers.viewers) === viewers) return performance.now()
      }
    }
    for (let sample = 1; sample <= (bench.quick ? 15 : 55); sample += 1) {
      await pause(500 + Math.random() * 1_000)
      const from = performance.now()
      const heard = hear(sample)
      await send(sample)
      const ms = (await heard) - from
      if (sample > 5) took.push(ms) // the first ones warm up
    }
    await live.close()
    return took
  })

/** From the publisher to the subscribers at a rate; or, without one, at that which takes LOAD of the server's core. */
const events = (bench: Bench, kind: Kind, given?: number) =>
  withSession(bench, kind, {}, async ({ client, publish, sync, cost }) => {
    await client.open(CLIENTS)
    await sync()
    let number = 0
    const alone = 40
    const { cpu } = await cost(async () => {
      while (number < alone) {
        const reached = client.reached((number += 1))
        await publish({ number })
        await reached
      }
    })
    const rate = given ?? LOAD / (cpu / 1e6 / alone)
    client.reset()
    const more = Math.ceil(rate * (bench.quick ? 5 : 20))
    const from = performance.now()
    for (let event = 0; event < more; event += 1) {
      await pause(Math.max(0, from + (event / rate) * 1_000 - performance.now()))
      await publish({ number: (number += 1) })
    }
    await client.reached(number)
    const { p50, p99, measured } = await client.stats()
    if (measured !== more * CLIENTS)
      throw new Error(`${kind}: ${measured} of ${more * CLIENTS} were measured`)
    return { rate, p50: p50 / 1_000, p99: p99 / 1_000 }
  })

export const latency: Scenario = {
  about: 'from a POST, and from an event, to the subscriber',
  round: async (bench) => {
    const took = await samples(bench)
    const ours = await events(bench, 'ours')
    const theirs = await events(bench, 'bare-ws', ours.rate)
    const row = (part: 'p50' | 'p99'): Measured => ({
      what: `event to ${CLIENTS} subscribers at ${LOAD * 100} % of our core, ${part}`,
      unit: 'ms',
      ours: ours[part],
      baseline: { name: 'bare-ws', value: theirs[part] },
      note: `${ours.rate.toFixed(1)} events/s for both`,
    })
    return [
      ...([0.5, 0.99] as const).map((part) => ({
        what: `POST of a sample to its subscriber, p${part * 100}`,
        unit: 'ms',
        ours: at(took, part),
        note: `n = ${took.length}, after pauses of 0.5 to 1.5 s`,
      })),
      row('p50'),
      row('p99'),
    ]
  },
}

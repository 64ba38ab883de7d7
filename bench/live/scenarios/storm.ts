import { setTimeout as pause } from 'node:timers/promises'
import { at, countStores, probeHttp } from '../probes.ts'
import { withSession, type Bench, type Scenario, type Session } from '../session.ts'

/** Deliveries a second meanwhile: well below what the server can do, so that what is behind is behind by the storm. */
const DELIVERIES = 10_000
/** Then something is wrong. */
const LATEST_S = 180

/** Publishes number after number until it is stopped. */
const steadily = (publish: Session['publish'], perSecond: number) => {
  const going = { on: true }
  let number = 0
  const all = async (): Promise<void> => {
    while (going.on) {
      await publish({ number: number + 1 })
      number += 1
      await pause(1_000 / perSecond)
    }
  }
  const publishing = all()
  publishing.catch(() => undefined) // `stop` throws it
  return {
    number: () => number,
    stop: async (): Promise<void> => {
      going.on = false
      await publishing
    },
  }
}

/** What goes on beside a storm: events, requests over HTTP, and counts of what the stores are asked. */
const beside = async ({ publish, server }: Session, { redisUrl }: Bench, clients: number) => {
  const counts = countStores(redisUrl, server.postgresUrl!)
  const events = steadily(publish, DELIVERIES / clients)
  const http = probeHttp(server.port, server.key!)
  const stop = async (): Promise<void> => {
    await Promise.all([http.stop(), events.stop(), counts.stop()])
  }
  return { counts, events, http, stop }
}
type Beside = Awaited<ReturnType<typeof beside>>

/** Drops all sockets; seconds until each is back and has all that was published meanwhile. */
const backWithAll = async ({ client }: Session, { events }: Beside, clients: number): Promise<number> => {
  const from = performance.now()
  client.set('window', clients)
  client.drop()
  client.resume()
  for (;;) {
    await pause(100)
    const newest = events.number()
    const { ready, least } = await client.stats()
    const seconds = (performance.now() - from) / 1_000
    if (ready === clients && least >= newest - 1) return seconds
    if (seconds > LATEST_S)
      throw new Error(`${ready} of ${clients} are back after ${seconds} s, the last at ${least} of ${newest}`)
  }
}

/** All sockets dropped at once and back, each from its cursor. */
const storm = (bench: Bench, clients: number) =>
  withSession(bench, 'ours', { client: { retry: 1 } }, async (session) => {
    const { client, sync, cost } = session
    await client.open(clients)
    await sync({ rounds: 3 })
    const going = await beside(session, bench, clients)
    const { counts, events, http } = going
    try {
      await pause(2_000) // the first requests warm up
      http.take()
      const [quietFrom, quietRedis] = [performance.now(), await counts.redis()]
      const sqlFrom = await counts.transactions()
      const quietMs = performance.now() - quietFrom
      const quiet = http.take()
      const redisFrom = await counts.redis()
      let seconds = 0
      const { cpu } = await cost(async () => {
        seconds = await backWithAll(session, going, clients)
      }, `storm-${clients}`)
      const during = http.take()
      const usual = ((redisFrom - quietRedis) * seconds * 1_000) / quietMs
      const redis = (await counts.redis()) - redisFrom - usual
      await events.stop()
      await client.reached(events.number())
      const { closed, lost, doubled, ready } = await client.stats() // throws for any lost or doubled
      return {
        seconds,
        cpuMs: cpu / 1_000 / clients,
        redis,
        sql: (await counts.transactions()) - sqlFrom,
        quiet: at(quiet, 0.99),
        during: at(during, 0.99),
        told: `${lost} lost, ${doubled} doubled, ${closed} refused and tried again, ${ready} ready`,
      }
    } finally {
      await going.stop()
    }
  })

/** The same of bare sockets, which have nothing to resume: seconds until all are connected. */
const bare = (bench: Bench, clients: number) =>
  withSession(bench, 'bare-ws', { client: { retry: 1 } }, async ({ client }) => {
    await client.open(clients)
    client.set('window', clients)
    const from = performance.now()
    client.drop()
    client.resume()
    while ((await client.stats()).ready < clients) await pause(100)
    return (performance.now() - from) / 1_000
  })

export const stormScenario = (clients: number): Scenario => ({
  about: `${clients} sockets dropped at once and back with \`after\`, ${DELIVERIES / clients} events/s meanwhile`,
  round: async (bench) => {
    const ours = await storm(bench, clients)
    const name = `storm of ${clients}`
    return [
      {
        what: `${name}: until the last is complete`,
        unit: 's',
        ours: ours.seconds,
        baseline: { name: 'bare-ws connected', value: await bare(bench, clients) },
        note: ours.told,
      },
      { what: `${name}: CPU a socket`, unit: 'ms', ours: ours.cpuMs },
      { what: `${name}: Redis commands beyond the usual`, unit: '', ours: ours.redis },
      {
        what: `${name}: transactions of Postgres, with those of the requests meanwhile`,
        unit: '',
        ours: ours.sql,
      },
      {
        what: `${name}: p99 of \`{ __typename }\` over HTTP`,
        unit: 'ms',
        ours: ours.during,
        baseline: { name: 'before', value: ours.quiet },
      },
    ]
  },
})

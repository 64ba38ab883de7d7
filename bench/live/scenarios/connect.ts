import type { Kind } from '../serve.ts'
import { withSession, type Bench, type Measured, type Scenario } from '../session.ts'

const CLIENTS = 1_000
const WARM_UP = 500

/** CPU of one connection up to its subscription (a bare one: of the connection), in milliseconds. */
const connecting = (bench: Bench, kind: Kind) =>
  withSession(bench, kind, { client: { window: 50 } }, async ({ client, cost }) => {
    await client.open(WARM_UP)
    const { cpu } = await cost(() => client.open(CLIENTS), 'connect')
    const { ready } = await client.stats()
    if (ready !== WARM_UP + CLIENTS) throw new Error(`${kind}: ${ready} connections are ready`)
    return cpu / 1_000 / CLIENTS
  })

export const connect: Scenario = {
  about: `CPU to connect and subscribe, ${CLIENTS} clients, 50 at once`,
  round: async (bench) => {
    const ours = await connecting(bench, 'ours')
    const beside = async (what: string, name: Kind): Promise<Measured> => ({
      what: `CPU to connect and subscribe, beside ${what}`,
      unit: 'ms',
      ours,
      baseline: { name, value: await connecting(bench, name) },
    })
    return [
      await beside('a bare connect', 'bare-ws'),
      await beside('a bare loop that answers the three messages', 'bare-spoken'),
      await beside('the same of stock', 'stock'),
    ]
  },
}

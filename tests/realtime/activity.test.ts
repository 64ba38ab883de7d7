import { afterAll, beforeAll, expect, test } from 'vitest'
import { programActor } from '../../src/auth/actor.ts'
import { trustedPermit } from '../../src/auth/permit.ts'
import { uuidv7 } from '../../src/platform/ids.ts'
import type { TypedDocumentString } from '../graphql/graphql.ts'
import { sharedApp, type TestApp } from '../testkit/app.ts'
import { createTestClient, type TestClient } from '../testkit/client.ts'
import { settled } from '../testkit/waiters.ts'

// More by hand: 10,000 take half a minute.
const EVENTS = Number(process.env.ACTIVITY_EVENTS ?? 1_000)
const CUTS = 5

type Told = {
  __typename: string
  cursor: string
  reason?: string
  note?: string
  event?: { eventId: string }
}
type Update = { tenantActivity: Told }
const activity = `subscription ($filter: TenantActivityFilter, $after: String) {
  tenantActivity(filter: $filter, after: $after, withStart: true) {
    __typename
    ... on LiveEvent { cursor }
    ... on ProductEventStored { event { eventId } }
    ... on ConnectionEventStored { event { eventId } }
    ... on EdgeNodeChanged { note }
    ... on Resync { reason }
  }
}` as unknown as TypedDocumentString<Update, { filter?: object; after?: string }>

let program: TestApp
beforeAll(async () => void (program = await sharedApp()))
afterAll(() => program.stop())

const subscribe = (client: TestClient, variables: { filter?: object; after?: string } = {}) => {
  const live = client.webSocket()
  const values = live.subscribe(activity, variables)
  return {
    next: async (): Promise<Told> => {
      const { value } = await settled(values.next(), 20_000, 'an event')
      if (!value?.data) throw new Error(JSON.stringify(value))
      return value.data.tenantActivity
    },
    close: async () => {
      await values.return?.()
      await live.close()
    },
  }
}

const time = (): string => new Date().toISOString()
const ids = (count: number): string[] => Array.from({ length: count }, () => uuidv7())

/** A tenant with a node, and what makes its `n`th event of each kind. */
const open = async () => {
  const { tenant, key } = await program.seed.tenant()
  const { service, reads } = program.app.modules.edgeNodes
  await service.ensure(
    tenant,
    [{ slug: 'c', name: 'c' }],
    [{ slug: 'n', name: 'n', cluster: 'c', region: '' }],
  )
  const [node] = await reads.page(tenant, { take: 1 })
  const permit = trustedPermit<'infrastructure:write'>(tenant, programActor('test'))
  const client = createTestClient(program.url, key)
  const post = async (dataset: string, items: readonly object[]) => {
    expect((await client.ingest(dataset, items)).body).toMatchObject({ accepted: items.length })
  }
  return {
    client,
    products: async (count: number) => {
      const made = ids(count)
      await post(
        'product_events',
        made.map((event_id) => ({ event_id, time: time(), event_type: 'seen' })),
      )
      return made
    },
    connections: async (count: number) => {
      const made = ids(count)
      const event = { internal_name: 's', session_id: 'x', event_type: 'connect' }
      await post(
        'connection_events',
        made.map((event_id) => ({ event_id, time: time(), ...event })),
      )
      return made
    },
    turn: async (n: number) => {
      const mode = n % 2 === 0 ? 'DRAINING' : 'NORMAL'
      await service.setMode(permit, { id: node!.id, mode, note: String(n) })
      return String(n)
    },
  }
}

const keyOf = ({ __typename, note, event }: Told): string => note ?? event?.eventId ?? __typename

test(`${EVENTS} events of three topics, cut and resumed ${CUTS} times: each once, in the order of its topic`, async () => {
  const { client, products, connections, turn } = await open()
  let live = subscribe(client)
  let last = await live.next()
  expect(last).toMatchObject({ __typename: 'Resync', reason: 'STARTED' })

  const sent: Record<string, string[]> = {
    ProductEventStored: [],
    ConnectionEventStored: [],
    EdgeNodeChanged: [],
  }
  const send = async (): Promise<void> => {
    for (let n = 0; n < EVENTS / 100; n += 1) {
      const some = [products(60), connections(39), turn(n)] as const
      const [p, c, t] = await Promise.all(some)
      sent.ProductEventStored!.push(...p)
      sent.ConnectionEventStored!.push(...c)
      sent.EdgeNodeChanged!.push(t)
    }
  }
  const sending = send()
  const told: Record<string, string[]> = {}
  for (let seen = 1; seen <= EVENTS; seen += 1) {
    last = await live.next()
    ;(told[last.__typename] ??= []).push(keyOf(last))
    if (seen % Math.ceil(EVENTS / (CUTS + 1)) !== 0) continue
    await live.close()
    live = subscribe(client, { after: last.cursor })
  }
  await sending
  // Facts of one batch are stored in the order in which they were accepted.
  expect(told).toEqual(sent)
  await live.close()
})

test('a filter of kinds leaves out the others, and a tenant is told nothing of another', async () => {
  const [one, other] = [await open(), await open()]
  const ofNodes = subscribe(one.client, { filter: { type: { eq: 'EDGE_NODE_CHANGED' } } })
  const ofOther = subscribe(other.client)
  for (const live of [ofNodes, ofOther]) expect((await live.next()).reason).toBe('STARTED')
  const made = await one.products(3)
  expect(made).toHaveLength(3)
  await one.turn(0)
  expect(keyOf(await ofNodes.next())).toBe('0')
  await other.turn(0) // its own is the first that it is told
  expect(await ofOther.next()).toMatchObject({ __typename: 'EdgeNodeChanged' })
  await Promise.all([ofNodes.close(), ofOther.close()])
})

import { afterAll, beforeAll, expect, test } from 'vitest'
import { uuidv7 } from '../../src/platform/ids.ts'
import type { TypedDocumentString } from '../graphql/graphql.ts'
import { sharedApp, type TestApp } from '../testkit/app.ts'
import { createTestClient, type TestClient } from '../testkit/client.ts'
import { mutate } from '../testkit/mutate.ts'
import { settled } from '../testkit/waiters.ts'

type Stored = {
  cursor: string
  event: { eventId: string; eventType: string; time: string; properties: { n: number } }
}
type Update = { productEvents: Stored & { reason?: string } }
const subscription = `subscription ($filter: StoredProductEventFilter, $after: String) {
  productEvents(filter: $filter, after: $after, withStart: true) {
    ... on ProductEventStored { cursor event { eventId eventType time properties } }
    ... on Resync { reason cursor }
  }
}` as unknown as TypedDocumentString<Update, { filter?: object; after?: string }>

let program: TestApp
beforeAll(async () => void (program = await sharedApp()))
afterAll(() => program.stop())

const event = (n: number, more: object = {}) => ({
  event_id: uuidv7(),
  time: new Date().toISOString(),
  event_type: n % 2 === 0 ? 'even' : 'odd',
  properties: { n },
  ...more,
})
const post = async (client: TestClient, events: readonly object[]): Promise<void> => {
  expect((await client.ingest('product_events', events)).body).toMatchObject({ accepted: events.length })
  await program.app.ingest.flushed()
}

const open = (client: TestClient, variables: { filter?: object; after?: string } = {}) => {
  const live = client.webSocket()
  const values = live.subscribe(subscription, variables)
  const next = async (): Promise<Update['productEvents']> => {
    const { value } = await settled(values.next(), 10_000, 'an event')
    if (!value?.data) throw new Error(JSON.stringify(value))
    return value.data.productEvents
  }
  return {
    next,
    take: async (count: number) => {
      const found: Stored[] = []
      while (found.length < count) found.push(await next())
      return found
    },
    close: async () => {
      await values.return?.()
      await live.close()
    },
  }
}
const ns = (stored: readonly Stored[]): number[] => stored.map(({ event: { properties } }) => properties.n)

test('every event that is stored is told once, in order, by the filter, and again from a cursor', async () => {
  const client = createTestClient(program.url, (await program.seed.tenant()).key)
  const [all, odd] = [open(client), open(client, { filter: { eventType: { eq: 'odd' } } })]
  for (const live of [all, odd]) expect(await live.next()).toMatchObject({ reason: 'STARTED' })
  const events = Array.from({ length: 40 }, (_, n) => event(n))
  for (let from = 0; from < 40; from += 10) await post(client, events.slice(from, from + 10))
  const seen = await all.take(40)
  expect(ns(seen)).toEqual(events.map((_event, n) => n))
  expect(seen[3]!.event).toEqual({
    eventId: events[3]!.event_id,
    eventType: 'odd',
    time: events[3]!.time,
    properties: { n: 3 },
  })
  expect(ns(await odd.take(20))).toEqual(events.map((_event, n) => n).filter((n) => n % 2 === 1))
  for (const live of [all, odd]) await live.close()

  // The same again is no event, and what comes while nobody reads is there for who comes back.
  expect((await client.ingest('product_events', events)).body).toMatchObject({ duplicates: 40 })
  await post(client, [event(40)])
  const back = open(client, { after: seen[37]!.cursor })
  expect(ns(await back.take(3))).toEqual([38, 39, 40])
  await back.close()
})

test('a key of one project is told of the events and the rates of that project alone', async () => {
  const whole = createTestClient(program.url, (await program.seed.tenant()).key)
  await mutate(whole, 'createProject', { name: 'Other', slug: 'other' })
  const { data } = (await whole.request('{ tenant { projects { nodes { id slug } } } }')) as {
    data?: { tenant: { projects: { nodes: { id: string; slug: string }[] } } }
  }
  const keys = await Promise.all(
    data!.tenant.projects.nodes.map(async ({ id, slug }) => {
      const made = await mutate(whole, 'createApiKey', {
        name: slug,
        scopes: ['READ', 'INGEST'],
        mode: 'TEST',
        projectId: id,
      })
      return createTestClient(program.url, (made as unknown as { key: string }).key)
    }),
  )
  const lives = [whole, ...keys].map((client) => open(client))
  for (const live of lives) await live.next()
  // Ingest gives an event the project of its key.
  for (const [n, client] of keys.entries()) await post(client, [event(n)])
  await post(keys[0]!, [event(2)])
  expect(ns(await lives[0]!.take(3))).toEqual([0, 1, 2])
  expect(ns(await lives[1]!.take(2))).toEqual([0, 2])
  await post(keys[1]!, [event(3)])
  expect(ns(await lives[2]!.take(2))).toEqual([1, 3])

  const expected = ['4', '2', '2']
  await Promise.all(
    [whole, ...keys].map(async (client, n) => {
      const live = client.webSocket()
      const values = live.subscribe('subscription { productEventRates { lastMinute } }' as never)
      // An event counts once its second is over.
      for (let lastMinute = ''; lastMinute !== expected[n];) {
        const { value } = await settled(values.next(), 10_000, `${expected[n]} events, of ${lastMinute}`)
        const { productEventRates: rates } = value.data as { productEventRates: { lastMinute: string } }
        lastMinute = rates.lastMinute
      }
      await live.close()
    }),
  )
  for (const live of lives) await live.close()
})

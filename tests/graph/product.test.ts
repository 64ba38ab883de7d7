import { afterAll, beforeAll, expect, test } from 'vitest'
import { uuidv7 } from '../../src/platform/ids.ts'
import { graphql } from '../graphql/gql.ts'
import { sharedApp, type TestApp } from '../testkit/app.ts'
import { createTestClient, type TestClient } from '../testkit/client.ts'
import { eventually, settled } from '../testkit/waiters.ts'

const Day = graphql(`
  query ProductDay($funnel: [ProductEventFilter!]!) {
    productEvents(first: 2, filter: { eventType: { eq: "page_view" } }) {
      totalCount
      nodes {
        eventType
        userId
        sessionId
        properties
      }
    }
    analytics {
      productEvents(range: { last: "PT5M" }, step: "PT10S") {
        count
        users
        perSecond
        points {
          count
        }
        types {
          eventType
          count
          users
        }
      }
      productEventBreakdown(property: "page_url", filter: { eventType: { eq: "page_view" } }) {
        count
        groups {
          value
          count
          users
        }
      }
      productFunnel(steps: $funnel) {
        users
        ofFirst
        ofPrevious
      }
      productRetention(timezone: "Europe/Amsterdam") {
        users
        returned
      }
    }
  }
`)
const Rates = graphql(`
  subscription ProductRates {
    productEventRates {
      lastMinute
      types {
        eventType
        lastMinute
      }
    }
  }
`)

let program: TestApp
let client: TestClient
beforeAll(async () => {
  program = await sharedApp()
  client = createTestClient(program.url, (await program.seed.tenant()).key)
})
afterAll(() => program.stop())

/** As trackers send it: `timestamp`, and the session among the properties. */
const event = (user_id: string, event_type: string, secondsAgo: number, properties: object = {}) => ({
  event_id: uuidv7(),
  timestamp: new Date(Date.now() - secondsAgo * 1_000).toISOString(),
  event_type,
  user_id,
  properties: { session_id: `of ${user_id}`, ...properties },
})

test('what is posted is told at once, and every question tells the same', async () => {
  const live = client.webSocket()
  const values = live.subscribe(Rates)
  const next = async () => (await settled(values.next(), 10_000, 'a value')).value?.data?.productEventRates
  expect(await next()).toEqual({ lastMinute: '0', types: [] })

  const events = [
    event('ann', 'page_view', 20, { page_url: '/', viewport_width: 1_280 }),
    event('ann', 'page_view', 15, { page_url: '/pricing' }),
    event('ann', 'button_click', 10),
    event('bob', 'page_view', 8, { page_url: '/' }),
  ]
  expect((await client.ingest('product_events', events)).body).toMatchObject({ accepted: 4, rejected: [] })
  const told = {
    lastMinute: '4',
    types: [
      { eventType: 'page_view', lastMinute: '3' },
      { eventType: 'button_click', lastMinute: '1' },
    ],
  }
  await eventually(async () => expect(await next()).toEqual(told))
  // The same again counts nothing.
  expect((await client.ingest('product_events', events)).body).toMatchObject({ accepted: 0, duplicates: 4 })
  await program.app.ingest.flushed()

  const funnel = [{ eventType: { eq: 'page_view' } }, { eventType: { eq: 'button_click' } }]
  const { productEvents, analytics } = await client.ask(Day, { funnel })
  expect(productEvents).toEqual({
    totalCount: '3',
    nodes: [
      {
        eventType: 'page_view',
        userId: 'bob',
        sessionId: 'of bob',
        properties: { session_id: 'of bob', page_url: '/' },
      },
      expect.objectContaining({ userId: 'ann', properties: { session_id: 'of ann', page_url: '/pricing' } }),
    ],
  })
  const series = analytics!.productEvents!
  expect(series).toMatchObject({
    count: '4',
    users: '2',
    types: [
      { eventType: 'page_view', count: '3', users: '2' },
      { eventType: 'button_click', count: '1', users: '1' },
    ],
  })
  expect(series.points.reduce((sum, { count }) => sum + Number(count), 0)).toBe(4)
  expect(series.perSecond).toBeCloseTo(4 / 300, 2)
  expect(analytics!.productEventBreakdown).toEqual({
    count: '3',
    groups: [
      { value: '/', count: '2', users: '2' },
      { value: '/pricing', count: '1', users: '1' },
    ],
  })
  expect(analytics!.productFunnel).toEqual([
    { users: '2', ofFirst: 1, ofPrevious: 1 },
    { users: '1', ofFirst: 0.5, ofPrevious: 0.5 },
  ])
  expect(analytics!.productRetention!.reduce((sum, { users }) => sum + Number(users), 0)).toBe(2)
  await values.return?.()
  await live.close()
})

const refusals: [string, object, string][] = [
  ['an event type of 10 kB', { event_type: 'x'.repeat(10_000) }, 'event_type: expected text of 1 to 128'],
  ['a user that is a number', { user_id: 7 }, 'user_id: expected text'],
  ['properties that are a list', { properties: [1] }, 'properties: expected a JSON object'],
  [
    'properties nested 50 deep',
    { properties: Array.from({ length: 50 }).reduce<object>((inner) => ({ inner }), {}) },
    'properties: expected a JSON object of at most 32768 characters and 8 levels',
  ],
  ['a time under both names', { time: new Date().toISOString() }, 'timestamp: not a field'],
]
test.each(refusals)(
  '%s is refused by its name, and the rest of the batch is taken',
  async (_what, part, message) => {
    const { body } = await client.ingest('product_events', [
      { ...event('eve', 'page_view', 1), ...part },
      event('eve', 'page_view', 1),
    ])
    expect(body).toMatchObject({
      accepted: 1,
      rejected: [{ index: 0, message: expect.stringContaining(message) }],
    })
  },
)

test.each([
  ['productEventBreakdown(property: "a..b") { count }', 'BAD_REQUEST', 'cart.total'],
  ['productEventBreakdown(property: "a", first: 0) { count }', 'BAD_REQUEST', 'from 1 to 1,000'],
  ['productFunnel(steps: [{}]) { users }', 'BAD_REQUEST', '2 to 10'],
  ['productRetention(timezone: "Mars/Base") { users }', 'VALIDATION_FAILED', 'no time zone'],
  ['productEvents(range: { last: "P91D" }) { count }', 'LIMIT_EXCEEDED', '90 days'],
])('%s is refused with %s, and what to do', async (field, code, message) => {
  const { errors } = await client.request(`{ analytics { ${field} } }`)
  expect(errors).toEqual([
    expect.objectContaining({
      message: expect.stringContaining(message),
      extensions: expect.objectContaining({ code }),
    }),
  ])
})

test('a funnel within longer than any window is one within the window', async () => {
  const { data, errors } = await client.request<{ analytics: Record<string, unknown> }, never>(
    `{ analytics { longest: productFunnel(steps: [{}, {}], within: "P999999999W") { users }
       window: productFunnel(steps: [{}, {}], within: "P90D") { users } } }`,
  )
  expect(errors).toBeUndefined()
  expect(data!.analytics.longest).toEqual(data!.analytics.window)
})

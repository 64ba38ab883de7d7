import { afterAll, beforeAll, expect, test } from 'vitest'
import { uuidv7 } from '../../src/platform/ids.ts'
import { graphql } from '../graphql/gql.ts'
import { sharedApp, type TestApp } from '../testkit/app.ts'
import { createTestClient, type TestClient } from '../testkit/client.ts'

const Hour = graphql(`
  query MetricsOfAnHour($only: MetricFilter) {
    metricPoints(first: 1, filter: { name: { eq: "requests" } }) {
      totalCount
      nodes {
        name
        kind
        unit
        value
        service
        host
        labels {
          name
          value
        }
      }
    }
    analytics {
      metricNames(range: { last: "PT1H" }) {
        name
        kind
        unit
        points
        series
      }
      metricLabels(name: "requests", range: { last: "PT1H" }) {
        name
        valueCount
        values {
          value
          points
        }
      }
      metricSeries(name: "requests", range: { last: "PT1H" }, step: "PT1M", filter: $only) {
        count
        last
        increase
        rate
        p99
        points {
          count
          increase
        }
        groups(by: ["route"]) {
          labels {
            name
            value
          }
          count
          increase
          points {
            increase
          }
        }
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

const point = (secondsAgo: number, value: unknown, more: object = {}) => ({
  event_id: uuidv7(),
  time: new Date(Date.now() - secondsAgo * 1_000).toISOString(),
  name: 'requests',
  kind: 'counter',
  unit: '{request}',
  service: 'api',
  host: 'one',
  value,
  labels: { route: '/orders', status: 200 },
  ...more,
})

test('what is posted is told by every question, a counter that was reset too', async () => {
  const other = { labels: { route: '/carts', status: 200 } }
  const points = [
    point(600, 100),
    point(300, 130),
    point(200, 12),
    point(100, 15),
    point(300, 7, other),
    point(100, 9, other),
    point(50, 0.25, { name: 'load', kind: 'gauge', unit: '1' }),
  ]
  expect((await client.ingest('metric_points', points)).body).toMatchObject({ accepted: 7, rejected: [] })
  expect((await client.ingest('metric_points', points)).body).toMatchObject({ accepted: 0, duplicates: 7 })
  await program.app.ingest.flushed()

  const { metricPoints, analytics } = await client.ask(Hour, {})
  expect(metricPoints).toEqual({
    totalCount: '6',
    nodes: [
      {
        name: 'requests',
        kind: 'COUNTER',
        unit: '{request}',
        value: expect.toBeOneOf([9, 15]),
        service: 'api',
        host: 'one',
        labels: [
          { name: 'route', value: expect.any(String) },
          { name: 'status', value: '200' },
        ],
      },
    ],
  })
  expect(analytics!.metricNames).toEqual([
    { name: 'requests', kind: 'COUNTER', unit: '{request}', points: '6', series: '2' },
    { name: 'load', kind: 'GAUGE', unit: '1', points: '1', series: '1' },
  ])
  expect(analytics!.metricLabels).toEqual([
    { name: 'host', valueCount: '1', values: [{ value: 'one', points: '6' }] },
    {
      name: 'route',
      valueCount: '2',
      values: [
        { value: '/orders', points: '4' },
        { value: '/carts', points: '2' },
      ],
    },
    { name: 'service', valueCount: '1', values: [{ value: 'api', points: '6' }] },
    { name: 'status', valueCount: '1', values: [{ value: '200', points: '6' }] },
  ])
  const series = analytics!.metricSeries!
  // 30, then 12 after the reset, 3 and, of the other one, 2.
  expect(series).toMatchObject({ count: '6', increase: 47, p99: null })
  expect(series.rate).toBeCloseTo(47 / (series.points.length * 60), 9)
  expect(series.points.reduce((sum, { increase }) => sum + (increase ?? 0), 0)).toBe(47)
  expect(
    series.groups!.map(({ labels, count, increase, points: buckets }) => ({
      labels,
      count,
      increase,
      buckets: buckets.reduce((sum, bucket) => sum + (bucket.increase ?? 0), 0),
    })),
  ).toEqual([
    { labels: [{ name: 'route', value: '/orders' }], count: '4', increase: 45, buckets: 45 },
    { labels: [{ name: 'route', value: '/carts' }], count: '2', increase: 2, buckets: 2 },
  ])
  const only = {
    and: [{ label: { name: 'route', eq: '/carts' } }, { label: { name: 'status', in: ['200'] } }],
  }
  expect((await client.ask(Hour, { only })).analytics!.metricSeries).toMatchObject({
    count: '2',
    increase: 2,
  })
})

const many = Object.fromEntries(Array.from({ length: 33 }, (_, nth) => [`label_${nth}`, 'x']))
const refusals: [string, object, string][] = [
  [
    'a counter below 0',
    { value: -1 },
    'value: expected at least 0: the running total of a counter; what goes down is a gauge, got -1',
  ],
  [
    'NaN as text',
    { value: 'NaN' },
    'value: expected a finite number (at most 1e300), and not NaN or Infinity: leave out',
  ],
  ['no value', { value: undefined }, 'value: missing, expected a finite number'],
  ['a name with a space', { name: 'my metric' }, 'name: expected a name of 1 to 255 letters, digits'],
  ['no name', { name: '' }, 'name: expected a name of 1 to 255 letters'],
  [
    'a kind that is none',
    { kind: 'summary' },
    'kind: expected a kind: gauge, counter or histogram, got "summary"',
  ],
  ['33 labels', { labels: many }, 'labels: expected at most 32 names'],
  [
    'a label with a space',
    { labels: { 'my label': 'x' } },
    'labels.my label: expected a name of 1 to 128 letters',
  ],
  ['a label that is a field', { labels: { service: 'x' } }, 'service and host are fields'],
  [
    'a label that is a list',
    { labels: { route: ['x'] } },
    'labels.route: expected text of at most 1024 characters',
  ],
]
test.each(refusals)(
  '%s is refused by its path with what to do, and the rest of the batch is taken',
  async (_what, part, message) => {
    const { body } = await client.ingest('metric_points', [{ ...point(1, 1), ...part }, point(1, 1)])
    expect(body).toMatchObject({
      accepted: 1,
      rejected: [{ index: 0, message: expect.stringContaining(message) }],
    })
  },
)

test('a number that JSON has and a double has not is refused', async () => {
  const { body } = await client.ingest(
    'metric_points',
    `[{"time":${Date.now()},"name":"m","value":1e400},{"time":${Date.now()},"name":"m","value":18446744073709551615}]` as never,
  )
  expect(body).toMatchObject({ accepted: 1, rejected: [{ index: 0, code: 'INVALID_FIELD' }] })
})

test.each([
  ['metricSeries(name: "m") { groups(by: []) { count } }', 'BAD_REQUEST', '1 to 8 different names'],
  ['metricSeries(name: "m") { groups(by: ["a", "a"]) { count } }', 'BAD_REQUEST', '1 to 8 different names'],
  ['metricSeries(name: "m") { groups(by: ["a"], first: 51) { count } }', 'BAD_REQUEST', 'from 1 to 50'],
  ['metricSeries(name: "m", range: { last: "P91D" }) { count }', 'LIMIT_EXCEEDED', '90 days'],
  ['metricSeries(name: "m", timezone: "Mars/Base") { count }', 'VALIDATION_FAILED', 'no time zone'],
  ['metricNames(first: 1001) { name }', 'BAD_REQUEST', 'from 1 to 1,000'],
  ['metricLabels(name: "m", first: 0) { name }', 'BAD_REQUEST', 'from 1 to 100'],
])('%s is refused with %s, and what to do', async (field, code, message) => {
  const { errors } = await client.request(`{ analytics { ${field} } }`)
  expect(errors).toEqual([
    expect.objectContaining({
      message: expect.stringContaining(message),
      extensions: expect.objectContaining({ code }),
    }),
  ])
})

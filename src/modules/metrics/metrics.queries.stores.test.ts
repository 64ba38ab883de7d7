import { afterAll, beforeAll, expect, test } from 'vitest'
import { openSharedStore, type TestStore } from '../../../tests/testkit/clickhouse.ts'
import { storeItems } from '../../../tests/testkit/facts.ts'
import type { Filter } from '../../platform/filter-tree.ts'
import { trustTenantId, uuidv7, type TenantId } from '../../platform/ids.ts'
import { createMetricNameQueries } from './metric-names.queries.ts'
import { metricPoints } from './metric-points.dataset.ts'
import { createMetricPointQueries } from './metric-points.queries.ts'
import { createMetricSeriesQueries } from './metric-series.queries.ts'
import { PERCENTILE_ERROR } from '../../platform/sketch.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const now = Math.floor(Date.now() / DAY) * DAY
const start = now - HOUR
const range = { from: new Date(start), to: new Date(start + 2 * MINUTE) }
const everything: Filter = { all: [] }
const inMinutes = { filter: everything, range, stepMs: MINUTE, zone: 'UTC' }

const open = (store: TestStore, nowMs = now) => {
  const deps = { clickHouse: store.clickHouse, clock: { now: () => nowMs } }
  return {
    ...createMetricPointQueries(deps),
    ...createMetricSeriesQueries(deps),
    ...createMetricNameQueries(deps),
  }
}
let store: TestStore
let queries: ReturnType<typeof open>
beforeAll(async () => {
  store = await openSharedStore()
  queries = open(store)
})
afterAll(() => store.close())

const newTenant = (): TenantId => trustTenantId(uuidv7())
const storePoints = (tenant: TenantId, points: readonly object[]) =>
  storeItems(
    store.clickHouse,
    metricPoints,
    tenant,
    points.map((point) => ({ event_id: uuidv7(), name: 'm', ...point })) as never,
  )
const counter = (seconds: number, value: number, more: object = {}) => ({
  time: start + seconds * SECOND,
  kind: 'counter',
  value,
  ...more,
})
const whole = async (tenant: TenantId, ask: object = {}) => {
  const { points: _points, ...values } = await queries.series(tenant, { ...inMinutes, ...ask })
  return values
}

test.each([
  ['a counter that rises', [10, 12, 20], 10],
  ['a reset, after which the new value counts', [10, 12, 3, 5], 7],
  ['a reset to 0', [10, 0, 4], 4],
  ['two resets in a bucket', [10, 2, 1], 3],
  ['a total that is told again', [10, 10, 10], 0],
  ['a first point, which says nothing of when it rose', [10], 0],
])('%s', async (_what, values, increase) => {
  const tenant = newTenant()
  // Each in an insert of its own, the latest first.
  for (const [nth, value] of [...values.entries()].toReversed())
    await storePoints(tenant, [counter(nth * 5, value)])
  expect(await whole(tenant)).toMatchObject({ count: values.length, increase, rate: increase / 120 })
})

test('a point is compared with the one before its bucket and before the range, but not over more than an hour', async () => {
  const tenant = newTenant()
  await storePoints(tenant, [counter(-HOUR / SECOND, 4), counter(0, 9), counter(60, 11)])
  const { points, increase } = await queries.series(tenant, inMinutes)
  expect([increase, ...points.map((each) => each.increase)]).toEqual([7, 5, 2])
  const other = newTenant()
  await storePoints(other, [counter(-HOUR / SECOND - 1, 4), counter(0, 9), counter(60, 11)])
  expect((await queries.series(other, inMinutes)).points.map((each) => each.increase)).toEqual([0, 2])
})

test('increases are those of each series, whatever one of its names differs by, and then added up', async () => {
  const tenant = newTenant()
  const parts = [
    {},
    { service: 'a' },
    { host: 'a' },
    { project: uuidv7() },
    { environment: uuidv7() },
    { labels: { a: 'b' } },
    { labels: { a: 'b', c: '' } },
    { labels: { c: 'b' } },
  ]
  // Between any two series every point would be a reset or a rise.
  await storePoints(
    tenant,
    parts.flatMap((part, nth) => [counter(nth, 100 * nth, part), counter(30 + nth, 100 * nth + 1, part)]),
  )
  expect(await whole(tenant)).toMatchObject({ increase: parts.length })
})

test('the larger of two points at one time is the later, in whatever order they came', async () => {
  for (const values of [
    [5, 8],
    [8, 5],
  ]) {
    const tenant = newTenant()
    for (const value of values) await storePoints(tenant, [counter(70, value)])
    await storePoints(tenant, [counter(1, 4)])
    for (const stepMs of [MINUTE, 10 * SECOND, SECOND])
      expect(await whole(tenant, { stepMs })).toMatchObject({ last: 8, increase: 4 })
  }
})

test('each kind says what it can: nothing without a point, no percentile of totals, no rate of a gauge', async () => {
  const tenant = newTenant()
  const nothing = { count: 0, sum: null, avg: null, last: null, increase: null, rate: null, p50: null }
  expect(await whole(tenant)).toMatchObject(nothing)
  await storePoints(tenant, [
    counter(1, 5, { name: 'c' }),
    { name: 'g', kind: 'gauge', time: start, value: -3 },
    ...[1, 2, 3].map((value) => ({ name: 'h', kind: 'histogram', time: start + value, value })),
  ])
  const of = (name: string) => whole(tenant, { filter: { column: 'name', operator: 'eq', value: name } })
  expect(await of('c')).toMatchObject({ count: 1, last: 5, increase: 0, rate: 0, p50: null, p99: null })
  expect(await of('g')).toMatchObject({ avg: -3, increase: null, rate: null, p50: -3, p99: -3 })
  expect(await of('h')).toMatchObject({ sum: 6, increase: null, rate: 3 / 120, p99: expect.closeTo(3, 1) })
  expect(await of('x')).toMatchObject(nothing)
})

test('a percentile of values of any size and sign is within its error', async () => {
  const tenant = newTenant()
  const values = [-1e300, -7, -1e-300, -5e-324, 0, 5e-324, 1e-300, 0.3, 7, 12, 1e9, 1e300, 1e300]
  await storePoints(
    tenant,
    values.map((value, nth) => ({ kind: 'gauge', time: start + nth, value })),
  )
  const exact = { p50: values[6]!, p90: 1e300, p95: 1e300, p99: 1e300 }
  for (const stepMs of [MINUTE, SECOND]) {
    const found = await whole(tenant, { stepMs })
    for (const [name, value] of Object.entries(exact))
      expect(Math.abs(found[name as keyof typeof exact]! / value - 1)).toBeLessThan(
        PERCENTILE_ERROR * 1.000001,
      )
  }
})

const onRoute = (route: string | undefined, value: number) =>
  counter(value, value, { service: 'api', labels: route === undefined ? {} : { route } })
const label = (operator: 'eq' | 'startsWith' | 'in', value: unknown): Filter => ({
  column: 'labels',
  key: 'route',
  operator,
  value,
})

test('groups are of service, host and labels, and the ones left out are in the whole', async () => {
  const tenant = newTenant()
  await storePoints(tenant, [
    onRoute('/"a"\\', 50),
    onRoute('/"a"\\', 55),
    onRoute('/b', 7),
    onRoute('/b', 9),
    onRoute(undefined, 1),
  ])
  const groups = await queries.groups(tenant, { ...inMinutes, by: ['route', 'service', 'none'], first: 2 })
  expect(groups.map(({ parts, sum, increase, rate }) => ({ parts, sum, increase, rate }))).toEqual([
    { parts: ['/"a"\\', 'api', ''], sum: 105, increase: 5, rate: 5 / 120 },
    { parts: ['/b', 'api', ''], sum: 16, increase: 2, rate: 2 / 120 },
  ])
  expect(await whole(tenant)).toMatchObject({ sum: 122, increase: 7 })
  for (const stepMs of [MINUTE, SECOND]) {
    const sumOf = async (filter: Filter) => (await whole(tenant, { filter, stepMs })).sum
    expect(await sumOf(label('eq', '/b'))).toBe(16)
    expect(await sumOf(label('startsWith', '/"A'))).toBe(105)
    expect(await sumOf(label('in', ['']))).toBe(1)
    expect(await sumOf({ not: label('eq', '/b') })).toBe(106)
  }
})

test('names and labels, with how often and when last', async () => {
  const tenant = newTenant()
  await storePoints(tenant, [
    counter(1, 1, { name: 'a', unit: 's', service: 'x', labels: { route: '/1' } }),
    counter(90, 1, { name: 'a', unit: 's', service: 'y', labels: { route: '/1', code: '200' } }),
    { name: 'b', kind: 'gauge', time: start + 5_000, value: 1 },
    counter(3_600, 1, { name: 'later' }),
  ])
  const ask = { filter: everything, range, first: 10 }
  expect(await queries.names(tenant, ask)).toEqual([
    { name: 'a', kind: 'COUNTER', unit: 's', points: 2, series: 2, lastSeenAt: new Date(start + 90_000) },
    { name: 'b', kind: 'GAUGE', unit: '', points: 1, series: 1, lastSeenAt: new Date(start + 5_000) },
  ])
  expect(await queries.names(tenant, { ...ask, first: 1 })).toHaveLength(1)
  const labels = { ...ask, most: 10 }
  const code = { name: 'code', points: 1, valueCount: 1, values: [{ value: '200', points: 1 }] }
  expect(await queries.labels(tenant, labels)).toEqual([
    code,
    { name: 'route', points: 2, valueCount: 1, values: [{ value: '/1', points: 2 }] },
    {
      name: 'service',
      points: 2,
      valueCount: 2,
      values: [
        { value: 'x', points: 1 },
        { value: 'y', points: 1 },
      ],
    },
  ])
  expect(await queries.labels(tenant, { ...labels, most: 1 })).toEqual([code])
  const [, , service] = await queries.labels(tenant, { ...labels, first: 1 })
  expect(service).toMatchObject({ valueCount: 2, values: [{ value: 'x' }] })
})

test('another tenant and another project move no number', async () => {
  const [tenant, stranger, project] = [newTenant(), newTenant(), uuidv7()]
  const points = [counter(1, 5, { project }), counter(2, 9, { project })]
  await storePoints(tenant, points)
  const ask = { ...inMinutes, project, first: 10, most: 10, by: ['service'] }
  const page = { size: 10, backward: false }
  const told = async (of: TenantId) => [
    await queries.series(of, ask),
    await queries.groups(of, ask),
    await queries.names(of, ask),
    await queries.labels(of, ask),
    await queries.page(of, ask, page),
    await queries.count(of, ask),
  ]
  const before = await told(tenant)
  await storePoints(stranger, [counter(1, 7, { project }), counter(3, 8, { project, service: 'theirs' })])
  await storePoints(tenant, [counter(1, 7, { project: uuidv7() }), counter(3, 8, { service: 'mine' })])
  expect(await told(tenant)).toEqual(before)
  expect(before[0]).toMatchObject({ count: 2, increase: 4 })
  expect(before[5]).toBe(2)
  expect(await told(newTenant())).toMatchObject([{ count: 0 }, [], [], [], {}, 0])
})

test('where points are not kept any more the minutes still tell all but increases; beyond them it says so', async () => {
  const tenant = newTenant()
  await storePoints(tenant, [counter(1, 5), counter(70, 9)])
  const later = open(store, now + 100 * DAY)
  expect(await later.series(tenant, inMinutes)).toMatchObject({
    count: 2,
    sum: 14,
    increase: null,
    rate: null,
  })
  await expect(later.series(tenant, { ...inMinutes, stepMs: SECOND })).rejects.toMatchObject({
    code: 'LIMIT_EXCEEDED',
  })
  const muchLater = open(store, now + 190 * DAY)
  await expect(muchLater.series(tenant, inMinutes)).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' })
  await expect(muchLater.names(tenant, { ...inMinutes, first: 1 })).rejects.toMatchObject({
    code: 'LIMIT_EXCEEDED',
  })
})

import { afterAll, beforeAll, expect, test } from 'vitest'
import { openSharedStore, type TestStore } from '../testkit/clickhouse.ts'
import { storeItems } from '../testkit/facts.ts'
import { waysToStore } from '../testkit/storing.ts'
import { bucketName, nextChanges } from '../testkit/zones.ts'
import type { Filter } from '../../src/platform/filter-tree.ts'
import { trustTenantId, uuidv7, type TenantId } from '../../src/platform/ids.ts'
import { NEIGHBOUR_MS } from '../../src/modules/metrics/metric-increases.queries.ts'
import { metricPoints } from '../../src/modules/metrics/metric-points.dataset.ts'
import { createMetricSeriesQueries } from '../../src/modules/metrics/metric-series.queries.ts'
import { PERCENTILE_ERROR } from '../../src/platform/sketch.ts'
import type { MetricValues } from '../../src/modules/metrics/metric-values.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
/** With `METRIC_BLOCKS=1000` each way of storing in parts makes so many inserts. */
const BLOCKS = Number(process.env['METRIC_BLOCKS'] ?? 20)
const POINTS = Math.max(2_400, BLOCKS)
const TIMEOUT_MS = 30_000 + BLOCKS * 200

let store: TestStore
beforeAll(async () => void (store = await openSharedStore()))
afterAll(() => store.close())

type Kind = 'GAUGE' | 'COUNTER' | 'HISTOGRAM'
type Point = {
  event_id: string
  time: number
  name: string
  kind: Kind
  service: string
  labels: Record<string, string>
  value: number
}

const kinds: readonly Kind[] = ['GAUGE', 'COUNTER', 'HISTOGRAM']
const valueOf: Readonly<Record<Kind, (nth: number, before: number) => number>> = {
  GAUGE: (nth) => ((nth * 7919) % 401) / 8 - 20,
  // Resets now and then, to 0 or beyond, once to more than it had been.
  COUNTER: (nth, before) => (nth % 37 === 36 ? (nth * 31) % 50 : before + (nth % 5)),
  HISTOGRAM: (nth) => 2 ** (((nth * 7919) % 1009) / 60) / 1_000,
}
/** Four series of each kind. Denser near the change than away from it, where points are over an hour apart. */
const makePoints = (around: number): Point[] =>
  kinds.flatMap((kind, at) =>
    [0, 1, 2, 3].flatMap((series) => {
      const many = POINTS / 12
      let value = 0
      return Array.from({ length: many }, (_, nth) => {
        value = valueOf[kind](nth + series * 7, value)
        const offset = ((nth + (series + at / 3) / 4) / many - 0.5) ** 3 * 20 * DAY
        // Every third one lies exactly on ten seconds, where buckets meet.
        const time = around + Math.round(offset / (nth % 3 === 0 ? 10_000 : 1)) * (nth % 3 === 0 ? 10_000 : 1)
        const labels = { route: series % 2 ? '/a' : '/b', zone: 'z' }
        const service = series < 2 ? 'api' : 'web'
        return { event_id: uuidv7(), time, name: kind.toLowerCase(), kind, service, labels, value }
      })
    }),
  )

const storePoints = (tenant: TenantId, points: readonly Point[], token?: string) =>
  storeItems(
    store.clickHouse,
    metricPoints,
    tenant,
    // The order of labels makes no other series.
    points.map((point, at) => ({
      ...point,
      labels: at % 2 ? { zone: 'z', route: point.labels['route']! } : point.labels,
    })) as never,
    token,
  )
const ways = waysToStore(storePoints, BLOCKS)

/** By how much each point of a counter raises it: the definition, over the plain list. */
const gainsOf = (points: readonly Point[]): Map<Point, number> => {
  const series = Map.groupBy(points, ({ name, service, labels }) => `${name} ${service} ${labels['route']}`)
  return new Map(
    [...series.values()].flatMap((own) => {
      const sorted = own.toSorted((a, b) => a.time - b.time || a.value - b.value)
      return sorted.map((point, at): [Point, number] => {
        const before = sorted[at - 1]
        if (!before || point.time - before.time > NEIGHBOUR_MS) return [point, 0]
        return [point, point.value < before.value ? point.value : point.value - before.value]
      })
    }),
  )
}

const nearest = (sorted: readonly number[], permille: number): number =>
  sorted[Math.floor((permille * sorted.length + 999) / 1_000) - 1]!

/** Holds values against the plain list of points that they are of. */
const expectValues = (
  found: MetricValues,
  own: readonly Point[],
  { gains, lengthMs }: { gains: Map<Point, number>; lengthMs: number },
): void => {
  const values = own.map(({ value }) => value).toSorted((a, b) => a - b)
  const counters = own.filter(({ kind }) => kind === 'COUNTER')
  const observations = own.filter(({ kind }) => kind === 'HISTOGRAM').length
  const increase = counters.length > 0 ? counters.reduce((sum, each) => sum + gains.get(each)!, 0) : null
  const perSecond = increase ?? (observations || null)
  const latest = own.toSorted((a, b) => a.time - b.time || a.value - b.value).at(-1)!
  expect(found).toMatchObject({
    count: own.length,
    min: values[0],
    max: values.at(-1),
    last: latest.value,
    increase,
    rate: perSecond === null ? null : (perSecond * 1_000) / lengthMs,
  })
  const sum = values.reduce((total, value) => total + value, 0)
  const rounding = 1e-12 * values.reduce((total, value) => total + Math.abs(value), 1)
  expect(Math.abs(found.sum! - sum)).toBeLessThan(rounding)
  expect(Math.abs(found.avg! - sum / own.length)).toBeLessThan(rounding)
  for (const [permille, name] of [
    [500, 'p50'],
    [900, 'p90'],
    [950, 'p95'],
    [990, 'p99'],
  ] as const) {
    if (counters.length > 0) expect(found[name]).toBeNull()
    else {
      const exact = nearest(values, permille)
      expect(Math.abs(found[name]! - exact)).toBeLessThanOrEqual(
        Math.abs(exact) * PERCENTILE_ERROR * 1.000001,
      )
    }
  }
}

type Cut = readonly [stepMs: number, aroundMs: number, zone: string]
const zone = 'Europe/Amsterdam'
/** Read from the minutes, the ten seconds and the rows. */
const cutsInBrief: readonly Cut[] = [
  [HOUR, 2 * DAY, zone],
  [10 * SECOND, HOUR, 'UTC'],
  [SECOND, 5 * MINUTE, 'UTC'],
]
const cuts: readonly Cut[] = [
  [DAY, 3 * DAY, zone],
  [DAY, 3 * DAY, 'Asia/Kolkata'],
  [15 * MINUTE, DAY, zone],
  ...cutsInBrief,
]
const ofName = (name: string): Filter => ({ column: 'name', operator: 'eq', value: name })

test.each(
  nextChanges(zone).flatMap((change, nth) =>
    Object.keys(ways)
      .filter((way) => nth === 0 || way === 'in one block')
      .map((way) => [change, way] as const),
  ),
)(
  'around a change of clocks (%i), stored %s: each bucket as counted from the points, over resets',
  async (change, way) => {
    const tenant = trustTenantId(uuidv7())
    const points = makePoints(change)
    await ways[way]!(tenant, points)
    const gains = gainsOf(points)
    const queries = createMetricSeriesQueries({
      clickHouse: store.clickHouse,
      clock: { now: () => change + 5 * DAY },
    })
    for (const [stepMs, around, cutIn] of way === 'out of order' ? cuts : cutsInBrief) {
      const range = { from: new Date(change - around), to: new Date(change + around) }
      const nameOf = bucketName(cutIn, stepMs)
      for (const kind of kinds) {
        const ask = { filter: ofName(kind.toLowerCase()), range, stepMs, zone: cutIn }
        const [series, groups] = await Promise.all([
          queries.series(tenant, ask),
          queries.groups(tenant, { ...ask, by: ['route', 'service'], first: 3 }),
        ])
        const { from, to } = series
        const own = points.filter(
          (point) => point.kind === kind && point.time >= from.getTime() && point.time < to.getTime(),
        )
        const check = (
          { points: buckets, ...whole }: typeof series | (typeof groups)[number],
          of: Point[],
        ) => {
          expectValues(whole, of, { gains, lengthMs: to.getTime() - from.getTime() })
          const byBucket = Map.groupBy(of, ({ time }) =>
            stepMs < MINUTE ? Math.floor(time / stepMs) : nameOf(time),
          )
          const filled = buckets.filter(({ count }) => count > 0)
          expect(filled.length).toBe(byBucket.size)
          for (const bucket of filled) {
            const start = bucket.time.getTime()
            const next = buckets[buckets.indexOf(bucket) + 1]?.time ?? to
            expectValues(bucket, byBucket.get(stepMs < MINUTE ? start / stepMs : nameOf(start))!, {
              gains,
              lengthMs: next.getTime() - start,
            })
          }
        }
        check(series, own)
        const parts = Map.groupBy(own, ({ labels, service }) => JSON.stringify([labels['route'], service]))
        expect(groups).toHaveLength(Math.min(3, parts.size))
        for (const group of groups) check(group, parts.get(JSON.stringify(group.parts))!)
      }
    }
  },
  TIMEOUT_MS,
)

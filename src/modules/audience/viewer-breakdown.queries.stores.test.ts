import { afterAll, beforeAll, expect, test } from 'vitest'
import { openSharedStore, type TestStore } from '../../../tests/testkit/clickhouse.ts'
import { blocksOf } from '../../../tests/testkit/storing.ts'
import { storeSamples, type TestSample } from '../../../tests/testkit/viewer-samples.ts'
import { cutBuckets, rangeOf } from '../../platform/buckets.ts'
import { matches, type Filter } from '../../platform/filter-tree.ts'
import { trustTenantId, uuidv7, type TenantId } from '../../platform/ids.ts'
import { offsetPeriods } from '../../platform/time-zone.ts'
import { createViewerBreakdownQueries } from './viewer-breakdown.queries.ts'
import type { ViewersBy } from './viewer-groups.ts'
import { createViewerSeriesQueries } from './viewer-series.queries.ts'
import type { ViewerSubjects } from './viewer-subjects.queries.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
/** With `VIEWER_BLOCKS=1000` the rows that come in many blocks come in so many. */
const BLOCKS = blocksOf('VIEWER_BLOCKS', 25)
const newTenant = () => trustTenantId(uuidv7())

let store: TestStore
beforeAll(async () => {
  store = await openSharedStore()
})
afterAll(() => store.close())

const queriesAt = (nowMs: number) => {
  const deps = { clickHouse: store.clickHouse, clock: { now: () => nowMs } }
  return { ...createViewerSeriesQueries(deps), ...createViewerBreakdownQueries(deps) }
}

type Sample = Required<Omit<TestSample, 'tenant' | 'eventId' | 'quality' | 'buffer' | 'bandwidth'>>
const cities = [
  { country: 'NL', city: 'Amsterdam', latitude: 52.4, longitude: 4.9 },
  { country: 'NL', city: 'Utrecht', latitude: 52.1, longitude: 5.1 },
  { country: 'FR', city: 'Paris', latitude: 48.9, longitude: 2.4 },
  { country: 'US', city: 'Paris', latitude: 33.7, longitude: -95.6 },
  { country: 'ZZ', city: '', latitude: 0, longitude: 0 },
]
/** A step of 7919 reaches every combination, in an order that looks like none. */
const samplesIn = (fromMs: number, toMs: number, count: number): Sample[] =>
  Array.from({ length: count }, (_, n) => {
    const at = (n * 7919) % 104_729
    return {
      time: fromMs + ((at * 6_151) % (toMs - fromMs)),
      stream: `live+${at % 3}`,
      node: `n${at % 2}`,
      type: ['hls', 'webrtc'][at % 5 === 0 ? 1 : 0]!,
      viewers: at % 7 === 0 ? 0 : at % 997,
      ...cities[(at >> 3) % cities.length]!,
    }
  })

const nameIn: Readonly<Record<ViewersBy, (sample: Sample) => [key: string, country: string]>> = {
  STREAM: ({ stream }) => [stream, ''],
  COUNTRY: ({ country }) => [country, country],
  EDGE_NODE: ({ node }) => [node, ''],
  CONNECTION_TYPE: ({ type }) => [type, ''],
  CITY: ({ city, country }) => [city, country],
  PLACE: ({ city, latitude, longitude }) => [city && `${latitude},${longitude}`, ''],
}
const keyOf = ({ stream, node, country, type }: Sample) => JSON.stringify([stream, node, country, type])
const total = (values: readonly number[]) => values.reduce((a, b) => a + b, 0)

/** Minute, group, thousandths of a viewer and samples: the definition (docs/viewers.md) over the raw rows. */
type Part = { minute: number; group: string; milli: number; samples: number }
const partsOf = (samples: readonly Sample[], group: (sample: Sample) => string): Part[] =>
  Array.from(Map.groupBy(samples, ({ time }) => Math.floor(time / MINUTE) * MINUTE)).flatMap(
    ([minute, rows]) =>
      Array.from(Map.groupBy(rows, keyOf).values()).flatMap((ofKey) =>
        Array.from(Map.groupBy(ofKey, group), ([name, own]) => ({
          minute,
          group: name,
          milli: Math.round((1000 * total(own.map(({ viewers }) => viewers))) / ofKey.length),
          samples: own.length,
        })),
      ),
  )

/** What some minutes come to, of which `slots` were measured. */
const measured = (parts: readonly Part[], slots: number) => ({
  average: total(parts.map(({ milli }) => milli)) / slots / 1000,
  peak: Math.round(
    Math.max(
      0,
      ...Array.from(Map.groupBy(parts, ({ minute }) => minute).values(), (own) =>
        total(own.map(({ milli }) => milli)),
      ),
    ) / 1000,
  ),
  minutes: slots,
  viewerMinutes: total(parts.map(({ milli }) => milli)) / 1000,
  samples: total(parts.map(({ samples }) => samples)),
})
const unmeasured = { average: null, peak: null, minutes: 0, viewerMinutes: 0, samples: 0 }
const minutesIn = (parts: readonly Part[]) => new Set(parts.map(({ minute }) => minute)).size

/** A whole and its groups, largest first, each with its points. */
const expected = (parts: readonly Part[], edges: readonly number[]) => {
  const bucketed = edges.slice(0, -1).map((start, at) => {
    const own = parts.filter(({ minute }) => minute >= start && minute < edges[at + 1]!)
    return { time: new Date(start), own, slots: minutesIn(own) }
  })
  const pointsOf = (name?: string) =>
    bucketed.map(({ time, own, slots }) => {
      const ofGroup = name === undefined ? own : own.filter(({ group }) => group === name)
      return { time, ...(slots > 0 ? measured(ofGroup, slots) : unmeasured) }
    })
  const slots = minutesIn(parts)
  const whole = measured(parts, slots)
  const groups = Array.from(
    Map.groupBy(parts, ({ group }) => group),
    ([name, own]) => {
      const [key, countryCode] = JSON.parse(name) as [string, string]
      const share = whole.viewerMinutes > 0 ? measured(own, slots).viewerMinutes / whole.viewerMinutes : null
      return { key, countryCode, ...measured(own, slots), share, points: pointsOf(name) }
    },
  )
  const sorted = groups.toSorted(
    (a, b) => b.viewerMinutes - a.viewerMinutes || (JSON.stringify(a.key) < JSON.stringify(b.key) ? -1 : 1),
  )
  return { ...whole, points: pointsOf(), groups: sorted }
}

const columnsOf = (sample: Sample) => ({
  internalName: sample.stream,
  countryCode: sample.country,
  edgeNodeSlug: sample.node,
  connectionType: sample.type,
})
const filters: Readonly<Record<string, Filter>> = {
  everything: { all: [] },
  'two streams': { column: 'internalName', operator: 'in', value: ['live+0', 'live+2'] },
  'not the Netherlands, over hls or from node 1': {
    all: [
      { not: { column: 'countryCode', operator: 'eq', value: 'NL' } },
      {
        any: [
          { column: 'connectionType', operator: 'contains', value: 'HL' },
          { column: 'edgeNodeSlug', operator: 'startsWith', value: 'N1' },
        ],
      },
    ],
  },
}

/** How the rows come: each way has to tell the same. */
const roads: Readonly<Record<string, (tenant: TenantId, samples: readonly Sample[]) => Promise<void>>> = {
  'in one block': (tenant, samples) => storeAll(tenant, [samples]),
  'in many blocks': (tenant, samples) =>
    storeAll(tenant, [...Map.groupBy(samples, (_, n) => n % BLOCKS).values()]),
  'backwards, some late': (tenant, samples) => {
    const back = samples.toSorted((a, b) => b.time - a.time)
    return storeAll(tenant, [back.filter((_, n) => n % 5 > 0), back.filter((_, n) => n % 5 === 0)])
  },
  'twice, with one token': async (tenant, samples) => {
    const blocks = [samples.slice(0, 400), samples.slice(400)]
    const tokens = blocks.map(() => uuidv7())
    await storeAll(tenant, [...blocks, ...blocks], [...tokens, ...tokens])
  },
}
const storeAll = async (
  tenant: TenantId,
  blocks: readonly (readonly Sample[])[],
  tokens: readonly string[] = [],
) => {
  for (const [at, block] of blocks.entries()) {
    const rows = block.map((sample) => ({ tenant, ...sample, eventId: uuidv7() }))
    await storeSamples(store.clickHouse, rows, tokens[at])
  }
}

/** Each question is asked of the rows of one road; as they take turns, all roads answer each grouping and step. */
let combinations = 0
const steps = [5 * MINUTE, HOUR, DAY]
type Group = ReturnType<typeof expected>['groups'][number]
/** What is told of a group without its points. */
const totalsOf = ({ key, countryCode, average, peak, minutes, viewerMinutes, samples }: Group) => ({
  key,
  countryCode,
  average,
  peak,
  minutes,
  viewerMinutes,
  samples,
})
const near = (value: number | null) => (value === null ? null : expect.closeTo(value, 9))

const zones = ['Europe/Amsterdam', 'America/New_York']
test.each(zones)(
  'groups of viewers are what the raw rows say, across a change of clocks in %s, however the rows came',
  async (zone) => {
    // The next change of clocks: rows of the past are removed when they are old.
    const change = offsetPeriods(zone, Date.now(), Date.now() + 366 * DAY)[0]!.toMs
    const samples = samplesIn(change - 4 * HOUR, change + 4 * HOUR, Math.max(700, BLOCKS))
    const queries = queriesAt(change + 3 * DAY)
    const tenants: [road: string, TenantId][] = []
    for (const [road, send] of Object.entries(roads)) {
      const tenant = newTenant()
      await send(tenant, samples)
      tenants.push([road, tenant])
    }
    const range = { from: new Date(change - 5 * HOUR), to: new Date(change + 4 * HOUR) }
    // Below a day both zones cut alike.
    for (const stepMs of steps.filter((each) => zone === zones[0] || each === DAY)) {
      const window = { range, stepMs, zone }
      const buckets = cutBuckets(window)
      for (const by of Object.keys(nameIn) as ViewersBy[]) {
        for (const [said, filter] of Object.entries(filters)) {
          const own = samples.filter((sample) => matches(filter, columnsOf(sample)))
          const parts = partsOf(own, (sample) => JSON.stringify(nameIn[by](sample)))
          const { points, groups, ...whole } = expected(parts, [...buckets.starts, buckets.endMs])
          const [road, tenant] = tenants[(combinations++ + zones.indexOf(zone)) % tenants.length]!
          const subjects: ViewerSubjects = { filter }
          const ask = { ...subjects, ...window, by }
          const about = `${by} of ${said} by ${stepMs} ms, ${road}`
          const series = (await queries.viewerSeries(tenant, ask)).get('')!
          // The parts of a key's mean are rounded one by one, where a key has several cities.
          const exact = by !== 'CITY' && by !== 'PLACE'
          if (exact) expect(series, about).toEqual({ ...rangeOf(buckets), stepMs, zone, ...whole, points })
          const found = (await queries.viewerGroups(tenant, { ...ask, first: 100 })).get('')!
          expect(found, about).toEqual(
            groups.map((group) => ({ by, ...totalsOf(group), share: near(group.share) })),
          )
          const cut = (await queries.viewerGroups(tenant, { ...ask, first: 2 })).get('')!
          expect(cut, about).toEqual(found.slice(0, 2))
          const keys = groups.map(({ key }) => key)
          const lines = (await queries.viewerGroupPoints(tenant, { ...ask, keys })).get('')!.groups
          const byName = new Map(lines.map((line) => [JSON.stringify([line.key, line.countryCode]), line]))
          for (const { key, countryCode, points: line } of groups)
            expect(byName.get(JSON.stringify([key, countryCode]))?.points, about).toEqual(line)
          // Parts add up to the whole.
          expect(total(found.map(({ average }) => average))).toBeCloseTo(series.average!, exact ? 6 : 1)
          expect(total(found.map(({ samples: count }) => count))).toBe(own.length)
          expect(total(found.map(({ share }) => share!))).toBeCloseTo(1, 6)
        }
      }
    }
  },
  600_000,
)

test('the combinations that ran are counted', () => {
  expect(combinations).toBe((3 + 1) * 6 * 3)
})

test('below a minute a city has the viewers of the keys whose latest sample is there', async () => {
  const tenant = newTenant()
  const start = Math.floor(Date.now() / HOUR) * HOUR - HOUR
  const [amsterdam, utrecht] = cities
  const at = (second: number, viewers: number, place: object) => ({
    tenant,
    time: start + second * 1000,
    stream: 's',
    viewers,
    ...place,
  })
  await storeSamples(store.clickHouse, [at(5, 10, amsterdam!), at(12, 30, utrecht!), at(18, 20, amsterdam!)])
  const range = { from: new Date(start), to: new Date(start + 30_000) }
  const ask = { filter: { all: [] }, range, stepMs: 10_000, zone: 'UTC', by: 'CITY' } as const
  const told = (
    await queriesAt(start + HOUR).viewerGroupPoints(tenant, { ...ask, keys: ['Amsterdam', 'Utrecht'] })
  ).get('')!
  expect(told.none.map(({ average }) => average)).toEqual([0, 0, 0])
  expect(
    Object.fromEntries(told.groups.map(({ key, points }) => [key, points.map(({ average }) => average)])),
  ).toEqual({
    Amsterdam: [10, 20, 20],
  })
})

test('groups of each stream are its own, and another tenant moves no number', async () => {
  const [tenant, other] = [newTenant(), newTenant()]
  const nowMs = Math.floor(Date.now() / HOUR) * HOUR
  const sample = (owner: TenantId, stream: string, viewers: number, country: string) => ({
    tenant: owner,
    time: nowMs - 30 * MINUTE,
    stream,
    viewers,
    country,
  })
  await storeSamples(store.clickHouse, [sample(other, 'a', 999, 'NL'), sample(other, 'a', 999, 'BE')])
  await storeSamples(store.clickHouse, [
    sample(tenant, 'a', 3, 'NL'),
    sample(tenant, 'a', 1, 'DE'),
    sample(tenant, 'b', 5, 'NL'),
  ])
  const range = { from: new Date(nowMs - HOUR), to: new Date(nowMs) }
  const ask = { internalNames: ['a', 'b', 'none'], range, stepMs: HOUR, zone: 'UTC', by: 'COUNTRY' } as const
  const groups = await queriesAt(nowMs).viewerGroups(tenant, { ...ask, first: 10 })
  const told = Array.from(groups, ([name, own]) => [
    name,
    own.map(({ key, peak, share }) => [key, peak, share]),
  ])
  expect(told).toEqual([
    [
      'a',
      [
        ['NL', 3, 0.75],
        ['DE', 1, 0.25],
      ],
    ],
    ['b', [['NL', 5, 1]]],
    ['none', []],
  ])
  const points = await queriesAt(nowMs).viewerGroupPoints(tenant, { ...ask, keys: ['NL'] })
  expect([...points.keys()]).toEqual(['a', 'b', 'none'])
  expect(points.get('a')!.groups.map(({ points: line }) => line.map(({ peak }) => peak))).toEqual([[3]])
  expect(points.get('none')!.none.map(({ peak }) => peak)).toEqual([null])
})

test("the tenant's peak is the highest sum of a minute, not the sum of the streams' peaks", async () => {
  const tenant = newTenant()
  const nowMs = Math.floor(Date.now() / HOUR) * HOUR
  const at = (minutesAgo: number, stream: string, viewers: number) => ({
    tenant,
    time: nowMs - minutesAgo * MINUTE,
    stream,
    viewers,
  })
  await storeSamples(store.clickHouse, [at(10, 'a', 100), at(10, 'b', 1), at(9, 'a', 2), at(9, 'b', 90)])
  const range = { from: new Date(nowMs - HOUR), to: new Date(nowMs) }
  for (const stepMs of [MINUTE, HOUR]) {
    const ask = { filter: { all: [] }, range, stepMs, zone: 'UTC' }
    expect((await queriesAt(nowMs).viewerSeries(tenant, ask)).get('')!.peak).toBe(101)
    const groups = (await queriesAt(nowMs).viewerGroups(tenant, { ...ask, by: 'STREAM', first: 5 })).get('')!
    expect(groups.map(({ key, peak, average }) => [key, peak, average])).toEqual([
      ['a', 100, 51],
      ['b', 90, 45.5],
    ])
  }
})

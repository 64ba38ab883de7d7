import { afterAll, beforeAll, expect, test } from 'vitest'
import { openSharedStore, type TestStore } from '../../../tests/testkit/clickhouse.ts'
import { blocksOf } from '../../../tests/testkit/storing.ts'
import { storeSamples, type TestSample } from '../../../tests/testkit/viewer-samples.ts'
import { dateTimeText } from '../../platform/clickhouse/date-time.ts'
import { trustTenantId, uuidv7, type TenantId } from '../../platform/ids.ts'
import type { ViewersBy } from './viewer-groups.ts'
import { createViewerQualityQueries } from './viewer-quality.queries.ts'
import type { ViewerSubjects } from './viewer-subjects.queries.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const now = Math.floor(Date.now() / HOUR) * HOUR
/** With `VIEWER_BLOCKS=1000` the rows that come in many blocks come in so many. */
const BLOCKS = blocksOf('VIEWER_BLOCKS', 25)
const newTenant = () => trustTenantId(uuidv7())

let store: TestStore
beforeAll(async () => {
  store = await openSharedStore()
})
afterAll(() => store.close())

const ask = async (
  tenant: TenantId,
  subjects: ViewerSubjects,
  groups?: { by: ViewersBy; keys: readonly string[] },
  range = { from: new Date(now - 3 * HOUR), to: new Date(now) },
) => {
  const queries = createViewerQualityQueries({ clickHouse: store.clickHouse, clock: { now: () => now } })
  const window = { range, stepMs: HOUR, zone: 'UTC' }
  return queries.viewerQuality(tenant, { ...subjects, ...window, ...(groups && { groups }) })
}
const together = { filter: { all: [] } } as const

type Sample = Required<Omit<TestSample, 'tenant' | 'eventId'>>
const cities = [
  { country: 'NL', city: 'Amsterdam', latitude: 52.4, longitude: 4.9 },
  { country: 'NL', city: 'Utrecht', latitude: 52.1, longitude: 5.1 },
  { country: 'US', city: 'Paris', latitude: 33.7, longitude: -95.6 },
  { country: 'ZZ', city: '', latitude: 0, longitude: 0 },
]
/** A third leaves each value out, and a 0 is one of them. */
const samples: readonly Sample[] = Array.from({ length: Math.max(900, BLOCKS) }, (_, n) => {
  const at = (n * 7919) % 104_729
  return {
    time: now - 3 * HOUR + ((at * 6_151) % (3 * HOUR)),
    stream: `live+${at % 2}`,
    node: `n${at % 3}`,
    type: at % 5 === 0 ? 'webrtc' : 'hls',
    viewers: at % 7 === 0 ? 0 : at % 997,
    ...cities[(at >> 3) % cities.length]!,
    quality: at % 3 === 0 ? null : (at % 101) + 0.125,
    buffer: at % 3 === 1 ? null : at % 11,
    bandwidth: at % 4 === 2 ? null : (at % 13) * 1_000_003,
  }
})

const nameIn: Readonly<Record<ViewersBy, (sample: Sample) => string>> = {
  STREAM: ({ stream }) => stream,
  COUNTRY: ({ country }) => country,
  EDGE_NODE: ({ node }) => node,
  CONNECTION_TYPE: ({ type }) => type,
  CITY: ({ city, country }) => `${city} ${country}`,
  PLACE: ({ city, latitude, longitude }) => city && `${latitude},${longitude}`,
}
const total = (values: readonly number[]) => values.reduce((a, b) => a + b, 0)

/** The definition (docs/viewers.md) over the raw rows, once more without SQL. */
const expected = (rows: readonly Sample[], within: (sample: Sample) => boolean) => {
  const minutes = Map.groupBy(rows, ({ stream, node, country, type, time }) =>
    JSON.stringify([stream, node, country, type, Math.floor(time / MINUTE)]),
  )
  const keyMinutes = [...minutes.values()].map((all) => ({ all, own: all.filter(within) }))
  const mean = (value: (sample: Sample) => number | null) => {
    const of = (weight: (sample: Sample) => number) =>
      total(
        keyMinutes.map(
          ({ all, own }) => total(own.filter((each) => value(each) !== null).map(weight)) / all.length,
        ),
      )
    const viewers = of((each) => each.viewers)
    return viewers > 0 ? expect.closeTo(of((each) => each.viewers * value(each)!) / viewers, 2) : null
  }
  const saying = rows.filter(({ bandwidth }) => bandwidth !== null)
  const known = new Set(saying.map(({ time }) => Math.floor(time / MINUTE))).size
  const bits = total(
    keyMinutes.map(({ all, own }) => {
      const count = all.filter(({ bandwidth }) => bandwidth !== null).length
      return count > 0 ? total(own.map(({ bandwidth }) => bandwidth ?? 0)) / count : 0
    }),
  )
  return {
    connectionQuality: mean(({ quality }) => quality),
    bufferHealth: mean(({ buffer }) => buffer),
    // Each key's minute is cut to a whole bit.
    bandwidthBps: saying.some(within) ? expect.closeTo(bits / known, -1) : null,
  }
}

const put = async (
  tenant: TenantId,
  blocks: readonly (readonly Sample[])[],
  tokens: readonly string[] = [],
) => {
  for (const [at, block] of blocks.entries())
    await storeSamples(
      store.clickHouse,
      block.map((sample) => ({ tenant, ...sample })),
      tokens[at],
    )
}
const roads: Readonly<Record<string, (tenant: TenantId) => Promise<void>>> = {
  'in one block': (tenant) => put(tenant, [samples]),
  'in many blocks': (tenant) => put(tenant, [...Map.groupBy(samples, (_, n) => n % BLOCKS).values()]),
  'backwards, some late': (tenant) => {
    const back = samples.toSorted((a, b) => b.time - a.time)
    return put(tenant, [back.filter((_, n) => n % 5 > 0), back.filter((_, n) => n % 5 === 0)])
  },
  'twice, with one token': (tenant) =>
    put(
      tenant,
      [samples.slice(0, 400), samples.slice(400), samples.slice(0, 400)],
      ['a', 'b', 'a'].map((each) => tenant + each),
    ),
}

test('quality of viewers is what the raw rows say, of all and of every group, however the rows came', async () => {
  const other = newTenant()
  await put(other, [samples.map((sample) => ({ ...sample, quality: 9_999, buffer: 9_999, bandwidth: 1e12 }))])
  const told: unknown[] = []
  for (const [road, send] of Object.entries(roads)) {
    const tenant = newTenant()
    await send(tenant)
    const answers = []
    for (const [by, nameOf] of Object.entries(nameIn) as [ViewersBy, (sample: Sample) => string][]) {
      const names = new Set(samples.map(nameOf))
      const keys = by === 'CITY' ? cities.map(({ city }) => city) : [...names]
      const found = (await ask(tenant, together, { by, keys })).get('')!
      answers.push({
        all: found.all,
        groups: found.groups.toSorted((a, b) => (a.key + a.countryCode < b.key + b.countryCode ? -1 : 1)),
      })
      expect(found.all, `${by} ${road}`).toEqual(expected(samples, () => true))
      const byName = new Map(
        found.groups.map(({ key, countryCode, ...own }) => [
          by === 'CITY' ? `${key} ${countryCode}` : key,
          own,
        ]),
      )
      expect(new Set(byName.keys())).toEqual(names)
      for (const [name, own] of byName)
        expect(own, `${by} ${name} ${road}`).toEqual(expected(samples, (each) => nameOf(each) === name))
      const parts = total(found.groups.map(({ bandwidthBps }) => bandwidthBps!))
      expect(Math.abs(parts - found.all.bandwidthBps!)).toBeLessThan(20)
    }
    told.push(answers)
  }
  for (const each of told) expect(each).toEqual(told[0])
})

test('each stream has its own, also one without samples, and only the asked groups are told', async () => {
  const tenant = newTenant()
  await put(tenant, [samples])
  const found = await ask(
    tenant,
    { internalNames: ['live+0', 'live+1', 'none'] },
    { by: 'COUNTRY', keys: ['NL'] },
  )
  for (const name of ['live+0', 'live+1']) {
    const own = samples.filter(({ stream }) => stream === name)
    expect(found.get(name)!.all).toEqual(expected(own, () => true))
    expect(found.get(name)!.groups).toEqual([
      { key: 'NL', countryCode: 'NL', ...expected(own, ({ country }) => country === 'NL') },
    ])
  }
  const nothing = { connectionQuality: null, bufferHealth: null, bandwidthBps: null }
  expect(found.get('none')).toEqual({ all: nothing, groups: [] })
})

const at = (tenant: TenantId, minute: number, viewers: number, more: Partial<TestSample> = {}) => ({
  tenant,
  time: now - HOUR + minute * MINUTE,
  stream: 's',
  viewers,
  ...more,
})

test('0 is a value and what is left out is none; nobody watching has no quality', async () => {
  const [zero, left, nobody] = [newTenant(), newTenant(), newTenant()]
  await storeSamples(store.clickHouse, [
    at(zero, 0, 10, { quality: 0, buffer: 0, bandwidth: 0 }),
    at(zero, 1, 10, { quality: 80 }),
    at(left, 0, 10),
    at(left, 1, 30, { quality: 80 }),
    at(nobody, 0, 0, { quality: 80, bandwidth: 5 }),
  ])
  expect((await ask(zero, together)).get('')!.all).toEqual({
    connectionQuality: 40,
    bufferHealth: 0,
    bandwidthBps: 0,
  })
  expect((await ask(left, together)).get('')!.all).toEqual({
    connectionQuality: 80,
    bufferHealth: null,
    bandwidthBps: null,
  })
  expect((await ask(nobody, together)).get('')!.all).toEqual({
    connectionQuality: null,
    bufferHealth: null,
    bandwidthBps: 5,
  })
})

test('a key that reports more often weighs no more', async () => {
  const tenant = newTenant()
  const often = Array.from({ length: 6 }, (_, n) => at(tenant, n / 6, 10, { node: 'often', quality: 100 }))
  await storeSamples(store.clickHouse, [...often, at(tenant, 0, 10, { node: 'seldom', quality: 50 })])
  expect((await ask(tenant, together)).get('')!.all.connectionQuality).toBe(75)
})

test('rows of a version before keep what they say, and their 0 counts as left out', async () => {
  const tenant = newTenant()
  const line = (viewers: number, ...values: number[]) =>
    Buffer.from(
      `${JSON.stringify([tenant, uuidv7(), dateTimeText(new Date(now - HOUR)), 's', 'n', 'hls', 'NL', '', 0, 0, viewers, ...values])}\n`,
    )
  const columns =
    'tenant_id event_id time internal_name node_id connection_type country_code city latitude longitude viewer_count connection_quality buffer_health bandwidth'
  const lines = [line(10, 97.3, 0, 0), line(10, 0, 0, 1e15), line(10, 0.29, 1.001, 0)]
  await store.clickHouse.insertRows('viewer_samples', columns.split(' '), lines, uuidv7())
  expect((await ask(tenant, together)).get('')!.all).toEqual({
    connectionQuality: 48.795,
    bufferHealth: 1.001,
    bandwidthBps: 1e15,
  })
})

test('quality that is not kept any more is refused', async () => {
  const range = { from: new Date(now - 120 * DAY), to: new Date(now) }
  await expect(ask(newTenant(), together, undefined, range)).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' })
})

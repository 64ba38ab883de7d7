import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { openSharedStore, type TestStore } from '../../../tests/testkit/clickhouse.ts'
import { numbers } from '../../../tests/testkit/stream-health.ts'
import { storeSamples, type TestSample } from '../../../tests/testkit/viewer-samples.ts'
import { trustTenantId, uuidv7, type TenantId } from '../../platform/ids.ts'
import { createViewerPeaksQueries } from './viewer-peaks.queries.ts'
import { createViewerSeriesQueries } from './viewer-series.queries.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const now = Math.floor(Date.now() / MINUTE) * MINUTE + 30_000
const clock = { now: () => now }

let store: TestStore
beforeAll(async () => void (store = await openSharedStore()))
afterAll(() => store.close())

const newTenant = (): TenantId => trustTenantId(uuidv7())
const names = Array.from({ length: 12 }, (_, n) => `s${n}`)

/** A report a minute or so of each key of each stream, over some hours that end now. */
const makeSamples = (tenant: TenantId, seed: number): TestSample[] => {
  const random = numbers(seed)
  return names.flatMap((stream) =>
    Array.from({ length: 150 }, () => ({
      tenant,
      stream,
      time: now - random(4 * HOUR),
      viewers: random(1_000),
      node: random(2) === 0 ? 'n1' : 'n2',
      country: random(2) === 0 ? 'NL' : 'DE',
    })),
  )
}

const minuteOf = (ms: number) => Math.floor(ms / MINUTE)

/** Highest audience of a minute from a time's minute on, without SQL (docs/viewers.md). */
const plainPeak = (samples: readonly TestSample[], sinceMs: number): number | null => {
  const own = samples.filter(({ time }) => minuteOf(time) >= minuteOf(sinceMs))
  const audiences = Array.from(Map.groupBy(own, ({ time }) => minuteOf(time)).values(), (rows) => {
    const keys = Map.groupBy(rows, ({ node, country }) => `${node} ${country}`)
    const means = Array.from(keys.values(), (list) =>
      Math.round((1_000 * list.reduce((sum, { viewers }) => sum + viewers, 0)) / list.length),
    )
    return means.reduce((a, b) => a + b, 0)
  })
  return audiences.length > 0 ? Math.round(Math.max(...audiences) / 1_000) : null
}

test.each([1, 2])(
  'the peak of each stream since a time of its own is that of its samples and of its series, by one statement (%i)',
  async (seed) => {
    const tenant = newTenant()
    const samples = makeSamples(tenant, seed)
    for (let part = 0; part < samples.length; part += 400)
      await storeSamples(store.clickHouse, samples.slice(part, part + 400))
    // Another tenant has more of the same names.
    await storeSamples(
      store.clickHouse,
      names.map((stream) => ({ tenant: newTenant(), stream, time: now - 1_000, viewers: 1_000_000 })),
    )
    const random = numbers(seed + 50)
    const since = new Map(
      [...names, 'never seen'].map(
        (name) => [name, new Date(now - Math.floor(random(4 * HOUR) / 7))] as const,
      ),
    )
    const queries = createViewerPeaksQueries({ clickHouse: store.clickHouse, clock })
    const spy = vi.spyOn(store.clickHouse, 'query')
    const peaks = await queries.viewerPeaks(tenant, since)
    expect(spy.mock.calls.length).toBe(1)
    spy.mockRestore()
    const series = createViewerSeriesQueries({ clickHouse: store.clickHouse, clock })
    for (const [name, time] of since) {
      const own = samples.filter(({ stream }) => stream === name)
      expect([name, peaks.get(name)]).toEqual([name, plainPeak(own, time.getTime())])
      const range = { from: time, to: new Date(now + MINUTE) }
      const asked = await series.viewerSeries(tenant, {
        internalNames: [name],
        range,
        stepMs: MINUTE,
        zone: 'UTC',
      })
      expect([name, peaks.get(name)]).toEqual([name, asked.get(name)!.peak])
    }
    expect(peaks.get('never seen')).toBeNull()
  },
)

test('a start that is longer ago than anything is kept, or ahead of our clock, is no error', async () => {
  const tenant = newTenant()
  await storeSamples(store.clickHouse, [
    { tenant, stream: 'old', time: now - 80 * DAY, viewers: 7 },
    { tenant, stream: 'ahead', time: now + 4 * MINUTE, viewers: 3 },
    { tenant, stream: 'ahead', time: now, viewers: 30 },
  ])
  const queries = createViewerPeaksQueries({ clickHouse: store.clickHouse, clock })
  const ask = new Map([
    ['old', new Date(now - 2_000 * DAY)],
    ['ahead', new Date(now + 4 * MINUTE)],
  ])
  expect(await queries.viewerPeaks(tenant, ask)).toEqual(
    new Map([
      ['old', 7],
      ['ahead', 3],
    ]),
  )
  for (const [name, time] of ask)
    expect((await queries.viewerPeaks(tenant, new Map([[name, time]]))).get(name)).toBeGreaterThan(0)
  expect(await queries.viewerPeaks(tenant, new Map())).toEqual(new Map())
})

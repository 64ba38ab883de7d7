import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openSharedStore, type TestStore } from '../../../tests/testkit/clickhouse.ts'
import { byInstants, pointOf } from '../../../tests/testkit/viewer-definition.ts'
import { storeSamples, type TestSample } from '../../../tests/testkit/viewer-samples.ts'
import { trustTenantId, uuidv7 } from '../../platform/ids.ts'
import { offsetPeriods } from '../../platform/time-zone.ts'
import { createViewerSeriesQueries } from './viewer-series.queries.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

let store: TestStore
beforeAll(async () => void (store = await openSharedStore()))
afterAll(() => store.close())

test('a viewer series of the days of a zone, 25 and 23 hours too, is what its hours say', async () => {
  const tenant = trustTenantId(uuidv7())
  const zone = 'Europe/Amsterdam'
  // The next change of clocks: rows of the past are removed when they are old.
  const change = offsetPeriods(zone, Date.now(), Date.now() + 366 * 24 * HOUR)[0]!.toMs
  const samples = Array.from({ length: 1_000 }, (_, index) => ({
    tenant,
    stream: 's',
    time: change + (index - 500) * 5 * MINUTE,
    viewers: index % 97,
  }))
  await storeSamples(store.clickHouse, samples)
  const later = createViewerSeriesQueries({
    clickHouse: store.clickHouse,
    clock: { now: () => change + 3 * 24 * HOUR },
  })
  const range = { from: new Date(change - 24 * HOUR), to: new Date(change + 24 * HOUR) }
  const [days, hours] = await Promise.all(
    [24 * HOUR, HOUR].map(async (stepMs) => {
      const ask = { internalNames: ['s'], range, stepMs, zone }
      return (await later.viewerSeries(tenant, ask)).get('s')!
    }),
  )
  expect(days!.points).toHaveLength(3)
  days!.points.forEach(({ time, peak, viewerMinutes, minutes, samples: rows }, index) => {
    const end = days!.points[index + 1]?.time ?? days!.to
    const own = samples.filter((sample) => sample.time >= time.getTime() && sample.time < end.getTime())
    const sum = own.reduce((total, { viewers }) => total + viewers, 0)
    const most = Math.max(...own.map(({ viewers }) => viewers))
    expect({ peak, viewerMinutes, minutes, rows }).toEqual({
      peak: most,
      viewerMinutes: sum,
      minutes: own.length,
      rows: own.length,
    })
  })
  expect((days!.points[2]!.time.getTime() - days!.points[1]!.time.getTime()) / HOUR).not.toBe(24)
  const inDay = hours!.points.filter(
    ({ time }) => time >= days!.points[1]!.time && time < days!.points[2]!.time,
  )
  expect(inDay.length === 23 || inDay.length === 25).toBe(true)
})

describe('below a minute, where the buckets of a zone begin at no whole step of UTC', () => {
  const zone = 'Europe/Amsterdam'
  const change = offsetPeriods(zone, Date.now(), Date.now() + 366 * 24 * HOUR)[0]!.toMs
  const noon = Math.floor(Date.now() / HOUR) * HOUR

  test.each([
    ['now', noon, noon],
    ['around a change of clocks', change, change + HOUR],
    ['while its last bucket still runs', noon, noon + 5 * MINUTE + 7_000],
  ])('a viewer series is what the definition says, %s', async (_name, middle, nowMs) => {
    const tenant = trustTenantId(uuidv7())
    // From a minute before the range to its end, no two of a key at one time; a pause makes them too old.
    const samples: TestSample[] = Array.from({ length: 260 }, (_, index) => ({
      tenant,
      stream: 's',
      node: `n${index % 3}`,
      time: middle - 11 * MINUTE + index * 5_000 + (index % 4) * 700 + (index > 100 ? 90_000 : 0),
      viewers: 1_000 + index,
    })).filter(({ time }) => time <= nowMs)
    await storeSamples(store.clickHouse, samples)
    const { viewerSeries } = createViewerSeriesQueries({
      clickHouse: store.clickHouse,
      clock: { now: () => nowMs },
    })
    const range = { from: new Date(middle - 10 * MINUTE), to: new Date(middle + 10 * MINUTE) }
    for (const stepMs of [54_000, 27_000, 48_000, 16_000, 30_000]) {
      const found = await viewerSeries(tenant, { internalNames: ['s'], range, stepMs, zone })
      const { points } = found.get('s')!
      const starts = points.map(({ time }) => time)
      const expected = byInstants(samples, stepMs, starts, nowMs)
      expect(expected.size).toBeGreaterThan(5)
      expect({ stepMs, points }).toEqual({
        stepMs,
        points: starts.map((time) => pointOf(time, expected.get(time.getTime()), stepMs)),
      })
    }
  })
})

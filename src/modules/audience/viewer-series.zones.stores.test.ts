import { afterAll, beforeAll, expect, test } from 'vitest'
import { openSharedStore, type TestStore } from '../../../tests/testkit/clickhouse.ts'
import { storeSamples } from '../../../tests/testkit/viewer-samples.ts'
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

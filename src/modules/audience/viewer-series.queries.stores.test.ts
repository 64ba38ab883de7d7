import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ClickHouse } from '../../platform/clickhouse/client.ts'
import { defineQuery, whole } from '../../platform/clickhouse/query.ts'
import { p, sql } from '../../platform/clickhouse/sql.ts'
import { openSharedStore } from '../../../tests/testkit/clickhouse.ts'
import { trustTenantId, uuidv7, type TenantId } from '../../platform/ids.ts'
import { z } from 'zod'
import { blocksOf } from '../../../tests/testkit/storing.ts'
import { storeSamples, type TestSample } from '../../../tests/testkit/viewer-samples.ts'
import { byInstants, byMinutes, pointOf } from '../../../tests/testkit/viewer-definition.ts'
import { linesOf } from '../../../tests/testkit/facts.ts'
import type { Line } from '../../ingest/dataset.ts'
import { viewerSamples } from './viewer-samples.dataset.ts'
import type { ViewerRange } from './viewer-subjects.queries.ts'
import { createViewerQueries } from './viewers.queries.ts'
import { createViewerBreakdownQueries, type ViewerBreakdownQueries } from './viewer-breakdown.queries.ts'
import { createViewerSeriesQueries, type ViewerSeriesQueries } from './viewer-series.queries.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const now = Math.floor(Date.now() / HOUR) * HOUR
const newTenant = () => trustTenantId(uuidv7())

/** mulberry32: the same numbers for the same seed, so that a failure can be run again. */
const generator = (seed: number) => {
  let state = seed
  return (below: number): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below)
  }
}

let store: Awaited<ReturnType<typeof openSharedStore>>
let clickHouse: ClickHouse
let queries: ViewerSeriesQueries
let breakdown: ViewerBreakdownQueries
beforeAll(async () => {
  store = await openSharedStore()
  ;({ clickHouse } = store)
  queries = createViewerSeriesQueries({ clickHouse, clock: { now: () => now } })
  breakdown = createViewerBreakdownQueries({ clickHouse, clock: { now: () => now } })
})
afterAll(() => store.close())

const countriesOf = (tenant: TenantId, ask: ViewerRange) =>
  breakdown.viewerGroups(tenant, { ...ask, by: 'COUNTRY', first: 676 })

const samplesOf = (seed: number, tenant: TenantId, stream: string): TestSample[] => {
  const random = generator(seed)
  return Array.from({ length: 3000 }, () => ({
    tenant,
    stream,
    time: now - 3 * HOUR + random(3 * HOUR),
    // A tenth say 0: sumMap drops those minutes, which must not make them unmeasured.
    viewers: random(10) === 0 ? 0 : random(1000),
    node: `n${random(5)}`,
    country: ['DE', 'FR', 'US', 'ZZ'][random(4)]!,
    type: ['hls', 'webrtc'][random(2)]!,
  }))
}

/** With `VIEWER_BLOCKS=1000` the samples of a series come in about so many inserts. */
const BLOCKS = blocksOf('VIEWER_BLOCKS', 14)
const storeInRandomBlocks = async (samples: readonly TestSample[], seed: number) => {
  const random = generator(seed)
  for (let at = 0; at < samples.length;) {
    const size = 1 + random((2 * samples.length) / BLOCKS)
    await storeSamples(clickHouse, samples.slice(at, at + size))
    at += size
  }
}

describe('a viewer series', () => {
  const range = { from: new Date(now - 3 * HOUR), to: new Date(now) }

  test.each([1, 2, 3])(
    'is what the definition says, from raw rows and from the rollup, however rows were cut into blocks (seed %i)',
    async (seed) => {
      const tenant = newTenant()
      const names = ['live+a', 'live+b']
      const samples = names.map((name, index) => samplesOf(seed * 10 + index, tenant, name))
      await storeInRandomBlocks(
        samples.flat().toSorted((a, b) => a.viewers - b.viewers),
        seed,
      )
      // Those below 5 min come from raw rows, the others from the rollup.
      for (const stepMs of [10_000, MINUTE, 2 * MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR]) {
        const series = await queries.viewerSeries(tenant, {
          internalNames: names,
          range,
          stepMs,
          zone: 'UTC',
        })
        for (const [index, name] of names.entries()) {
          const { points, samples: total } = series.get(name)!
          const starts = points.map(({ time }) => time)
          const expected =
            stepMs < MINUTE
              ? byInstants(samples[index]!, stepMs, starts, now)
              : byMinutes(samples[index]!, stepMs)
          expect(points).toHaveLength((3 * HOUR) / stepMs)
          expect(total).toBe(3000)
          for (const point of points)
            expect({ ...point, step: stepMs }).toEqual({
              step: stepMs,
              ...pointOf(point.time, expected.get(point.time.getTime()), stepMs),
            })
        }
      }
      // Minutes are the slots of every step from a minute up, so the whole has one average whichever table
      // told it.
      const fine = await queries.viewerSeries(tenant, {
        internalNames: names,
        range,
        stepMs: MINUTE,
        zone: 'UTC',
      })
      const coarse = await queries.viewerSeries(tenant, {
        internalNames: names,
        range,
        stepMs: HOUR,
        zone: 'UTC',
      })
      for (const name of names) {
        const { average, peak, samples, minutes, viewerMinutes } = fine.get(name)!
        expect(coarse.get(name)).toMatchObject({ average, peak, samples, minutes, viewerMinutes })
      }
      const countries = [MINUTE, HOUR].map((stepMs) =>
        countriesOf(tenant, { internalNames: names, range, stepMs, zone: 'UTC' }),
      )
      const [fromRaw, fromRollup] = await Promise.all(countries)
      expect(fromRollup).toEqual(fromRaw)
      for (const name of names) {
        const list = fromRaw!.get(name)!
        expect(list.reduce((total, { average }) => total + average, 0)).toBeCloseTo(
          fine.get(name)!.average!,
          6,
        )
        expect(list.reduce((total, { viewerMinutes }) => total + viewerMinutes, 0)).toBeCloseTo(
          fine.get(name)!.viewerMinutes,
          6,
        )
        expect(list.reduce((total, { samples }) => total + samples, 0)).toBe(3000)
      }
    },
  )

  test('counts an insert once when its token comes again, in raw rows and in the rollup', async () => {
    const tenant = newTenant()
    const samples = samplesOf(77, tenant, 'twice').slice(0, 200)
    await storeSamples(clickHouse, samples, 'batch-77')
    // Other batches go between the two, as they do when a writer dies before it acknowledges.
    await storeSamples(clickHouse, samplesOf(78, tenant, 'other').slice(0, 200), 'batch-78')
    await storeSamples(clickHouse, samples, 'batch-77')
    for (const stepMs of [MINUTE, HOUR]) {
      const series = await queries.viewerSeries(tenant, {
        internalNames: ['twice'],
        range,
        stepMs,
        zone: 'UTC',
      })
      expect(series.get('twice')!.samples).toBe(200)
    }
    const rollup = await clickHouse.query(
      defineQuery({
        name: 'test.rollup',
        tenant,
        sql: sql`SELECT sum(samples) AS samples FROM viewer_samples_5m WHERE tenant_id = ${p.tenant(tenant)}`,
        row: z.object({ samples: whole }),
      }),
    )
    expect(rollup).toEqual([{ samples: 400 }])
  })

  test('counts a repeated insert once also when its rows lie in several months and belong to several tenants', async () => {
    const [tenant, other] = [newTenant(), newTenant()]
    const days = [0, 35, 70].map((day) => now - HOUR - day * 24 * HOUR)
    const samples = days.flatMap((time) =>
      [tenant, other].map((owner) => ({ tenant: owner, time, stream: 's', viewers: 5 })),
    )
    for (let round = 0; round < 3; round += 1) await storeSamples(clickHouse, samples, 'several-months')
    const long = { from: new Date(now - 80 * 24 * HOUR), to: new Date(now) }
    for (const owner of [tenant, other]) {
      const ask = { internalNames: ['s'], range: long, stepMs: 24 * HOUR, zone: 'UTC' }
      expect((await queries.viewerSeries(owner, ask)).get('s')!.samples).toBe(3)
      const day = { from: new Date(days[2]!), to: new Date(days[2]! + 1) }
      const raw = await queries.viewerSeries(owner, { ...ask, range: day, stepMs: MINUTE, zone: 'UTC' })
      expect(raw.get('s')!.samples).toBe(1)
    }
  })

  test('keeps two inserts with equal rows and different tokens', async () => {
    const tenant = newTenant()
    const samples = samplesOf(5, tenant, 'equal').slice(0, 10)
    await storeSamples(clickHouse, samples, 'equal-1')
    await storeSamples(clickHouse, samples, 'equal-2')
    const series = await queries.viewerSeries(tenant, {
      internalNames: ['equal'],
      range,
      stepMs: HOUR,
      zone: 'UTC',
    })
    expect(series.get('equal')!.samples).toBe(20)
  })

  test('answers whole buckets for a range that cuts them, and says which', async () => {
    const tenant = newTenant()
    const at = (offset: number, viewers: number) => ({ tenant, stream: 's', time: now + offset, viewers })
    await storeSamples(clickHouse, [
      at(-2 * HOUR - 1, 1000),
      at(-2 * HOUR, 10),
      at(-HOUR, 20),
      at(-1, 30),
      at(0, 1000),
    ])
    const cut = { from: new Date(now - 2 * HOUR + 7 * MINUTE), to: new Date(now - 13 * MINUTE) }
    const series = (
      await queries.viewerSeries(tenant, { internalNames: ['s'], range: cut, stepMs: HOUR, zone: 'UTC' })
    ).get('s')!
    const point = (offset: number, average: number, peak: number, minutes: number) => {
      const viewerMinutes = average * minutes
      return { time: new Date(now - offset), average, peak, minutes, viewerMinutes, samples: minutes }
    }
    expect(series).toEqual({
      from: new Date(now - 2 * HOUR),
      to: new Date(now),
      stepMs: HOUR,
      zone: 'UTC',
      average: 20,
      peak: 30,
      minutes: 3,
      viewerMinutes: 60,
      samples: 3,
      points: [point(2 * HOUR, 10, 10, 1), point(HOUR, 25, 30, 2)],
    })
    const raw = (
      await queries.viewerSeries(tenant, { internalNames: ['s'], range: cut, stepMs: MINUTE, zone: 'UTC' })
    ).get('s')!
    expect(raw.samples).toBe(1)
  })

  test('below a minute ends with what viewers now says, while its last bucket still runs, and tells no future', async () => {
    const tenant = newTenant()
    const at = now + 20_000
    const clock = { now: () => at }
    const sample = (secondsAgo: number, node: string, viewers: number) => ({
      tenant,
      stream: 's',
      node,
      viewers,
      time: at - secondsAgo * 1000,
    })
    // n1 would be too old at the end of the bucket, n2 is too old now.
    await storeSamples(clickHouse, [sample(59.999, 'n1', 7), sample(60, 'n2', 500), sample(5, 'n3', 3)])
    const viewersNow = await createViewerQueries({ clickHouse, clock }).viewersNowByStream(tenant, ['s'])
    const running = createViewerSeriesQueries({ clickHouse, clock })
    const ask = { internalNames: ['s'], range: { from: new Date(now), to: new Date(now + 2 * MINUTE) } }
    const { points } = (await running.viewerSeries(tenant, { ...ask, stepMs: 30_000, zone: 'UTC' })).get('s')!
    expect(viewersNow.get('s')).toBe(10)
    expect(points.map(({ average }) => average)).toEqual([10, null, null, null])
  })

  test('adds up counts of any size: no number of samples turns its sums into an error', async () => {
    const tenant = newTenant()
    const [known] = linesOf(viewerSamples, tenant, [{ time: now, internal_name: 's', viewer_count: 0 }])
    const item = viewerSamples.toRow(JSON.parse(known!.toString()) as Line)
    // More than ingest takes today: what versions before took is still there. An hour adds up to 2.6 * 10^16.
    const most = 2 ** 32 - 1
    const lines = Array.from({ length: 6_000 }, (_, index) => {
      const time = now - HOUR + Math.floor(index / 100) * MINUTE
      const sample = { ...item, time, viewer_count: most, node_id: `n${index % 100}` }
      return Buffer.from(`${viewerSamples.toLine(tenant, sample, uuidv7())}\n`)
    })
    await clickHouse.insertRows(viewerSamples.name, viewerSamples.columns, lines, uuidv7())
    for (const stepMs of [10_000, MINUTE, HOUR]) {
      const ask = {
        internalNames: ['s'],
        range: { from: new Date(now - HOUR), to: new Date(now) },
        stepMs,
        zone: 'UTC',
      }
      const whole = (await queries.viewerSeries(tenant, ask)).get('s')!
      expect(whole).toMatchObject({ peak: 100 * most, minutes: expect.closeTo(60, 6) })
      expect(whole.average! / (100 * most)).toBeCloseTo(1, 9)
      expect(whole.viewerMinutes / (6_000 * most)).toBeCloseTo(1, 9)
      const countries = (await countriesOf(tenant, ask)).get('s')!
      expect(countries).toMatchObject([{ countryCode: 'ZZ', peak: 100 * most, samples: 6_000 }])
    }
  })

  test('has no measurement for a stream without samples, for a stream of another tenant, and for a name that is SQL', async () => {
    const [tenant, other] = [newTenant(), newTenant()]
    await storeSamples(clickHouse, [{ tenant: other, stream: 'theirs', time: now - HOUR, viewers: 5 }])
    const names = [
      'nobody',
      'theirs',
      "x') OR 1=1 --",
      "'; DROP TABLE viewer_samples; --",
      '\\',
      '{p1:String}',
      '\t\n\0',
    ]
    for (const stepMs of [MINUTE, HOUR]) {
      const ask = { internalNames: names, range, stepMs, zone: 'UTC' }
      const series = await queries.viewerSeries(tenant, ask)
      expect([...series.keys()]).toEqual(names)
      const measured = Array.from(series.values(), ({ samples, average, peak }) => [samples, average, peak])
      expect(measured).toEqual(names.map(() => [0, null, null]))
      const countries = await countriesOf(tenant, ask)
      expect([...countries.values()]).toEqual(names.map(() => []))
    }
  })

  test('finds a stream whose name has every awkward character', async () => {
    const tenant = newTenant()
    const name = `a'b"c\\d\\te\\nf%g_h{p1:String}ü漢🛰; --`
    await storeSamples(clickHouse, [{ tenant, stream: name, time: now - HOUR, viewers: 5 }])
    const series = await queries.viewerSeries(tenant, {
      internalNames: [name],
      range,
      stepMs: HOUR,
      zone: 'UTC',
    })
    expect(series.get(name)!.peak).toBe(5)
  })

  test('refuses what is no longer kept, in raw rows and in the rollup, and says since when there is data', async () => {
    const day = 24 * HOUR
    const ask = (daysAgo: number, stepMs: number) => {
      const range = { from: new Date(now - daysAgo * day), to: new Date(now - daysAgo * day + HOUR) }
      return { internalNames: ['s'], range, stepMs, zone: 'UTC' }
    }
    const kept = (days: number) => new RegExp(new Date(now - days * day).toISOString())
    for (const read of [queries.viewerSeries, countriesOf]) {
      await expect(read(newTenant(), ask(91, MINUTE))).rejects.toMatchObject({
        code: 'LIMIT_EXCEEDED',
        message: expect.stringMatching(kept(90)),
      })
      await expect(read(newTenant(), ask(91, 5 * MINUTE))).resolves.toBeDefined()
      await expect(read(newTenant(), ask(181, 5 * MINUTE))).rejects.toMatchObject({
        code: 'LIMIT_EXCEEDED',
        message: expect.stringMatching(kept(180)),
      })
    }
  })
})

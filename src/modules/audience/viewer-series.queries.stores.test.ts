import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ClickHouse } from '../../platform/clickhouse/client.ts'
import { defineQuery, whole } from '../../platform/clickhouse/query.ts'
import { p, sql } from '../../platform/clickhouse/sql.ts'
import { openSharedStore } from '../../../tests/testkit/clickhouse.ts'
import { trustTenantId, uuidv7, type TenantId } from '../../platform/ids.ts'
import { z } from 'zod'
import { storeSamples, type TestSample } from '../../../tests/testkit/viewer-samples.ts'
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

/** The definition, written down once more without SQL. */
const reference = (samples: readonly TestSample[], stepMs: number) => {
  const slotMs = Math.min(stepMs, MINUTE)
  const slots = new Map<number, Map<string, number[]>>()
  for (const { time, node, country, type, viewers } of samples) {
    const slot = Math.floor(time / slotMs) * slotMs
    const keys = slots.get(slot) ?? new Map<string, number[]>()
    slots.set(slot, keys)
    const key = `${node}|${country}|${type}`
    keys.set(key, [...(keys.get(key) ?? []), viewers])
  }
  const buckets = new Map<number, { audiences: number[]; peak: number; samples: number }>()
  for (const [slot, keys] of slots) {
    const start = Math.floor(slot / stepMs) * stepMs
    const bucket = buckets.get(start) ?? { audiences: [], peak: 0, samples: 0 }
    buckets.set(start, bucket)
    const values = [...keys.values()]
    const audience = values.reduce(
      (total, list) => total + Math.round((1000 * list.reduce((a, b) => a + b, 0)) / list.length),
      0,
    )
    bucket.audiences.push(audience)
    bucket.peak = Math.max(
      bucket.peak,
      values.reduce((total, list) => total + Math.max(...list), 0),
    )
    bucket.samples += values.reduce((total, list) => total + list.length, 0)
  }
  return buckets
}

let store: Awaited<ReturnType<typeof openSharedStore>>
let clickHouse: ClickHouse
let queries: ViewerSeriesQueries
/** The same questions, with the table chosen by hand. */
beforeAll(async () => {
  store = await openSharedStore()
  ;({ clickHouse } = store)
  queries = createViewerSeriesQueries({ clickHouse, clock: { now: () => now } })
})
afterAll(() => store.close())

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

const storeInRandomBlocks = async (samples: readonly TestSample[], seed: number) => {
  const random = generator(seed)
  for (let at = 0; at < samples.length;) {
    const size = 1 + random(900)
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
      // 10 s and 1 min come from raw rows, the others from the rollup.
      for (const stepMs of [10_000, MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR]) {
        const series = await queries.viewerSeries(tenant, { internalNames: names, range, stepMs })
        for (const [index, name] of names.entries()) {
          const expected = reference(samples[index]!, stepMs)
          const { points, samples: total } = series.get(name)!
          expect(points).toHaveLength((3 * HOUR) / stepMs)
          expect(total).toBe(3000)
          for (const point of points) {
            const bucket = expected.get(point.time.getTime())
            const sum = bucket?.audiences.reduce((a, b) => a + b, 0) ?? 0
            expect({ ...point, step: stepMs }).toEqual({
              step: stepMs,
              time: point.time,
              average: bucket ? sum / bucket.audiences.length / 1000 : null,
              peak: bucket?.peak ?? null,
              samples: bucket?.samples ?? 0,
            })
          }
        }
      }
      // Minutes are the slots of every step from a minute up, so the whole has one average whichever table
      // told it.
      const fine = await queries.viewerSeries(tenant, { internalNames: names, range, stepMs: MINUTE })
      const coarse = await queries.viewerSeries(tenant, { internalNames: names, range, stepMs: HOUR })
      for (const name of names) {
        const { average, peak, samples } = fine.get(name)!
        expect(coarse.get(name)).toMatchObject({ average, peak, samples })
      }
      const countries = [MINUTE, HOUR].map((stepMs) =>
        queries.viewerCountries(tenant, { internalNames: names, range, stepMs }),
      )
      const [fromRaw, fromRollup] = await Promise.all(countries)
      expect(fromRollup).toEqual(fromRaw)
      for (const name of names) {
        const list = fromRaw!.get(name)!
        expect(list.reduce((total, { average }) => total + average, 0)).toBeCloseTo(
          fine.get(name)!.average!,
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
      const series = await queries.viewerSeries(tenant, { internalNames: ['twice'], range, stepMs })
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
      const ask = { internalNames: ['s'], range: long, stepMs: 24 * HOUR }
      expect((await queries.viewerSeries(owner, ask)).get('s')!.samples).toBe(3)
      const day = { from: new Date(days[2]!), to: new Date(days[2]! + 1) }
      const raw = await queries.viewerSeries(owner, { ...ask, range: day, stepMs: MINUTE })
      expect(raw.get('s')!.samples).toBe(1)
    }
  })

  test('keeps two inserts with equal rows and different tokens', async () => {
    const tenant = newTenant()
    const samples = samplesOf(5, tenant, 'equal').slice(0, 10)
    await storeSamples(clickHouse, samples, 'equal-1')
    await storeSamples(clickHouse, samples, 'equal-2')
    const series = await queries.viewerSeries(tenant, { internalNames: ['equal'], range, stepMs: HOUR })
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
      await queries.viewerSeries(tenant, { internalNames: ['s'], range: cut, stepMs: HOUR })
    ).get('s')!
    expect(series).toEqual({
      from: new Date(now - 2 * HOUR),
      to: new Date(now),
      stepMs: HOUR,
      average: 20,
      peak: 30,
      samples: 3,
      points: [
        { time: new Date(now - 2 * HOUR), average: 10, peak: 10, samples: 1 },
        { time: new Date(now - HOUR), average: 25, peak: 30, samples: 2 },
      ],
    })
    const raw = (
      await queries.viewerSeries(tenant, { internalNames: ['s'], range: cut, stepMs: MINUTE })
    ).get('s')!
    expect(raw.samples).toBe(1)
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
      const ask = { internalNames: names, range, stepMs }
      const series = await queries.viewerSeries(tenant, ask)
      expect([...series.keys()]).toEqual(names)
      const measured = Array.from(series.values(), ({ samples, average, peak }) => [samples, average, peak])
      expect(measured).toEqual(names.map(() => [0, null, null]))
      const countries = await queries.viewerCountries(tenant, ask)
      expect([...countries.values()]).toEqual(names.map(() => []))
    }
  })

  test('finds a stream whose name has every awkward character', async () => {
    const tenant = newTenant()
    const name = `a'b"c\\d\te\nf%g_h{p1:String}ü漢🛰; --`
    await storeSamples(clickHouse, [{ tenant, stream: name, time: now - HOUR, viewers: 5 }])
    const series = await queries.viewerSeries(tenant, { internalNames: [name], range, stepMs: HOUR })
    expect(series.get(name)!.peak).toBe(5)
  })

  test('refuses what is no longer kept, in raw rows and in the rollup, and says since when there is data', async () => {
    const day = 24 * HOUR
    const ask = (daysAgo: number, stepMs: number) => {
      const range = { from: new Date(now - daysAgo * day), to: new Date(now - daysAgo * day + HOUR) }
      return { internalNames: ['s'], range, stepMs }
    }
    const kept = (days: number) => new RegExp(new Date(now - days * day).toISOString())
    for (const read of [queries.viewerSeries, queries.viewerCountries]) {
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

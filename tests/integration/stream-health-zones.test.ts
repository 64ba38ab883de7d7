import { afterAll, beforeAll, expect, test } from 'vitest'
import { openSharedStore, type TestStore } from '../testkit/clickhouse.ts'
import { storeItems } from '../testkit/facts.ts'
import { waysInBrief, waysToStore } from '../testkit/storing.ts'
import { cutsFor, expectSeries, nextChanges } from '../testkit/zones.ts'
import { trustTenantId, uuidv7, type TenantId } from '../../src/platform/ids.ts'
import { createStreamHealthSeriesQueries } from '../../src/modules/streaming/stream-health-series.queries.ts'
import { makeSamples, numbers, plainHealth, type HealthSample as Sample } from '../testkit/stream-health.ts'
import { streamHealthSamples } from '../../src/modules/streaming/stream-health.dataset.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
/** With `HEALTH_BLOCKS=1000` each way of storing in parts makes so many inserts. */
const BLOCKS = Number(process.env['HEALTH_BLOCKS'] ?? 10)
const SAMPLES = Math.max(600, BLOCKS)
const TIMEOUT_MS = 60_000 + BLOCKS * 300

let store: TestStore
beforeAll(async () => void (store = await openSharedStore()))
afterAll(() => store.close())

const storeSamples = (tenant: TenantId, samples: readonly Sample[], token?: string) =>
  storeItems(store.clickHouse, streamHealthSamples, tenant, samples, token)
const ways = (BLOCKS > 25 ? waysToStore : waysInBrief)(storeSamples, BLOCKS)

// The second zone, and all cuts of all ways, by hand with more blocks: the seconds of CI are few.
const full = BLOCKS > 25
const zones = ['Europe/Amsterdam', ...(full ? ['America/New_York'] : [])]
const steps = [MINUTE, 5 * MINUTE, HOUR, 6 * HOUR, DAY]
/** Read from the samples and the five minutes. */
const perTable = [MINUTE, 5 * MINUTE]
let compared = 0

test.each(
  zones.flatMap((zone) =>
    nextChanges(zone).flatMap((change) => Object.keys(ways).map((way) => [zone, change, way] as const)),
  ),
)(
  'around a change of clocks in %s (%i), stored %s: each bucket and the whole as computed from the samples',
  async (zone, change, way) => {
    const tenant = trustTenantId(uuidv7())
    const samples = makeSamples(numbers(change % 1_000_003), SAMPLES, { from: change - 2 * DAY, ms: 4 * DAY })
    await ways[way]!(tenant, samples)
    const clock = { now: () => change + 3 * DAY }
    const queries = createStreamHealthSeriesQueries({ clickHouse: store.clickHouse, clock })
    for (const [cutIn, stepMs] of cutsFor(way, zone, { steps, perTable, full })) {
      // Minutes of four days are more points than a series has.
      const few = stepMs === MINUTE || (!full && cutIn !== zone && stepMs === 5 * MINUTE)
      const reach = few ? 6 * HOUR : 2 * DAY
      const range = { from: new Date(change - reach), to: new Date(change + reach) }
      const internalNames = ['main', 'second', 'unknown']
      const all = await queries.healthSeries(tenant, { internalNames, range, stepMs, zone: cutIn })
      expect([...all.keys()]).toEqual(internalNames)
      for (const [name, { stepMs: _step, zone: _zone, ...told }] of all) {
        const own = samples.filter(({ internal_name }) => internal_name === name)
        const within = (start: number, end: number) =>
          plainHealth(own.filter(({ time }) => time >= start && time < end))
        expectSeries(told, within, { changes: cutIn === zone, stepMs })
        compared += 1
      }
    }
  },
  TIMEOUT_MS,
)

test('all series were compared, of 2 changes and 3 names for each zone: 3 zones to cut in and 5 steps of one block, 2 tables of each other way', () => {
  const others = Object.keys(ways).length - 1
  expect(compared).toBe(2 * (3 * 5 + others * (full ? 3 * 5 : 2)) * 3 * zones.length)
})

test('another tenant moves no number, and a range that is not kept is refused', async () => {
  const [tenant, other] = [trustTenantId(uuidv7()), trustTenantId(uuidv7())]
  const now = Date.now()
  await storeSamples(other, makeSamples(numbers(1), 100, { from: now - HOUR, ms: HOUR }))
  const queries = createStreamHealthSeriesQueries({ clickHouse: store.clickHouse, clock: { now: () => now } })
  const ask = { internalNames: ['main'], stepMs: MINUTE, zone: 'UTC' }
  const range = { from: new Date(now - HOUR), to: new Date(now) }
  for (const stepMs of [MINUTE, 5 * MINUTE])
    expect((await queries.healthSeries(tenant, { ...ask, stepMs, range })).get('main')).toMatchObject({
      samples: 0,
      healthScore: null,
    })
  const old = { from: new Date(now - 31 * DAY), to: new Date(now - 30 * DAY) }
  await expect(queries.healthSeries(tenant, { ...ask, range: old })).rejects.toMatchObject({
    code: 'LIMIT_EXCEEDED',
    message: expect.stringContaining('With a step of PT5M'),
  })
  await expect(queries.healthSeries(tenant, { ...ask, stepMs: HOUR, range: old })).resolves.toBeDefined()
})

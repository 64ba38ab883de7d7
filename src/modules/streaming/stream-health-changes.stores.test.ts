import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openSharedStore, type TestStore } from '../../../tests/testkit/clickhouse.ts'
import { storeItems } from '../../../tests/testkit/facts.ts'
import { waysToStore } from '../../../tests/testkit/storing.ts'
import { makeSamples, numbers, type HealthSample } from '../../../tests/testkit/stream-health.ts'
import { trustTenantId, uuidv7, type TenantId } from '../../platform/ids.ts'
import { createStreamHealthChangesQueries, type BufferInterval } from './stream-health-changes.queries.ts'
import { streamHealthSamples, type BufferState } from './stream-health.dataset.ts'
import { createQualityChangeQueries, type QualityChange } from './stream-quality.queries.ts'

const HOUR = 3_600_000
const now = Math.floor(Date.now() / HOUR) * HOUR
const range = { from: new Date(now - 6 * HOUR), to: new Date(now) }

let store: TestStore
const queriesOf = (deps: Parameters<typeof createQualityChangeQueries>[0]) => ({
  ...createStreamHealthChangesQueries(deps),
  ...createQualityChangeQueries(deps),
})
let queries: ReturnType<typeof queriesOf>
beforeAll(async () => {
  store = await openSharedStore()
  queries = queriesOf({ clickHouse: store.clickHouse, clock: { now: () => now } })
})
afterAll(() => store.close())

const newTenant = (): TenantId => trustTenantId(uuidv7())
const storeSamples = (tenant: TenantId, samples: readonly HealthSample[], token?: string) =>
  storeItems(store.clickHouse, streamHealthSamples, tenant, samples, token)

const byNode = (samples: readonly HealthSample[]) =>
  [...Map.groupBy(samples, ({ node_id }) => node_id)].map(
    ([nodeId, own]) =>
      [nodeId, own.toSorted((a, b) => a.time - b.time || (a.event_id < b.event_id ? -1 : 1))] as const,
  )
/** What reading the samples one after another says. */
const plainIntervals = (samples: readonly HealthSample[]): BufferInterval[] =>
  byNode(samples).flatMap(([nodeId, own]) => {
    const found: BufferInterval[] = []
    let begun: { state: BufferState; time: number } | undefined
    let last = 0
    const end = (to: number | null) => {
      if (!begun) return
      const [from, until] = [new Date(begun.time), to === null ? null : new Date(to)]
      found.push({
        nodeId,
        state: begun.state,
        from,
        to: until,
        seconds: ((to ?? last) - begun.time) / 1_000,
      })
    }
    for (const { time, buffer_state: state } of own) {
      if (state === undefined) continue
      last = time
      if (state === begun?.state) continue
      end(time)
      begun = { state, time }
    }
    end(null)
    return found
  })
const plainChanges = (samples: readonly HealthSample[]): QualityChange[] =>
  byNode(samples).flatMap(([nodeId, own]) => {
    const found: QualityChange[] = []
    let known: QualityChange['after'] = { width: null, height: null, codec: '' }
    for (const { time, width, height, codec } of own) {
      const after = {
        width: width ?? known.width,
        height: height ?? known.height,
        codec: codec ?? known.codec,
      }
      const differs =
        (known.width !== null && after.width !== known.width) ||
        (known.height !== null && after.height !== known.height) ||
        (known.codec !== '' && after.codec !== known.codec)
      if (differs) found.push({ nodeId, time: new Date(time), before: known, after })
      known = after
    }
    return found
  })

const texts = (values: readonly object[]): string[] => values.map((value) => JSON.stringify(value)).toSorted()

describe.each([1, 2, 3])('of random samples (%i)', (seed) => {
  const samples = makeSamples(numbers(seed), 400, { from: range.from.getTime(), ms: 6 * HOUR })
  test.each(Object.entries(waysToStore(storeSamples, 8)))(
    'stored %s: intervals and changes as one finds them by reading sample after sample',
    async (_way, storeIn) => {
      const tenant = newTenant()
      await storeIn(tenant, samples)
      const internalNames = ['main', 'second', 'unknown']
      // The whole, and a window that cuts states at both ends.
      for (const window of [range, { from: new Date(now - 4 * HOUR), to: new Date(now - HOUR) }]) {
        const buffering = await queries.buffering(tenant, { internalNames, range: window })
        const changes = await queries.qualityChanges(tenant, { internalNames, range: window })
        for (const name of internalNames) {
          const own = samples.filter(
            ({ internal_name, time }) =>
              internal_name === name && time >= window.from.getTime() && time < window.to.getTime(),
          )
          const expected = plainIntervals(own)
          const { intervals, rebufferings, rebufferingSeconds } = buffering.get(name)!
          expect(texts(intervals)).toEqual(texts(expected))
          expect(intervals).toEqual(intervals.toSorted((a, b) => b.from.getTime() - a.from.getTime()))
          const dry = expected.filter(({ state }) => state === 'DRY')
          expect(rebufferings).toBe(dry.length)
          expect(rebufferingSeconds).toBeCloseTo(
            dry.reduce((sum, { seconds }) => sum + seconds, 0),
            6,
          )
          const newest = plainChanges(own).toSorted((a, b) => b.time.getTime() - a.time.getTime())
          expect(texts(changes.get(name)!)).toEqual(texts(newest.slice(0, 100)))
        }
      }
    },
  )
})

const at = (secondsAgo: number, more: Partial<HealthSample>): HealthSample => ({
  event_id: uuidv7(),
  time: now - secondsAgo * 1_000,
  internal_name: 'main',
  node_id: 'n1',
  ...more,
})
const of = { internalNames: ['main'], range }

test('an interval is open while no sample says another state, and a sample without a state ends none', async () => {
  const tenant = newTenant()
  await storeSamples(tenant, [at(40, { buffer_state: 'FULL' }), at(30, { buffer_state: 'DRY' })])
  await storeSamples(tenant, [at(20, {}), at(10, { buffer_state: 'DRY' }), at(5, {})])
  const { intervals, ...totals } = (await queries.buffering(tenant, of)).get('main')!
  expect(totals).toEqual({ rebufferings: 1, rebufferingSeconds: 20 })
  expect(intervals).toMatchObject([
    { state: 'DRY', to: null, seconds: 20 },
    { state: 'FULL', to: new Date(now - 30_000), seconds: 10 },
  ])
})

test('a quality that is learned is no change, and nodes do not mix', async () => {
  const tenant = newTenant()
  await storeSamples(tenant, [
    at(50, { width: 1280, height: 720 }),
    at(40, { codec: 'H264' }),
    at(30, { node_id: 'n2', width: 640, height: 360, codec: 'VP9' }),
    at(20, { width: 1920, height: 1080 }),
  ])
  expect((await queries.qualityChanges(tenant, of)).get('main')).toEqual([
    {
      nodeId: 'n1',
      time: new Date(now - 20_000),
      before: { width: 1280, height: 720, codec: 'H264' },
      after: { width: 1920, height: 1080, codec: 'H264' },
    },
  ])
})

test('another tenant has none of it, and a range that is not kept is refused', async () => {
  await storeSamples(newTenant(), [at(40, { buffer_state: 'DRY' })])
  const tenant = newTenant()
  expect((await queries.buffering(tenant, of)).get('main')).toMatchObject({ rebufferings: 0, intervals: [] })
  const old = { from: new Date(now - 31 * 24 * HOUR), to: new Date(now) }
  for (const ask of [queries.buffering, queries.qualityChanges])
    await expect(ask(tenant, { ...of, range: old })).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' })
})

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openSharedStore, type TestStore } from '../../../tests/testkit/clickhouse.ts'
import { linesOf } from '../../../tests/testkit/facts.ts'
import type { Pipeline } from '../../ingest/batches.ts'
import { trustTenantId, uuidv7 } from '../../platform/ids.ts'
import { storeSamples } from '../../../tests/testkit/viewer-samples.ts'
import type { ViewersBy } from './viewer-groups.ts'
import { viewerSamples } from './viewer-samples.dataset.ts'
import { viewersLive } from './viewers.live.ts'
import { createViewerQueries, type ViewerQueries } from './viewers.queries.ts'

const start = Date.now()
let now = start
let store: TestStore
let queries: ViewerQueries
beforeAll(async () => {
  store = await openSharedStore()
  queries = createViewerQueries({ clickHouse: store.clickHouse, clock: { now: () => now } })
})
afterAll(() => store.close())

const group = (key: string, viewers: number, countryCode = '') => ({ key, viewers, countryCode })
const newTenant = () => trustTenantId(uuidv7())

describe('viewers now', () => {
  test('are the latest sample of each key, summed, by each of the groupings', async () => {
    now = start
    const tenant = newTenant()
    const at = (
      secondsAgo: number,
      stream: string,
      node: string,
      country: string,
      type: string,
      viewers: number,
    ) => ({
      tenant,
      time: now - secondsAgo * 1000,
      stream,
      node,
      country,
      type,
      viewers,
    })
    await storeSamples(store.clickHouse, [
      at(40, 'a', 'n1', 'DE', 'hls', 1000),
      at(20, 'a', 'n1', 'DE', 'hls', 10),
      at(30, 'a', 'n2', 'DE', 'hls', 20),
      at(5, 'b', 'n1', 'FR', 'webrtc', 5),
    ])
    // Older than what is stored already: the latest by time counts, not by arrival.
    await storeSamples(store.clickHouse, [at(25, 'a', 'n1', 'DE', 'hls', 7000)])
    const ask = (by: ViewersBy) => queries.viewersNow(tenant, { by, first: 10 })
    expect(await ask('STREAM')).toEqual({ by: 'STREAM', total: 35, groups: [group('a', 30), group('b', 5)] })
    expect(await ask('COUNTRY')).toEqual({
      by: 'COUNTRY',
      total: 35,
      groups: [group('DE', 30, 'DE'), group('FR', 5, 'FR')],
    })
    expect(await ask('EDGE_NODE')).toEqual({
      by: 'EDGE_NODE',
      total: 35,
      groups: [group('n2', 20), group('n1', 15)],
    })
    expect(await ask('CONNECTION_TYPE')).toEqual({
      by: 'CONNECTION_TYPE',
      total: 35,
      groups: [group('hls', 30), group('webrtc', 5)],
    })
    expect(await queries.viewersNow(tenant, { by: 'STREAM', first: 1 })).toEqual({
      by: 'STREAM',
      total: 35,
      groups: [group('a', 30)],
    })
  })

  test('by city and place are those of the keys whose latest sample is there', async () => {
    const tenant = newTenant()
    now = start
    const at = (secondsAgo: number, node: string, viewers: number, place: object) => ({
      tenant,
      time: now - secondsAgo * 1000,
      stream: 'a',
      node,
      viewers,
      ...place,
    })
    const paris = { country: 'FR', city: 'Paris', latitude: 48.86, longitude: 2.35 }
    const texas = { country: 'US', city: 'Paris', latitude: 33.66, longitude: -95.56 }
    await storeSamples(store.clickHouse, [
      at(20, 'n1', 7, { ...paris, city: 'Lyon' }),
      at(10, 'n1', 5, paris),
      at(10, 'n2', 3, texas),
      at(10, 'n3', 1, {}),
    ])
    const ask = async (by: ViewersBy) => (await queries.viewersNow(tenant, { by, first: 10 })).groups
    expect(await ask('CITY')).toEqual([group('Paris', 5, 'FR'), group('Paris', 3, 'US'), group('', 1, 'DE')])
    expect(await ask('PLACE')).toEqual([group('48.9,2.4', 5), group('33.7,-95.6', 3), group('', 1)])
  })

  test('forget a sample after 60 seconds, to the millisecond', async () => {
    const tenant = newTenant()
    await storeSamples(store.clickHouse, [{ tenant, time: start, stream: 'a', viewers: 7 }])
    const total = async () => (await queries.viewersNow(tenant, { by: 'STREAM', first: 10 })).total
    now = start + 59_999
    expect(await total()).toBe(7)
    now = start + 60_000
    expect(await total()).toBe(0)
    expect(await queries.viewersNowByStream(tenant, ['a'])).toEqual(new Map([['a', 0]]))
    expect(await queries.viewersSnapshot(tenant)).toEqual([])
    now = start - 300_000
    expect(await total()).toBe(7)
    now = start - 300_001
    expect(await total()).toBe(0)
  })

  test('take of two samples with one time the one that was stored later', async () => {
    now = start
    const tenant = newTenant()
    const sample = (viewers: number) => ({ tenant, time: start - 1000, stream: 'a', viewers })
    await storeSamples(store.clickHouse, [sample(50)])
    const [first] = await queries.viewersSnapshot(tenant)
    await expect
      .poll(async () => {
        // Again until the store's clock has moved on by a millisecond since the first.
        await storeSamples(store.clickHouse, [sample(3)])
        return (await queries.viewersSnapshot(tenant))[0]
      })
      .toMatchObject({ viewerCount: 3, internalName: 'a', time: new Date(start - 1000) })
    const [last] = await queries.viewersSnapshot(tenant)
    expect(last!.ingestedAt.getTime()).toBeGreaterThan(first!.ingestedAt.getTime())
  })

  test('take of two samples with one time in one insert the one that live viewers take', async () => {
    now = start
    const tenant = newTenant()
    // By their second half, as ClickHouse compares UUIDs, they are the other way round.
    const lesser = '0198c0de-0000-7000-8000-00000000000b'
    const greater = '0198c0de-0001-7000-8000-00000000000a'
    const sample = { time: start - 1000, internal_name: 'a', country_code: 'DE' }
    const lines = linesOf(viewerSamples, tenant, [
      { ...sample, event_id: greater, viewer_count: 10 },
      { ...sample, event_id: lesser, viewer_count: 20 },
    ])
    await store.clickHouse.insertRows(viewerSamples.name, viewerSamples.columns, lines, uuidv7())
    const told: unknown[] = []
    viewersLive.tell(
      lines.map((line) => JSON.parse(line.toString()) as unknown[]),
      now,
    )?.(
      {
        publishStateIn: (_pipeline, _of, _topic, digest) => void told.push(digest),
        publishFactsIn: () => expect.unreachable(),
        skipFactsIn: () => expect.unreachable(),
        watched: () => expect.unreachable(),
      },
      tenant,
      undefined as unknown as Pipeline,
      'token',
    )
    expect(await queries.viewersNowByStream(tenant, ['a'])).toEqual(new Map([['a', 10]]))
    expect(told).toMatchObject([{ samples: [['a', '', 'DE', '', start - 1000, 10]] }])
  })

  test('of named streams are zero where nothing is fresh, and of a name that is SQL', async () => {
    now = start
    const tenant = newTenant()
    const odd = "o'; DROP TABLE viewer_samples; --"
    await storeSamples(store.clickHouse, [{ tenant, time: start, stream: odd, viewers: 4 }])
    const names = [odd, 'none', "' OR 1=1 --"]
    expect([...(await queries.viewersNowByStream(tenant, names)).entries()]).toEqual([
      [odd, 4],
      ['none', 0],
      ["' OR 1=1 --", 0],
    ])
    expect(await queries.viewersNowByStream(tenant, [])).toEqual(new Map())
  })

  test('of another tenant are in no answer', async () => {
    now = start
    const [tenant, other] = [newTenant(), newTenant()]
    await storeSamples(store.clickHouse, [{ tenant: other, time: start, stream: 'theirs', viewers: 9 }])
    expect(await queries.viewersNow(tenant, { by: 'STREAM', first: 10 })).toEqual({
      by: 'STREAM',
      total: 0,
      groups: [],
    })
    expect(await queries.viewersNowByStream(tenant, ['theirs'])).toEqual(new Map([['theirs', 0]]))
    expect(await queries.viewersSnapshot(tenant)).toEqual([])
    expect((await queries.viewersNow(other, { by: 'STREAM', first: 10 })).total).toBe(9)
  })
})

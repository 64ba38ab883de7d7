import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openSharedStore, type TestStore } from '../../../tests/testkit/clickhouse.ts'
import { storeItems } from '../../../tests/testkit/facts.ts'
import { waysToStore } from '../../../tests/testkit/storing.ts'
import { numbers } from '../../../tests/testkit/stream-health.ts'
import { trustTenantId, uuidv7, type TenantId } from '../../platform/ids.ts'
import { createTrackChangeQueries, type TrackChange, type TrackQuality } from './track-changes.queries.ts'
import { trackListEvents } from './track-lists.dataset.ts'

const HOUR = 3_600_000
const now = Math.floor(Date.now() / HOUR) * HOUR
const range = { from: new Date(now - 6 * HOUR), to: new Date(now) }

let store: TestStore
let queries: ReturnType<typeof createTrackChangeQueries>
beforeAll(async () => {
  store = await openSharedStore()
  queries = createTrackChangeQueries({ clickHouse: store.clickHouse, clock: { now: () => now } })
})
afterAll(() => store.close())

type List = {
  readonly event_id: string
  readonly time: number
  readonly internal_name: string
  readonly node_id: string
  readonly track_count?: number
  readonly width?: number
  readonly height?: number
  readonly codec?: string
  readonly quality_tier?: string
}
const newTenant = (): TenantId => trustTenantId(uuidv7())
const storeLists = (tenant: TenantId, lists: readonly List[], token?: string) =>
  storeItems(store.clickHouse, trackListEvents, tenant, lists, token)

/** Lists of two streams on two nodes, by time: values last for a few, and any may be left out. */
const makeLists = (seed: number): List[] => {
  const random = numbers(seed)
  const sometimes = <T extends object>(value: T): T | {} => (random(4) === 0 ? {} : value)
  const tiers = ['720p30', '1080p60', '2160p60']
  return Array.from({ length: 200 }, () => range.from.getTime() + Math.floor(random(6 * HOUR) / 50) * 50)
    .toSorted((a, b) => a - b)
    .map((time) => {
      const tier = random(5) === 0 ? random(3) : 1
      return {
        event_id: uuidv7(),
        time,
        internal_name: random(3) === 0 ? 'second' : 'main',
        node_id: random(4) === 0 ? 'n2' : 'n1',
        ...sometimes({ track_count: 2 + (random(9) === 0 ? 1 : 0) }),
        ...sometimes({ width: [1280, 1920, 3840][tier]!, height: [720, 1080, 2160][tier]! }),
        ...sometimes({ codec: random(12) === 0 ? 'HEVC' : 'H264' }),
        ...sometimes({ quality_tier: tiers[tier]! }),
      }
    })
}

/** What reading the lists one after another says. */
const plainChanges = (lists: readonly List[]): TrackChange[] =>
  [...Map.groupBy(lists, ({ node_id }) => node_id)].flatMap(([nodeId, own]) => {
    const found: TrackChange[] = []
    let known: TrackQuality = { width: null, height: null, codec: '', trackCount: null, qualityTier: '' }
    for (const list of own.toSorted((a, b) => a.time - b.time || (a.event_id < b.event_id ? -1 : 1))) {
      const after: TrackQuality = {
        width: list.width ?? known.width,
        height: list.height ?? known.height,
        codec: list.codec ?? known.codec,
        trackCount: list.track_count ?? known.trackCount,
        qualityTier: list.quality_tier ?? known.qualityTier,
      }
      const differs = (Object.keys(after) as (keyof TrackQuality)[]).some(
        (name) => known[name] !== null && known[name] !== '' && known[name] !== after[name],
      )
      if (differs) found.push({ nodeId, time: new Date(list.time), before: known, after })
      known = after
    }
    return found
  })

const texts = (values: readonly object[]): string[] => values.map((value) => JSON.stringify(value)).toSorted()

describe.each([1, 2])('of random lists (%i)', (seed) => {
  const lists = makeLists(seed)
  test.each(Object.entries(waysToStore(storeLists, 8)))(
    'stored %s: changes as one finds them by reading list after list',
    async (_way, storeIn) => {
      const tenant = newTenant()
      await storeIn(tenant, lists)
      // Those of another tenant, which would change all.
      await storeLists(newTenant(), makeLists(9))
      const internalNames = ['main', 'second', 'unknown']
      for (const window of [range, { from: new Date(now - 4 * HOUR), to: new Date(now - HOUR) }]) {
        const changes = await queries.trackChanges(tenant, { internalNames, range: window })
        for (const name of internalNames) {
          const own = lists.filter(
            ({ internal_name, time }) =>
              internal_name === name && time >= window.from.getTime() && time < window.to.getTime(),
          )
          const newest = plainChanges(own)
            .toSorted((a, b) => b.time.getTime() - a.time.getTime())
            .slice(0, 100)
          if (name !== 'unknown') expect(newest.length).toBeGreaterThan(5)
          expect(texts(changes.get(name)!)).toEqual(texts(newest))
          expect(changes.get(name)).toEqual(
            changes.get(name)!.toSorted((a, b) => b.time.getTime() - a.time.getTime()),
          )
        }
      }
    },
  )
})

test('a range that is not kept is refused', async () => {
  const old = { from: new Date(now - 91 * 24 * HOUR), to: new Date(now - 2 * 24 * HOUR) }
  await expect(
    queries.trackChanges(newTenant(), { internalNames: ['main'], range: old }),
  ).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' })
})

import { Temporal } from 'temporal-polyfill'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openSharedStore, type TestStore } from '../testkit/clickhouse.ts'
import { storeItems } from '../testkit/facts.ts'
import { waysInBrief } from '../testkit/storing.ts'
import { bucketName, cutsFor, nextChanges } from '../testkit/zones.ts'
import type { Filter } from '../../src/platform/filter-tree.ts'
import { trustTenantId, uuidv7, type TenantId } from '../../src/platform/ids.ts'
import { resolveRange } from '../../src/platform/time-range.ts'
import { productEvents } from '../../src/modules/product/product-events.dataset.ts'
import { createProductSeriesQueries } from '../../src/modules/product/product-series.queries.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
/** With `PRODUCT_BLOCKS=1000` each way of storing in parts makes so many inserts. */
const BLOCKS = Number(process.env['PRODUCT_BLOCKS'] ?? 25)
const EVENTS = Math.max(2_000, BLOCKS)
const TIMEOUT_MS = 30_000 + BLOCKS * 200

let store: TestStore
beforeAll(async () => void (store = await openSharedStore()))
afterAll(() => store.close())

type Event = { event_id: string; time: number; event_type: string; user_id: string }
const makeEvents = (around: number): Event[] =>
  Array.from({ length: EVENTS }, (_, index) => ({
    event_id: uuidv7(),
    // Denser near the change than away from it; the odd ones lie exactly on a minute.
    time:
      around +
      Math.round((((index * 7919) % EVENTS) / EVENTS - 0.5) ** 3 * 20 * DAY) +
      (index % 2) * -(around % MINUTE),
    event_type: ['page_view', 'api_call'][index % 3 === 0 ? 1 : 0]!,
    user_id: index % 11 === 0 ? '' : `user_${index % 17}`,
  }))

const storeEvents = (tenant: TenantId, events: readonly Event[], token?: string) =>
  storeItems(store.clickHouse, productEvents, tenant, events as never, token)

const ways = waysInBrief(storeEvents, BLOCKS)

const countsOf = (events: readonly Event[]) => ({
  count: events.length,
  users: new Set(events.map(({ user_id }) => user_id).filter(Boolean)).size,
})

const filters: readonly (readonly [Filter, (event: Event) => boolean])[] = [
  [{ all: [] }, () => true],
  [{ column: 'eventType', operator: 'eq', value: 'api_call' }, ({ event_type }) => event_type === 'api_call'],
]
// The second zone, and all cuts of all ways, by hand with more blocks: the seconds of CI are few.
const full = BLOCKS > 25
const zones = ['Europe/Amsterdam', ...(full ? ['America/New_York'] : [])]
const steps = [15 * MINUTE, HOUR, 3 * HOUR, 6 * HOUR, DAY]
/** Read from the minutes and the hours. */
const perTable = [15 * MINUTE, HOUR]

test.each(
  zones.flatMap((zone) =>
    nextChanges(zone).flatMap((change) => Object.keys(ways).map((way) => [zone, change, way] as const)),
  ),
)(
  'around a change of clocks in %s (%i), stored %s: each bucket as counted from the events',
  async (zone, change, way) => {
    const tenant = trustTenantId(uuidv7())
    const events = makeEvents(change)
    await ways[way]!(tenant, events)
    const queries = createProductSeriesQueries({
      clickHouse: store.clickHouse,
      clock: { now: () => change + 5 * DAY },
    })
    const range = { from: new Date(change - 3 * DAY), to: new Date(change + 3 * DAY) }
    for (const [cutIn, stepMs] of cutsFor(way, zone, { steps, perTable, full })) {
      const nameOf = bucketName(cutIn, stepMs)
      for (const [filter, matching] of filters) {
        const series = await queries.series(tenant, { filter, range, stepMs, zone: cutIn })
        const own = events.filter(
          (event) =>
            matching(event) && event.time >= series.from.getTime() && event.time < series.to.getTime(),
        )
        const found = series.points.filter(({ count }) => count > 0)
        const expected = Map.groupBy(own, ({ time }) => nameOf(time))
        expect(new Map(found.map(({ time, ...counts }) => [nameOf(time.getTime()), counts]))).toEqual(
          new Map(Array.from(expected, ([name, each]) => [name, countsOf(each)])),
        )
        expect({ count: series.count, users: series.users }).toEqual(countsOf(own))
      }
    }
  },
  TIMEOUT_MS,
)

test('today against yesterday, hour by hour, when yesterday had 25 hours', async () => {
  const zone = 'Europe/Amsterdam'
  const change = nextChanges(zone).find(
    (each) => Temporal.Instant.fromEpochMilliseconds(each).toZonedDateTimeISO(zone).hoursInDay === 25,
  )!
  const tenant = trustTenantId(uuidv7())
  const dayOfChange = Temporal.Instant.fromEpochMilliseconds(change).toZonedDateTimeISO(zone).startOfDay()
  const today = dayOfChange.add({ days: 1 })
  const clock = { now: () => today.epochMilliseconds + 10 * HOUR }
  // One event a quarter of an hour: 100 yesterday, 40 today until ten.
  const events = Array.from({ length: 140 }, (_, index) => ({
    event_id: uuidv7(),
    time: dayOfChange.epochMilliseconds + index * 15 * MINUTE,
    event_type: 'page_view',
    user_id: 'u',
  }))
  await storeEvents(tenant, events)
  const queries = createProductSeriesQueries({ clickHouse: store.clickHouse, clock })
  const ask = (input: object) =>
    queries.series(tenant, {
      filter: { all: [] },
      range: resolveRange(input, clock, zone),
      stepMs: HOUR,
      zone,
    })
  const from = new Date(today.epochMilliseconds)
  const [now, before, whole] = [
    await ask({ from }),
    await ask({ from, shift: 'P1D' }),
    await ask({ from, to: new Date(today.add({ days: 1 }).epochMilliseconds), shift: 'P1D' }),
  ]
  expect(now).toMatchObject({ count: 40, from })
  expect(now.points).toHaveLength(10)
  // Ten o'clock yesterday was eleven hours after its midnight.
  expect(before).toMatchObject({ count: 44, from: new Date(dayOfChange.epochMilliseconds) })
  expect(before.points).toHaveLength(11)
  expect(whole).toMatchObject({ count: 100, to: from })
  expect(whole.points).toHaveLength(25)
})

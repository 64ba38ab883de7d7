import { afterAll, beforeAll, expect, test } from 'vitest'
import { openSharedStore, type TestStore } from '../testkit/clickhouse.ts'
import { storeItems } from '../testkit/facts.ts'
import { waysInBrief } from '../testkit/storing.ts'
import { bucketName, cutsFor, nextChanges } from '../testkit/zones.ts'
import type { Filter } from '../../src/platform/filter-tree.ts'
import { trustTenantId, uuidv7, type TenantId } from '../../src/platform/ids.ts'
import { connectionEvents } from '../../src/modules/audience/connection-events.dataset.ts'
import {
  OF_ALL,
  createConnectionSeriesQueries,
} from '../../src/modules/audience/connection-series.queries.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
/** With `CONNECTION_BLOCKS=1000` each way of storing in parts makes so many inserts. */
const BLOCKS = Number(process.env['CONNECTION_BLOCKS'] ?? 25)
const EVENTS = Math.max(2_000, BLOCKS)
const TIMEOUT_MS = 60_000 + BLOCKS * 200

let store: TestStore
beforeAll(async () => void (store = await openSharedStore()))
let combinations = 0
afterAll(() => store.close())

const makeEvents = (around: number) =>
  Array.from({ length: EVENTS }, (_, index) => ({
    event_id: uuidv7(),
    // Denser near the change than away from it; the odd ones lie exactly on a minute.
    time:
      around +
      Math.round((((index * 7919) % EVENTS) / EVENTS - 0.5) ** 3 * 20 * DAY) +
      (index % 2) * -(around % MINUTE),
    internal_name: ['live+a', 'live+b'][index % 5 === 0 ? 1 : 0]!,
    event_type: index % 3 === 0 ? ('disconnect' as const) : ('connect' as const),
    session_id: index % 11 === 0 ? '' : `session-${index % 170}`,
    country_code: ['NL', 'DE', 'US'][index % 7 === 0 ? 2 : index % 2]!,
    connector: ['hls', 'webrtc'][index % 4 === 0 ? 1 : 0]!,
    // Also of connections, where a length means nothing; every fifth is not known.
    session_duration_s: index % 5 === 1 ? 0 : (index * 37) % 5_000,
    // Beyond 2^53 in all.
    bytes_transferred: index % 2 === 0 ? 10_000_000_000_000 : index * 1_001,
  }))
type Event = ReturnType<typeof makeEvents>[number]

const storeEvents = (tenant: TenantId, events: readonly Event[], token?: string) =>
  storeItems(store.clickHouse, connectionEvents, tenant, events, token)

const ways = waysInBrief(storeEvents, BLOCKS)

/** The definition (docs/connections.md), without SQL. */
const countsOf = (events: readonly Event[]) => {
  const left = events.filter(({ event_type }) => event_type === 'disconnect')
  const seconds = left.map(({ session_duration_s }) => session_duration_s).filter((length) => length > 0)
  const total = seconds.reduce((sum, length) => sum + length, 0)
  return {
    joins: events.length - left.length,
    leaves: left.length,
    sessions: new Set(events.map(({ session_id }) => session_id).filter(Boolean)).size,
    bytes: events.reduce((sum, { bytes_transferred }) => sum + BigInt(bytes_transferred), 0n),
    averageSessionSeconds: seconds.length > 0 ? total / seconds.length : null,
    watchedMinutes: total / 60,
  }
}
const groupsBy = (events: readonly Event[], keyOf: (event: Event) => string) =>
  Array.from(Map.groupBy(events, keyOf), ([key, own]) => ({ key, ...countsOf(own) })).toSorted(
    (a, b) => b.joins - a.joins || b.leaves - a.leaves || (a.key < b.key ? -1 : 1),
  )

const everything: Filter = { all: [] }
const dutch: Filter = {
  all: [
    { column: 'countryCode', operator: 'eq', value: 'NL' },
    { not: { column: 'connector', operator: 'startsWith', value: 'WEB' } },
  ],
}
const isDutch = ({ country_code, connector }: Event) => country_code === 'NL' && connector === 'hls'
const NAMES = ['live+a', 'live+b', 'never on the air']
const asked: readonly {
  filter: Filter
  internalNames?: string[]
  of: (event: Event) => string | undefined
}[] = [
  { filter: everything, of: () => OF_ALL },
  { filter: dutch, of: (event) => (isDutch(event) ? OF_ALL : undefined) },
  { filter: everything, internalNames: NAMES, of: ({ internal_name }) => internal_name },
]
// The second zone, and all cuts of all ways, by hand with more blocks: the seconds of CI are few.
const full = BLOCKS > 25
const zones = ['Europe/Amsterdam', ...(full ? ['America/New_York'] : [])]
const steps = [15 * MINUTE, HOUR, 3 * HOUR, 6 * HOUR, DAY]
/** Read from the events and the hours. */
const perTable = [15 * MINUTE, HOUR]

test.each(
  zones.flatMap((zone) =>
    nextChanges(zone).flatMap((change) => Object.keys(ways).map((way) => [zone, change, way] as const)),
  ),
)(
  'around a change of clocks in %s (%i), stored %s: each bucket and group as counted from the events',
  async (zone, change, way) => {
    const tenant = trustTenantId(uuidv7())
    const events = makeEvents(change)
    await ways[way]!(tenant, events)
    const queries = createConnectionSeriesQueries({
      clickHouse: store.clickHouse,
      clock: { now: () => change + 5 * DAY },
    })
    const range = { from: new Date(change - 3 * DAY), to: new Date(change + 3 * DAY) }
    // In Kolkata from the rows at every step.
    for (const [cutIn, stepMs] of cutsFor(way, zone, { steps, perTable, full })) {
      const nameOf = bucketName(cutIn, stepMs)
      for (const { filter, internalNames, of } of asked) {
        const ask = { filter, keys: internalNames, range, stepMs, zone: cutIn }
        const [found, countries, connectors] = await Promise.all([
          queries.series(tenant, ask),
          queries.groups(tenant, { ...ask, by: 'country', first: 100 }),
          queries.groups(tenant, { ...ask, by: 'connector', first: 1 }),
        ])
        expect([...found.keys()]).toEqual(internalNames ?? [OF_ALL])
        for (const [name, { from, to, points, ...series }] of found) {
          const own = events.filter(
            (event) => of(event) === name && event.time >= from.getTime() && event.time < to.getTime(),
          )
          expect(series).toEqual({ stepMs, zone: cutIn, ...countsOf(own) })
          const expected = Map.groupBy(own, ({ time }) => nameOf(time))
          const filled = points.filter(({ joins, leaves }) => joins + leaves > 0)
          expect(new Map(filled.map(({ time, ...counts }) => [nameOf(time.getTime()), counts]))).toEqual(
            new Map(Array.from(expected, ([bucket, each]) => [bucket, countsOf(each)])),
          )
          expect(countries.get(name)).toEqual(groupsBy(own, ({ country_code }) => country_code))
          expect(connectors.get(name)).toEqual(groupsBy(own, ({ connector }) => connector).slice(0, 1))
        }
        combinations += 1
      }
    }
    // Sessions are merged: those of the parts would be more.
    const ask = { filter: everything, range, stepMs: DAY, zone }
    const { points, sessions } = (await queries.series(tenant, ask)).get(OF_ALL)!
    expect(sessions).toBeLessThan(points.reduce((sum, point) => sum + point.sessions, 0))
    // Another tenant has nothing of it.
    const theirs = (await queries.series(trustTenantId(uuidv7()), ask)).get(OF_ALL)!
    expect(theirs).toMatchObject({ joins: 0, leaves: 0, sessions: 0, bytes: 0n, averageSessionSeconds: null })
  },
  TIMEOUT_MS,
)

test('all combinations were compared', () => {
  // 2 changes; 3 zones to cut in and 5 steps of one block, 2 tables of each of the 2 other ways; all, those of
  // a filter, and 3 streams.
  expect(combinations).toBe((full ? 270 : 2 * (15 + 2 * 2) * 3) * zones.length)
})

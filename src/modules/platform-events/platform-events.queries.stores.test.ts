import { afterAll, beforeAll, expect, test } from 'vitest'
import { openSharedStore, type TestStore } from '../../../tests/testkit/clickhouse.ts'
import { storeItems } from '../../../tests/testkit/facts.ts'
import { waysToStore } from '../../../tests/testkit/storing.ts'
import { bucketName, nextChanges } from '../../../tests/testkit/zones.ts'
import type { Filter } from '../../platform/filter-tree.ts'
import { NIL_UUID, trustTenantId, uuidv7, type TenantId } from '../../platform/ids.ts'
import { createPlatformEventSeriesQueries, OF_ALL } from './platform-event-series.queries.ts'
import { platformEvents } from './platform-events.dataset.ts'
import { createPlatformEventQueries } from './platform-events.queries.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const zone = 'Europe/Amsterdam'
// A day of 23 hours and one of 25 are in the range of one of them.
const change = nextChanges(zone)[0]!
const range = { from: new Date(change - 3 * DAY), to: new Date(change + 3 * DAY) }
const everything: Filter = { all: [] }

let store: TestStore
beforeAll(async () => void (store = await openSharedStore()))
afterAll(() => store.close())
const queriesOf = () => {
  const deps = { clickHouse: store.clickHouse, clock: { now: () => change + 5 * DAY } }
  return { ...createPlatformEventQueries(deps), ...createPlatformEventSeriesQueries(deps) }
}

const newTenant = (): TenantId => trustTenantId(uuidv7())
const project = uuidv7()
const TYPES = ['deployment', 'configuration.changed', 'rollback']
const events = Array.from({ length: 600 }, (_, n) => ({
  event_id: uuidv7(),
  time: range.from.getTime() + ((n * 7_919_337) % (6 * DAY)),
  // 300, 200 and 100 of them.
  type: TYPES[n % 6 < 3 ? 0 : n % 6 < 5 ? 1 : 2]!,
  service: `s${n % 4}`,
  version: n % 6 < 3 ? `v${n}` : '',
  message: `Change ${n}`,
  project: n % 5 === 0 ? project : NIL_UUID,
  body: { n },
}))
type Event = (typeof events)[number]
const storeEvents = (tenant: TenantId, some: readonly Event[], token?: string) =>
  storeItems(store.clickHouse, platformEvents, tenant, some as never, token)

test.each(Object.entries(waysToStore(storeEvents, 12)))(
  'stored %s, each day of a zone has its events, by type too, over a change of clocks',
  async (_way, storeThem) => {
    const tenant = newTenant()
    await storeThem(tenant, events)
    const nameOf = bucketName(zone, DAY)
    const ask = { filter: everything, range, stepMs: DAY, zone }
    const series = (await queriesOf().series(tenant, ask)).get(OF_ALL)!
    const within = events.filter(({ time }) => time >= series.from.getTime() && time < series.to.getTime())
    const byDay = (some: readonly Event[]) =>
      new Map(
        Array.from(
          Map.groupBy(some, ({ time }) => nameOf(time)),
          ([day, { length }]) => [day, length],
        ),
      )
    const told = (points: readonly { time: Date; count: number }[]) =>
      new Map(points.filter(({ count }) => count > 0).map((p) => [nameOf(p.time.getTime()), p.count]))
    expect(series.count).toBe(within.length)
    expect(told(series.points)).toEqual(byDay(within))

    const parts = await queriesOf().parts(tenant, { ...ask, by: 'type', first: 2 })
    expect(parts.map(({ key }) => key)).toEqual(['deployment', 'configuration.changed'])
    for (const { key, count, points } of parts) {
      const own = within.filter(({ type }) => type === key)
      expect([key, count]).toEqual([key, own.length])
      expect(told(points)).toEqual(byDay(own))
      expect(points.map(({ time }) => time)).toEqual(series.points.map(({ time }) => time))
    }
  },
)

const filters: readonly (readonly [string, Filter, (event: Event) => boolean])[] = [
  ['type', { column: 'type', operator: 'in', value: ['rollback'] }, ({ type }) => type === 'rollback'],
  ['service', { not: { column: 'service', operator: 'eq', value: 's1' } }, (e) => e.service !== 's1'],
  ['version', { column: 'version', operator: 'eq', value: 'v12' }, ({ version }) => version === 'v12'],
  ['text', { column: 'message', operator: 'contains', value: 'change 1' }, (e) => /Change 1/.test(e.message)],
  ['project', { column: 'projectId', operator: 'eq', value: project }, (e) => e.project === project],
  [
    'no project',
    { not: { column: 'projectId', operator: 'in', value: [project] } },
    (e) => e.project !== project,
  ],
]
test('a list is by what its filter says, newest first, and another tenant sees and moves nothing', async () => {
  const [tenant, other] = [newTenant(), newTenant()]
  await storeEvents(tenant, events)
  const queries = queriesOf()
  const newest = events.toSorted((a, b) => b.time - a.time)
  for (const [what, filter, matching] of filters) {
    const own = newest.filter(matching)
    const { edges } = await queries.page(tenant, { filter, range }, { size: 50, backward: false })
    expect([what, edges.map(({ node }) => node.eventId)]).toEqual([
      what,
      own.slice(0, 50).map(({ event_id }) => event_id),
    ])
    expect([what, await queries.count(tenant, { filter, range })]).toEqual([what, own.length])
    expect([what, await queries.count(other, { filter, range })]).toEqual([what, 0])
  }
  const ofProject = { filter: everything, range, project }
  expect(await queries.count(tenant, ofProject)).toBe(120)
  expect(await queries.parts(other, { ...ofProject, stepMs: DAY, zone, by: 'type', first: 20 })).toEqual([])
})

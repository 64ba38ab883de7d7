import { afterAll, beforeAll, expect, test } from 'vitest'
import { openSharedStore, type TestStore } from '../../../tests/testkit/clickhouse.ts'
import { storeItems } from '../../../tests/testkit/facts.ts'
import { waysInBrief } from '../../../tests/testkit/storing.ts'
import type { Filter } from '../../platform/filter-tree.ts'
import { NIL_UUID, trustTenantId, uuidv7, type TenantId } from '../../platform/ids.ts'
import { logEvents } from './log-events.dataset.ts'
import { createLogSeriesQueries, OF_ALL, type LogCounts } from './log-series.queries.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const now = Math.floor(Date.now() / HOUR) * HOUR
const range = { from: new Date(now - 3 * HOUR), to: new Date(now) }
const project = uuidv7()
const LEVELS = ['INFO', 'ERROR', 'WARN', 'FATAL', 'DEBUG']

let store: TestStore
beforeAll(async () => void (store = await openSharedStore()))
afterAll(() => store.close())

const lines = Array.from({ length: 700 }, (_, n) => ({
  event_id: uuidv7(),
  time: range.from.getTime() + ((n * 7_919_337) % (3 * HOUR)),
  service: ['api', 'web', 'api', 'edge', 'api', 'web', ''][n % 7]!,
  host: n % 3 === 0 ? '' : `h${n % 5}`,
  level: LEVELS[n % LEVELS.length]!,
  message: `line ${n}`,
  project: n % 4 === 0 ? project : NIL_UUID,
}))
type Line = (typeof lines)[number]
const ways = waysInBrief<Line>(
  (tenant, some, token) => storeItems(store.clickHouse, logEvents, tenant, some as never, token),
  20,
)

const counted = (some: readonly Line[]): LogCounts => {
  const newest = Math.max(...some.map(({ time }) => time))
  return {
    lines: some.length,
    errors: some.filter(({ level }) => level === 'ERROR' || level === 'FATAL').length,
    hosts: new Set(some.map(({ host }) => host).filter(Boolean)).size,
    lastSeenAt: some.length === 0 ? null : new Date(Math.floor(newest / MINUTE) * MINUTE),
  }
}
const everything: Filter = { all: [] }
const filters: readonly (readonly [Filter, (line: Line) => boolean])[] = [
  [everything, () => true],
  [{ column: 'projectId', operator: 'eq', value: project }, (line) => line.project === project],
  [
    { not: { column: 'service', operator: 'in', value: ['web', ''] } },
    (l) => !['web', ''].includes(l.service),
  ],
  // Of these the rows alone can tell.
  [
    { column: 'message', operator: 'contains', value: 'LINE 1' },
    ({ message }) => message.startsWith('line 1'),
  ],
]

test.each(Object.entries(ways))(
  'stored %s, rollup and rows count the same lines, errors and hosts, in all and by service',
  async (_way, storeThem) => {
    const [tenant, other]: TenantId[] = [trustTenantId(uuidv7()), trustTenantId(uuidv7())]
    await storeThem(tenant!, lines)
    const queries = createLogSeriesQueries({ clickHouse: store.clickHouse, clock: { now: () => now } })
    for (const [filter, fits] of filters) {
      // Five minutes are asked of the rollup, where it can tell, and ten seconds of the rows.
      for (const stepMs of [5 * MINUTE, 10_000]) {
        const ask = { filter, range, stepMs, zone: 'UTC' }
        const own = lines.filter(fits)
        const {
          points,
          from: _from,
          to: _to,
          stepMs: _step,
          zone: _zone,
          ...all
        } = (await queries.series(tenant!, ask)).get(OF_ALL)!
        expect(all).toEqual(counted(own))
        const at = (some: readonly Line[], time: Date) =>
          counted(some.filter((line) => Math.floor(line.time / stepMs) * stepMs === time.getTime()))
        for (const { time, ...counts } of points) expect(counts).toEqual(at(own, time))
        const parts = await queries.parts(tenant!, { ...ask, by: 'service', first: 2 })
        const most = [...Map.groupBy(own, ({ service }) => service)]
          .toSorted(([a, some], [b, more]) => more.length - some.length || (a < b ? -1 : 1))
          .slice(0, 2)
        expect(parts.map(({ points: _points, ...part }) => part)).toEqual(
          most.map(([key, some]) => ({ key, ...counted(some) })),
        )
        for (const [nth, { points: ofPart }] of parts.entries())
          for (const { time, ...counts } of ofPart) expect(counts).toEqual(at(most[nth]![1], time))
        expect(await queries.parts(other!, { ...ask, by: 'service', first: 2 })).toEqual([])
      }
    }
  },
)

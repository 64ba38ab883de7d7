import { afterAll, beforeAll, expect, test } from 'vitest'
import { openSharedStore, type TestStore } from '../../../tests/testkit/clickhouse.ts'
import { storeItems } from '../../../tests/testkit/facts.ts'
import { NIL_UUID, trustTenantId, uuidv7, type TenantId } from '../../platform/ids.ts'
import { CONTEXT_MS, createLogContextQueries, type LogPlace } from './log-context.queries.ts'
import { logEvents } from './log-events.dataset.ts'

const HOUR = 3_600_000
const base = Math.floor(Date.now() / HOUR) * HOUR - 30 * HOUR
const project = uuidv7()

let store: TestStore
beforeAll(async () => void (store = await openSharedStore()))
afterAll(() => store.close())

// 20 hours of three services on two hosts: some lines share their millisecond, some hours have few.
const lines = Array.from({ length: 900 }, (_, n) => ({
  event_id: uuidv7(),
  time: base + Math.floor(((n * 7_919) % 900) ** 2 / 11_250) * (HOUR / 4) + (n % 50) * 100,
  service: `s${n % 3}`,
  host: `h${n % 2}`,
  level: ['INFO', 'ERROR', 'FATAL'][n % 3],
  message: `line ${n}`,
  project: n % 4 === 0 ? project : NIL_UUID,
}))
type Line = (typeof lines)[number]
const byTime = (a: Line, b: Line) => a.time - b.time || (a.event_id < b.event_id ? -1 : 1)

/** What somebody reads who has the whole log of a service and host before them. */
const read = (all: readonly Line[], line: Line, before: number, after: number): string[] => {
  const own = all
    .filter(({ service, host }) => service === line.service && host === line.host)
    .toSorted(byTime)
  const at = own.indexOf(line)
  return own
    .slice(Math.max(0, at - before), at + after + 1)
    .filter(({ time }) => Math.abs(time - line.time) <= CONTEXT_MS)
    .map(({ message }) => message)
}
const placeOf = ({ event_id, time, service, host }: Line): LogPlace => ({
  eventId: event_id,
  time: new Date(time),
  service,
  host,
})
const newTenant = async (some: readonly Line[]): Promise<TenantId> => {
  const tenant = trustTenantId(uuidv7())
  for (let from = 0; from < some.length; from += 100)
    await storeItems(store.clickHouse, logEvents, tenant, some.slice(from, from + 100) as never)
  return tenant
}

test('the lines around each of a page are those that stand around it in its log, whatever else is asked', async () => {
  const tenant = await newTenant(lines.toReversed())
  const other = await newTenant(lines.map((line) => ({ ...line, event_id: uuidv7(), message: 'not ours' })))
  const { logContext } = createLogContextQueries(store)
  const page = lines.filter((_line, n) => n % 9 === 0)
  for (const [before, after] of [
    [10, 10],
    [0, 3],
    [100, 0],
  ] as const) {
    const found = await logContext(tenant, { before, after }, page.map(placeOf))
    for (const line of page)
      expect(found.get(line.event_id)!.map(({ message }) => message)).toEqual(
        read(lines, line, before, after),
      )
  }
  // A line of the project, among the lines of the project alone; and of another tenant nothing.
  const ofProject = lines.filter((line) => line.project === project)
  const held = await logContext(tenant, { before: 5, after: 5, project }, ofProject.slice(0, 20).map(placeOf))
  for (const line of ofProject.slice(0, 20))
    expect(held.get(line.event_id)!.map(({ message }) => message)).toEqual(read(ofProject, line, 5, 5))
  const theirs = await logContext(other, { before: 5, after: 5 }, [placeOf(lines[0]!)])
  expect([...theirs.values()]).toEqual([[]])
})

import { afterAll, beforeAll, expect, test } from 'vitest'
import { createNodeLoadSeriesQueries } from '../../src/modules/infrastructure/node-load-series.queries.ts'
import { nodeSamples } from '../../src/modules/infrastructure/node-samples.dataset.ts'
import { trustTenantId, uuidv7, type TenantId } from '../../src/platform/ids.ts'
import { openSharedStore, type TestStore } from '../testkit/clickhouse.ts'
import { storeItems } from '../testkit/facts.ts'
import { makeNodeSamples, plainLoad, type NodeItem } from '../testkit/node-samples.ts'
import { waysInBrief, waysToStore } from '../testkit/storing.ts'
import { numbers } from '../testkit/stream-health.ts'
import { cutsFor, expectSeries, nextChanges } from '../testkit/zones.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
/** With `NODE_BLOCKS=1000` each way of storing in parts makes so many inserts. */
const BLOCKS = Number(process.env['NODE_BLOCKS'] ?? 10)
const SAMPLES = Math.max(600, BLOCKS)
const TIMEOUT_MS = 60_000 + BLOCKS * 300

let store: TestStore
beforeAll(async () => void (store = await openSharedStore()))
afterAll(() => store.close())

const storeSamples = (tenant: TenantId, samples: readonly NodeItem[], token?: string) =>
  storeItems(store.clickHouse, nodeSamples, tenant, samples, token)
const ways = (BLOCKS > 25 ? waysToStore : waysInBrief)(storeSamples, BLOCKS)

// The second zone, and all cuts of all ways, by hand with more blocks: the seconds of CI are few.
const full = BLOCKS > 25
const zones = ['Europe/Amsterdam', ...(full ? ['America/New_York'] : [])]
const steps = [MINUTE, 5 * MINUTE, HOUR, 6 * HOUR, DAY]
/** Read from the samples, the five minutes and the hours. */
const perTable = [MINUTE, 5 * MINUTE, HOUR]
/** Of each node alone, of two together, and of one that nobody knows. */
const groups = { n1: ['n1'], both: ['n2', 'n3'], none: [], unknown: ['n4'] }
let compared = 0

test.each(
  zones.flatMap((zone) =>
    nextChanges(zone).flatMap((change) => Object.keys(ways).map((way) => [zone, change, way] as const)),
  ),
)(
  'around a change of clocks in %s (%i), stored %s: each bucket and the whole as computed from the samples',
  async (zone, change, way) => {
    const [tenant, other] = [trustTenantId(uuidv7()), trustTenantId(uuidv7())]
    const span = { from: change - 2 * DAY, ms: 4 * DAY }
    const samples = makeNodeSamples(numbers(change % 1_000_003), SAMPLES, span)
    await ways[way]!(tenant, samples)
    await storeSamples(other, makeNodeSamples(numbers(7), 100, span))
    const clock = { now: () => change + 3 * DAY }
    const queries = createNodeLoadSeriesQueries({ clickHouse: store.clickHouse, clock })
    for (const [cutIn, stepMs] of cutsFor(way, zone, { steps, perTable, full })) {
      // Minutes of four days are more points than a series has.
      const few = stepMs === MINUTE || (!full && cutIn !== zone && stepMs === 5 * MINUTE)
      const reach = few ? 6 * HOUR : 2 * DAY
      const window = {
        range: { from: new Date(change - reach), to: new Date(change + reach) },
        stepMs,
        zone: cutIn,
      }
      const [all, together] = await Promise.all([
        queries.loadSeries(tenant, { nodes: new Map(Object.entries(groups)), ...window }),
        queries.tenantLoad(tenant, window),
      ])
      all.set('', together)
      expect([...all.keys()]).toEqual([...Object.keys(groups), ''])
      for (const [name, { stepMs: _step, zone: _zone, ...told }] of all) {
        const members: readonly string[] | undefined = groups[name as keyof typeof groups]
        const own = samples.filter(({ node_id }) => members?.includes(node_id) ?? true)
        const within = (start: number, end: number) =>
          plainLoad(own.filter(({ time }) => time >= start && time < end))
        expectSeries(told, within, { changes: cutIn === zone, stepMs })
        compared += 1
      }
    }
  },
  TIMEOUT_MS,
)

test('all series were compared, of 2 changes and 5 of nodes for each zone: 3 zones to cut in and 5 steps of one block, 3 tables of each other way', () => {
  const others = Object.keys(ways).length - 1
  expect(compared).toBe(2 * (3 * 5 + others * (full ? 3 * 5 : 3)) * 5 * zones.length)
})

test('a range that is not kept at its step is refused with the step that has it, and too many points too', async () => {
  const tenant = trustTenantId(uuidv7())
  const now = Date.now()
  const queries = createNodeLoadSeriesQueries({ clickHouse: store.clickHouse, clock: { now: () => now } })
  const ask = (days: number, stepMs: number) => ({
    stepMs,
    zone: 'UTC',
    range: { from: new Date(now - days * DAY), to: new Date(now - (days - 1) * DAY) },
  })
  await expect(queries.tenantLoad(tenant, ask(31, MINUTE))).rejects.toMatchObject({
    code: 'LIMIT_EXCEEDED',
    message: expect.stringContaining('With a step of PT1H'),
  })
  await expect(queries.tenantLoad(tenant, ask(31, 5 * MINUTE))).resolves.toMatchObject({ samples: 0 })
  await expect(queries.tenantLoad(tenant, ask(181, 5 * MINUTE))).rejects.toMatchObject({
    code: 'LIMIT_EXCEEDED',
  })
  await expect(queries.tenantLoad(tenant, ask(181, HOUR))).resolves.toMatchObject({
    nodes: 0,
    cpuPercent: null,
    bandwidthOutBps: null,
  })
  const nodes = new Map(Array.from({ length: 42 }, (_, n) => [`n${n}`, [`n${n}`]]))
  await expect(queries.loadSeries(tenant, { nodes, ...ask(1, MINUTE) })).rejects.toMatchObject({
    message: expect.stringContaining('a coarser step'),
  })
})

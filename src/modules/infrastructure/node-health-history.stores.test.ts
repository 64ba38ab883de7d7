import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openSharedStore, type TestStore } from '../../../tests/testkit/clickhouse.ts'
import { storeItems } from '../../../tests/testkit/facts.ts'
import { makeNodeSamples, type NodeItem } from '../../../tests/testkit/node-samples.ts'
import { waysToStore } from '../../../tests/testkit/storing.ts'
import { numbers } from '../../../tests/testkit/stream-health.ts'
import { follow } from '../../ingest/follow.ts'
import { trustTenantId, uuidv7, type TenantId } from '../../platform/ids.ts'
import { afterHeartbeat, healthOf, type Heartbeat, type NodeState } from './edge-node.rules.ts'
import {
  createNodeHealthHistoryQueries,
  MAX_INTERVALS,
  type HealthHistory,
  type HealthInterval,
} from './node-health-history.queries.ts'
import { nodeSamples } from './node-samples.dataset.ts'

const HOUR = 3_600_000
const now = Math.floor(Date.now() / HOUR) * HOUR
const range = { from: new Date(now - 6 * HOUR), to: new Date(now) }

let store: TestStore
let queries: ReturnType<typeof createNodeHealthHistoryQueries>
beforeAll(async () => {
  store = await openSharedStore()
  queries = createNodeHealthHistoryQueries({ clickHouse: store.clickHouse, clock: { now: () => now } })
})
afterAll(() => store.close())

const newTenant = (): TenantId => trustTenantId(uuidv7())
const storeSamples = (tenant: TenantId, samples: readonly NodeItem[], token?: string) =>
  storeItems(store.clickHouse, nodeSamples, tenant, samples, token)

/** What the rule that moves the row of a node says, asked at every moment at which it may become another. */
const plainHistory = (samples: readonly NodeItem[], endMs: number): HealthHistory => {
  const found: { health: NodeState['health']; at: number }[] = []
  const say = (health: NodeState['health'], at: number) => {
    if (found.at(-1)?.health !== health) found.push({ health, at })
  }
  let node: NodeState = {
    health: 'STALE',
    healthScore: 100,
    isHealthy: true,
    lastHeartbeatAt: null,
    healthSince: new Date(0),
  }
  const inOrder = samples.toSorted((a, b) => a.time - b.time || (a.event_id < b.event_id ? -1 : 1))
  const silence = (untilMs: number) => {
    const silentAt = (node.lastHeartbeatAt?.getTime() ?? Infinity) + 60_000
    if (silentAt < untilMs) {
      expect(healthOf(node, silentAt)).not.toBe('STALE')
      expect(healthOf(node, silentAt + 1)).toBe('STALE')
      say('STALE', silentAt)
    }
  }
  for (const { time, health_score, is_healthy } of inOrder) {
    silence(time)
    const beat: Heartbeat = {
      at: new Date(time),
      ...(health_score !== undefined && { healthScore: health_score }),
      ...(is_healthy !== undefined && { isHealthy: is_healthy }),
    }
    const { moved } = follow([node], () => [beat], afterHeartbeat(time))
    node = moved[0] ?? node
    say(healthOf(node, time), time)
  }
  silence(endMs)
  const intervals = found.map(({ health, at }, index): HealthInterval => {
    const next = found[index + 1]?.at
    return {
      health,
      from: new Date(at),
      to: next === undefined ? null : new Date(next),
      seconds: ((next ?? endMs) - at) / 1_000,
    }
  })
  const secondsOf = (health: NodeState['health']) =>
    intervals.reduce((ms, each) => ms + (each.health === health ? Math.round(each.seconds * 1_000) : 0), 0) /
    1_000
  return {
    changes: Math.max(0, intervals.length - 1),
    healthySeconds: secondsOf('HEALTHY'),
    degradedSeconds: secondsOf('DEGRADED'),
    unhealthySeconds: secondsOf('UNHEALTHY'),
    staleSeconds: secondsOf('STALE'),
    intervals: intervals.toReversed(),
  }
}
/** The row of a node takes no second heartbeat of one instant. */
const atOnce = (samples: readonly NodeItem[]): NodeItem[] => {
  const seen = new Set<string>()
  return samples.filter(
    ({ node_id, time }) => !seen.has(`${node_id} ${time}`) && seen.add(`${node_id} ${time}`),
  )
}

describe.each([1, 2])('of random samples (%i)', (seed) => {
  const samples = atOnce(makeNodeSamples(numbers(seed), 900, { from: range.from.getTime(), ms: 6 * HOUR }))
  test.each(Object.entries(waysToStore(storeSamples, 8)))(
    'stored %s: the health that the rule of the row gives, sample after sample',
    async (_way, storeIn) => {
      const tenant = newTenant()
      await storeIn(tenant, samples)
      const nodeNames = ['n1', 'n2', 'n3', 'unknown']
      // The whole, one that cuts states at both ends, and one that reaches into what is to come.
      const windows = [
        range,
        { from: new Date(now - 4 * HOUR), to: new Date(now - HOUR) },
        { from: new Date(now - HOUR), to: new Date(now + HOUR) },
      ]
      for (const window of windows) {
        const history = await queries.healthHistory(tenant, { nodeNames, range: window })
        for (const name of nodeNames) {
          const own = samples.filter(
            ({ node_id, time }) =>
              node_id === name && time >= window.from.getTime() && time < window.to.getTime(),
          )
          const expected = plainHistory(own, Math.min(window.to.getTime(), now))
          expect(history.get(name)).toEqual({
            ...expected,
            intervals: expected.intervals.slice(0, MAX_INTERVALS),
          })
        }
      }
    },
  )
})

const at = (secondsAgo: number, more: Partial<NodeItem> = {}): NodeItem => ({
  event_id: uuidv7(),
  time: now - secondsAgo * 1_000,
  node_id: 'n1',
  ...more,
})
const of = { nodeNames: ['n1'], range }

test('sixty seconds of silence are none, and what comes late mends it', async () => {
  const tenant = newTenant()
  await storeSamples(tenant, [at(200, { health_score: 90 }), at(140), at(10, { health_score: 60 })])
  const { intervals, ...totals } = (await queries.healthHistory(tenant, of)).get('n1')!
  expect(totals).toEqual({
    changes: 2,
    healthySeconds: 120,
    degradedSeconds: 10,
    unhealthySeconds: 0,
    staleSeconds: 70,
  })
  expect(intervals).toEqual([
    { health: 'DEGRADED', from: new Date(now - 10_000), to: null, seconds: 10 },
    { health: 'STALE', from: new Date(now - 80_000), to: new Date(now - 10_000), seconds: 70 },
    { health: 'HEALTHY', from: new Date(now - 200_000), to: new Date(now - 80_000), seconds: 120 },
  ])
  // Late, and of a node that says that it is not well.
  await storeSamples(tenant, [at(70, { is_healthy: false })])
  expect((await queries.healthHistory(tenant, of)).get('n1')).toMatchObject({
    changes: 3,
    staleSeconds: 10,
    unhealthySeconds: 60,
    intervals: [{ health: 'DEGRADED' }, { health: 'UNHEALTHY' }, { health: 'STALE' }, { health: 'HEALTHY' }],
  })
})

test('only the newest are told and all are counted; another tenant has none of it; what is not kept is refused', async () => {
  const tenant = newTenant()
  const many = Array.from({ length: MAX_INTERVALS + 20 }, (_, n) =>
    at(1_000 - n, { health_score: n % 2 ? 90 : 60 }),
  )
  await storeSamples(tenant, many)
  const { intervals, changes, healthySeconds, degradedSeconds } = (
    await queries.healthHistory(tenant, of)
  ).get('n1')!
  expect([intervals.length, changes]).toEqual([MAX_INTERVALS, MAX_INTERVALS + 20])
  expect(intervals[1]!.from).toEqual(new Date(many.at(-1)!.time))
  expect(healthySeconds + degradedSeconds).toBe(MAX_INTERVALS + 19 + 60)
  expect((await queries.healthHistory(newTenant(), of)).get('n1')).toMatchObject({
    changes: 0,
    intervals: [],
  })
  const old = { from: new Date(now - 31 * 24 * HOUR), to: new Date(now) }
  await expect(queries.healthHistory(tenant, { ...of, range: old })).rejects.toMatchObject({
    code: 'LIMIT_EXCEEDED',
  })
})

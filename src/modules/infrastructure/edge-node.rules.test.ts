import { expect, test } from 'vitest'
import { healthOf, isFit } from './edge-node.rules.ts'

const NOW = Date.UTC(2026, 10, 20, 12)
const vitals = (healthScore: number, silentMs: number | null, isHealthy = true) => ({
  healthScore,
  isHealthy,
  lastHeartbeatAt: silentMs === null ? null : new Date(NOW - silentMs),
})

test.each([
  ['HEALTHY', vitals(100, 0)],
  ['HEALTHY', vitals(80, 60_000)],
  ['DEGRADED', vitals(79, 0)],
  ['DEGRADED', vitals(50, 0)],
  ['UNHEALTHY', vitals(49, 0)],
  ['UNHEALTHY', vitals(0, 0)],
  ['UNHEALTHY', vitals(100, 0, false)],
  ['STALE', vitals(100, 60_001)],
  ['STALE', vitals(100, null)],
  ['STALE', vitals(0, 60_001, false)],
] as const)('a node is %s with %o', (health, node) => {
  expect(healthOf(node, NOW)).toBe(health)
})

test('a score of 50 and more is fit for viewers', () => {
  expect([49, 50, 100].map(isFit)).toEqual([false, true, true])
})

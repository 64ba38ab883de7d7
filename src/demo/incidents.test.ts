import { expect, test } from 'vitest'
import { logEvents } from '../modules/incidents/log-events.dataset.ts'
import { nodeStatesAt } from './degradations.ts'
import { incidentByFingerprint, incidentsBetween, stepsOf } from './incidents.ts'
import { logEventsBetween } from './logs.ts'
import { createWorld } from './world.ts'

const DAY = 86_400_000
const HOUR = 3_600_000
const MINUTE = 60_000
const midnight = Date.UTC(2026, 4, 12)
const world = createWorld(7)

const isError = ({ level }: { level: string }) => level === 'ERROR' || level === 'FATAL'

test('a span of the log is the same however it is cut, in order of time, with an id for each line', () => {
  const whole = logEventsBetween(world, midnight, midnight + HOUR)
  const cuts = [0, 1_234, 7_000, 1_800_001, HOUR].map((offset) => midnight + offset)
  const parts = cuts.slice(1).flatMap((to, i) => logEventsBetween(createWorld(7), cuts[i]!, to))
  expect(parts).toEqual(whole)
  expect(new Set(whole.map(({ event_id }) => event_id)).size).toBe(whole.length)
  expect(whole.map(({ time }) => time)).toEqual(whole.map(({ time }) => time).toSorted((a, b) => a - b))
})

test('every line is valid for ingest, comes from an edge node, and nothing is left to fill in', () => {
  const hosts = new Set(world.nodes.map(({ nodeId }) => nodeId))
  const items = logEventsBetween(world, midnight, midnight + 2 * HOUR)
  expect(items.map((item) => logEvents.schema.parse(item))).toMatchObject(items)
  expect(items.filter(({ host, message }) => !hosts.has(host) || /[{}]/.test(message))).toEqual([])
  expect(new Set(items.map(({ service }) => service)).size).toBeGreaterThanOrEqual(5)
})

test('a day has about five incidents and at most 60,000 log lines, mostly INFO', () => {
  const items = logEventsBetween(world, midnight, midnight + DAY, 'history')
  const incidents = incidentsBetween(world, midnight, midnight + DAY)
  expect(incidents.length).toBeGreaterThanOrEqual(4)
  expect(incidents.length).toBeLessThanOrEqual(6)
  expect(items.length).toBeLessThan(60_000)
  expect(items.filter(({ level }) => level === 'INFO').length).toBeGreaterThan(items.length / 2)
})

test('errors come in bursts, and each burst is an incident of the node that wrote them', () => {
  const incidents = incidentsBetween(world, midnight, midnight + DAY)
  const errors = logEventsBetween(world, midnight, midnight + DAY, 'history').filter(isError)
  const inside = errors.filter((error) =>
    incidents.some(
      ({ openedAt, resolvedAt = Infinity, labels }) =>
        labels.node === error.host && error.time >= openedAt - 2 * MINUTE && error.time <= resolvedAt,
    ),
  )
  expect(inside.length).toBeGreaterThan(errors.length * 0.9)
  for (const { labels, openedAt, resolvedAt } of incidents) {
    if (resolvedAt === undefined) continue
    const own = inside.filter((e) => e.host === labels.node && e.time >= openedAt && e.time < resolvedAt)
    expect(own.length / ((resolvedAt - openedAt) / MINUTE)).toBeGreaterThan(10)
    const middle = (openedAt + resolvedAt) / 2
    const node = world.nodes.find(({ nodeId }) => nodeId === labels.node)!
    expect(nodeStatesAt(world, middle, 'history')[node.index]!.healthScore).toBeLessThan(80)
  }
})

test('live, something opens or resolves at least every three minutes', () => {
  const changes = incidentsBetween(world, midnight, midnight + 6 * HOUR, 'live')
    .flatMap(({ openedAt, resolvedAt }) => (resolvedAt === undefined ? [openedAt] : [openedAt, resolvedAt]))
    .toSorted((a, b) => a - b)
  const gaps = changes.slice(1).map((at, i) => at - changes[i]!)
  expect(changes.length).toBeGreaterThan(200)
  expect(Math.max(...gaps)).toBeLessThan(3 * MINUTE)
})

test('an incident is told in order, and as far as it has come', () => {
  const [first] = incidentsBetween(world, midnight, midnight + DAY)
  const { openedAt, fingerprint } = first!
  const whole = incidentByFingerprint(world, fingerprint, openedAt)!
  const steps = stepsOf(whole)
  expect(steps.map((step) => (step.kind === 'status' ? step.status : 'note'))).toEqual([
    'INVESTIGATING',
    'note',
    'note',
    'RESOLVED',
  ])
  const times = [openedAt, ...steps.map(({ at }) => at)]
  expect(times).toEqual(times.toSorted((a, b) => a - b))
  const [young] = incidentsBetween(world, midnight, openedAt + 1)
  expect(young).toMatchObject({ fingerprint, notes: [] })
  expect(young).not.toHaveProperty('resolvedAt')
})

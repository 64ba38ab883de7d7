import { expect, test } from 'vitest'
import { streamHealthSamples } from '../modules/streaming/stream-health.dataset.ts'
import { degradationsBetween } from './degradations.ts'
import { broadcastAt } from './schedule.ts'
import { healthSamplesBetween, nodeOf, type HealthSampleItem } from './stream-health.ts'
import { createWorld } from './world.ts'

const DAY = 86_400_000
const HOUR = 3_600_000
const MINUTE = 60_000
const midnight = Date.UTC(2026, 4, 12)
const world = createWorld(7)
const today = healthSamplesBetween(world, midnight, midnight + DAY, 'history')
const loss = (item: HealthSampleItem): number => item.packets_lost / item.packets_sent
const mean = (items: readonly HealthSampleItem[], of: (item: HealthSampleItem) => number): number =>
  items.reduce((sum, item) => sum + of(item), 0) / items.length

test('a span is the same however it is cut, in order of time, with an id for each sample', () => {
  const whole = healthSamplesBetween(world, midnight, midnight + HOUR)
  const cuts = [0, 1_234, 7_000, 1_800_001, HOUR].map((offset) => midnight + offset)
  const parts = cuts.slice(1).flatMap((to, i) => healthSamplesBetween(createWorld(7), cuts[i]!, to))
  expect(parts).toEqual(whole)
  expect(new Set(today.map(({ event_id }) => event_id)).size).toBe(today.length)
  const times = today.map(({ time }) => time)
  expect(times).toEqual(times.toSorted((a, b) => a - b))
})

test('every sample is valid for ingest, of a stream on the air, and a day has at most 20,000 of them', () => {
  for (const item of today) {
    expect(streamHealthSamples.schema.parse(item)).toMatchObject({ health_score: item.health_score })
    const stream = world.streams.find(({ internalName }) => internalName === item.internal_name)!
    expect(broadcastAt(world, stream, item.time)).toBeDefined()
  }
  expect(today.length).toBeGreaterThan(5_000)
  expect(today.length).toBeLessThan(20_000)
})

test('live, a stream on the air tells its health six times a minute, at any speed', () => {
  const always = world.streams.find(({ rhythm }) => rhythm === 'always')
  for (const speed of [0.1, 1, 100]) {
    const worldTime = (timeMs: number) => midnight + (timeMs - midnight) * speed
    const items = healthSamplesBetween(world, midnight, midnight + MINUTE, 'live', worldTime)
    expect(items.filter(({ internal_name }) => internal_name === always!.internalName)).toHaveLength(6)
  }
})

test('a bad hour of an edge node is a falling score, lost packets and dry buffers of its streams, and of no others', () => {
  const troubles = degradationsBetween(world, midnight, midnight + 3 * DAY, 'history')
  const names = (nodeId: string) =>
    new Set(
      world.streams.filter((stream) => nodeOf(stream).nodeId === nodeId).map((each) => each.internalName),
    )
  const told = troubles.map(({ node, startsAt, endsAt }) => {
    const middle = (endsAt - startsAt) / 4
    const during = healthSamplesBetween(world, startsAt + middle, endsAt - middle, 'history')
    const before = healthSamplesBetween(world, startsAt - HOUR, startsAt, 'history')
    const on = (items: readonly HealthSampleItem[]) =>
      items.filter(({ internal_name }) => names(node.nodeId).has(internal_name))
    return { during: on(during), before: on(before) }
  })
  const [sick, well] = [told.flatMap(({ during }) => during), told.flatMap(({ before }) => before)]
  expect(sick.length).toBeGreaterThan(20)
  expect(mean(sick, (item) => item.health_score)).toBeLessThan(mean(well, (item) => item.health_score) - 20)
  expect(mean(sick, loss)).toBeGreaterThan(10 * mean(well, loss))
  expect(sick.filter(({ buffer_state }) => buffer_state === 'DRY').length).toBeGreaterThan(sick.length / 10)
  expect(sick.every(({ issues }) => issues !== '')).toBe(true)

  const quiet = (item: HealthSampleItem) =>
    !troubles.some(
      (each) => each.node.nodeId === item.node_id && item.time >= each.startsAt && item.time < each.endsAt,
    )
  for (const { buffer_state, issues, health_score } of today.filter(quiet)) {
    expect([buffer_state, issues]).toEqual(['FULL', ''])
    expect(health_score).toBeGreaterThan(90)
  }
})

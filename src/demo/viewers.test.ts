import { expect, test } from 'vitest'
import { viewerSamples } from '../modules/audience/viewer-samples.dataset.ts'
import { degradationsBetween } from './degradations.ts'
import { demoEntities } from './entities.ts'
import { broadcastAt, turnout } from './schedule.ts'
import { viewerSamplesAt, type ViewerSampleItem } from './viewers.ts'
import { createWorld } from './world.ts'

const DAY = 86_400_000
const HOUR = 3_600_000
const MINUTE = 60_000
const midnight = Date.UTC(2026, 4, 12)
const world = createWorld(7)
const coarse = { mode: 'history', intervalMs: MINUTE } as const

const viewers = (items: readonly ViewerSampleItem[]) =>
  items.reduce((sum, item) => sum + item.viewer_count, 0)

test('the same seed makes the same world and samples, in whatever order they are asked for', () => {
  const times = [0, 5, 11, 23].map((hour) => midnight + hour * HOUR)
  const forward = times.map((time) => viewerSamplesAt(createWorld(7), time))
  const again = createWorld(7)
  const backward = times
    .toReversed()
    .map((time) => viewerSamplesAt(again, time))
    .toReversed()
  expect(again).toEqual(world)
  expect(backward).toEqual(forward)
})

test('another seed makes another world', () => {
  const other = createWorld(8)
  expect(other.streams.map(({ internalName }) => internalName)).not.toEqual(
    world.streams.map(({ internalName }) => internalName),
  )
  const ids = new Set(viewerSamplesAt(world, midnight).map(({ event_id }) => event_id))
  expect(viewerSamplesAt(other, midnight).filter(({ event_id }) => ids.has(event_id))).toEqual([])
})

test('the world has 40 streams, 8 edge nodes in 3 clusters, and every cell has a fallback in its cluster', () => {
  const { clusters, edgeNodes, streams } = demoEntities(world, midnight + 20 * HOUR)
  expect([streams.length, edgeNodes.length, clusters.length]).toEqual([40, 8, 3])
  expect(new Set(streams.map(({ internalName }) => internalName)).size).toBe(40)
  expect(new Set(streams.map(({ playbackId }) => playbackId)).size).toBe(40)
  expect(new Set(streams.map(({ status }) => status))).toContain('LIVE')
  expect(new Set(streams.map(({ status }) => status))).toContain('OFFLINE')
  for (const { cells } of world.streams) {
    expect(cells.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1)
    for (const { node, fallback } of cells) {
      expect(fallback.nodeId).not.toBe(node.nodeId)
      expect(fallback.clusterId).toBe(node.clusterId)
    }
  }
})

test('a day is at most 300,000 rows, each valid for ingest, with an id and a key of its own at its time', () => {
  const ids = new Set<string>()
  let rows = 0
  for (let time = midnight; time < midnight + DAY; time += MINUTE) {
    const items = viewerSamplesAt(world, time, coarse)
    rows += items.length
    for (const item of items) ids.add(item.event_id)
    const keys = items.map((item) =>
      [item.internal_name, item.node_id, item.country_code, item.connection_type].join(),
    )
    expect(new Set(keys).size).toBe(items.length)
    if (time % HOUR === 0) for (const item of items) expect(viewerSamples.schema.parse(item)).toEqual(item)
  }
  expect(rows).toBeGreaterThan(50_000)
  expect(rows).toBeLessThanOrEqual(300_000)
  expect(ids.size).toBe(rows)
})

test('five streams have more than half of the audience at any hour', () => {
  for (let time = midnight; time < midnight + DAY; time += HOUR) {
    const items = viewerSamplesAt(world, time, coarse)
    const perStream = Map.groupBy(items, ({ internal_name }) => internal_name)
    const sums = [...perStream.values()].map(viewers).toSorted((a, b) => b - a)
    expect(viewers(sums.length ? items : [])).toBeGreaterThan(500)
    expect(sums.slice(0, 5).reduce((a, b) => a + b, 0)).toBeGreaterThan(viewers(items) / 2)
  }
})

test('a country watches most in its own evening and least before its dawn', () => {
  const always = new Set(world.streams.filter((s) => s.rhythm === 'always').map((s) => s.internalName))
  for (const { code, utcOffsetHours } of world.countries.slice(0, 4)) {
    const byHour = Array.from({ length: 24 }, (_, hour) => {
      const items = viewerSamplesAt(world, midnight + hour * HOUR, coarse)
      const own = items.filter((item) => item.country_code === code && always.has(item.internal_name))
      return { local: (hour + utcOffsetHours + 24) % 24, count: viewers(own) }
    }).toSorted((a, b) => b.count - a.count)
    expect(byHour[0]?.local).toBeGreaterThanOrEqual(18)
    expect(byHour.at(-1)?.local).toBeLessThanOrEqual(9)
  }
})

test('the total moves from one report to the next, but never by a jump', () => {
  const totals = Array.from({ length: 90 }, (_, i) => viewers(viewerSamplesAt(world, midnight + i * 10_000)))
  const steps = totals.slice(1).map((total, i) => Math.abs(total - totals[i]!) / totals[i]!)
  expect(steps.filter((step) => step > 0).length).toBeGreaterThan(60)
  expect(Math.max(...steps)).toBeLessThan(0.03)
})

test('a show that ends reports 0 once for each key that had viewers, then nothing', () => {
  const show = world.streams.find((stream) => stream.rhythm === 'flash')!
  const noon = midnight + show.startMinuteUtc * MINUTE + 10 * MINUTE
  const end = broadcastAt(world, show, noon)!.endsAt
  const at = (time: number) =>
    viewerSamplesAt(world, time).filter((item) => item.internal_name === show.internalName)
  const last = at(end - 10_000).filter((item) => item.viewer_count > 0)
  expect(last.length).toBeGreaterThan(0)
  expect(at(end).map((item) => item.viewer_count)).toEqual(last.map(() => 0))
  expect(at(end + 10_000)).toEqual([])
  expect(turnout(world, show, end - 1)).toBeLessThan(turnout(world, show, end - 30 * MINUTE))
})

test('a node in trouble loses viewers to its neighbour and quality, and the audience as a whole stays', () => {
  const trouble = degradationsBetween(world, midnight, midnight + 5 * DAY, 'history').find(
    ({ condition }) => condition.shift >= 0.5,
  )!
  const middle = (trouble.startsAt + trouble.endsAt) / 2
  const sick = viewerSamplesAt(world, middle, coarse)
  const well = viewerSamplesAt(world, trouble.startsAt - MINUTE, coarse)
  const on = (items: readonly ViewerSampleItem[]) =>
    items.filter((item) => item.node_id === trouble.node.nodeId && item.viewer_count > 0)
  const quality = (items: readonly ViewerSampleItem[]) =>
    on(items).reduce((sum, item) => sum + item.connection_quality, 0) / on(items).length
  expect(viewers(on(sick))).toBeLessThan(viewers(on(well)) * 0.75)
  expect(quality(sick)).toBeLessThan(quality(well) - 0.1)
  expect(viewers(sick)).toBeGreaterThan(viewers(well) * 0.8)
})

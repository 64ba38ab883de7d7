import { expect, test } from 'vitest'
import { connectionEvents } from '../modules/audience/connection-events.dataset.ts'
import { connectionEventsBetween, VIEWERS_OF_A_SEAT, type ConnectionEventItem } from './connections.ts'
import { degradationsBetween } from './degradations.ts'
import { broadcastAt } from './schedule.ts'
import { viewerSamplesAt } from './viewers.ts'
import { createWorld } from './world.ts'

const DAY = 86_400_000
const HOUR = 3_600_000
const MINUTE = 60_000
const midnight = Date.UTC(2026, 4, 12)
const world = createWorld(7)
const today = connectionEventsBetween(world, midnight, midnight + DAY)
const joins = (items: readonly ConnectionEventItem[]) =>
  items.filter(({ event_type }) => event_type === 'connect').length

test('a span is the same however it is cut, in order of time, with an id for each event', () => {
  const whole = connectionEventsBetween(world, midnight, midnight + HOUR)
  const cuts = [0, 1_234, 7_000, 1_800_001, HOUR].map((offset) => midnight + offset)
  const parts = cuts.slice(1).flatMap((to, i) => connectionEventsBetween(createWorld(7), cuts[i]!, to))
  expect(parts).toEqual(whole)
  expect(new Set(today.map(({ event_id }) => event_id)).size).toBe(today.length)
  const times = today.map(({ time }) => time)
  expect(times).toEqual(times.toSorted((a, b) => a - b))
})

test('every event is valid for ingest, and a day has at most 30,000 of them', () => {
  for (const item of today)
    expect(connectionEvents.schema.parse(item)).toMatchObject({ session_id: item.session_id })
  expect(today.length).toBeGreaterThan(5_000)
  expect(today.length).toBeLessThan(30_000)
})

test('a session connects once and disconnects once, later and where it was, as long after as it says', () => {
  for (const session of Map.groupBy(today, ({ session_id }) => session_id).values()) {
    const [first, second, ...more] = session
    expect(more).toEqual([])
    if (!second) continue
    expect([first!.event_type, second.event_type]).toEqual(['connect', 'disconnect'])
    for (const field of ['internal_name', 'node_id', 'country_code', 'address'] as const)
      expect(second[field]).toBe(first![field])
    expect(second.session_duration_s).toBe(Math.round((second.time - first!.time) / 1_000))
    expect(second.session_duration_s).toBeGreaterThan(0)
  }
})

test('whoever is connected is a hundredth of the viewers, at any hour', () => {
  const day = connectionEventsBetween(world, midnight - 2 * HOUR, midnight + DAY)
  for (let at = midnight; at < midnight + DAY; at += 3 * HOUR) {
    const viewers = viewerSamplesAt(world, at, { mode: 'history' }).reduce(
      (sum, { viewer_count }) => sum + viewer_count,
      0,
    )
    const gone = new Set(
      day.filter((each) => each.time < at && each.event_type === 'disconnect').map((each) => each.session_id),
    )
    const connected = day.filter(
      (each) => each.time < at && each.event_type === 'connect' && !gone.has(each.session_id),
    )
    expect(Math.abs(connected.length * VIEWERS_OF_A_SEAT - viewers)).toBeLessThan(0.3 * viewers)
  }
})

test('a show is joined as it begins, and nobody is left after its end', () => {
  const show = world.streams.find(({ rhythm }) => rhythm === 'flash')!
  const { startedAt, endsAt } = broadcastAt(world, show, midnight + show.startMinuteUtc * MINUTE + MINUTE)!
  const own = connectionEventsBetween(world, startedAt - HOUR, endsAt + HOUR).filter(
    ({ internal_name }) => internal_name === show.internalName,
  )
  const within = (fromMs: number, toMs: number) =>
    joins(own.filter(({ time }) => time >= fromMs && time < toMs))
  expect(within(startedAt - HOUR, startedAt)).toBe(0)
  expect(within(startedAt, startedAt + 10 * MINUTE)).toBeGreaterThan(
    within(endsAt - 10 * MINUTE, endsAt) + 10,
  )
  expect(joins(own) * 2).toBe(own.length)
  expect(own.at(-1)!.time).toBeLessThan(endsAt + 2 * MINUTE)
})

test('those who come while an edge node is unwell are sent to its neighbour', () => {
  const troubles = degradationsBetween(world, midnight, midnight + 5 * DAY, 'history').filter(
    ({ condition }) => condition.shift >= 0.5,
  )
  let [during, before] = [0, 0]
  for (const { node, startsAt, endsAt } of troubles) {
    const on = (fromMs: number, toMs: number) =>
      joins(connectionEventsBetween(world, fromMs, toMs).filter(({ node_id }) => node_id === node.nodeId))
    before += on(startsAt - (endsAt - startsAt), startsAt)
    during += on(startsAt, endsAt)
  }
  expect(during).toBeLessThan(0.75 * before)
})

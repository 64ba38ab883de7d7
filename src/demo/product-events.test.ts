import { expect, test } from 'vitest'
import { productEvents } from '../modules/product/product-events.dataset.ts'
import { degradationsBetween } from './degradations.ts'
import { productEventsBetween, VISIT_MAX_MS, type ProductEventItem } from './product-events.ts'
import { createWorld } from './world.ts'

const DAY = 86_400_000
const HOUR = 3_600_000
const midnight = Date.UTC(2026, 4, 12)
const world = createWorld(7)
const days = (count: number) => productEventsBetween(world, midnight, midnight + count * DAY, 'history')
const threeDays = days(3)

const usersOf = (items: readonly ProductEventItem[]): Set<string> =>
  new Set(items.map(({ user_id }) => user_id).filter((id) => id !== ''))
const ofType = (type: ProductEventItem['event_type']) =>
  threeDays.filter(({ event_type }) => event_type === type)
const onDay = (day: number) => threeDays.filter(({ time }) => Math.floor((time - midnight) / DAY) === day)
const perHour = (list: readonly unknown[], ms: number) => (list.length * HOUR) / ms

test('a span is the same however it is cut, in order of time, with an id for each event', () => {
  const whole = productEventsBetween(world, midnight, midnight + HOUR)
  const cuts = [0, 1_234, 7_000, 1_800_001, HOUR].map((offset) => midnight + offset)
  const parts = cuts.slice(1).flatMap((to, i) => productEventsBetween(createWorld(7), cuts[i]!, to))
  expect(parts).toEqual(whole)
  expect(new Set(threeDays.map(({ event_id }) => event_id)).size).toBe(threeDays.length)
  const times = threeDays.map(({ time }) => time)
  expect(times).toEqual(times.toSorted((a, b) => a - b))
})

test('every event is valid for ingest, and a day has from 10,000 to 20,000 of them', () => {
  const today = onDay(0)
  for (const item of today)
    expect(productEvents.schema.parse(item)).toMatchObject({
      ...item,
      properties: JSON.stringify(item.properties),
    })
  expect(today.length).toBeGreaterThan(10_000)
  expect(today.length).toBeLessThan(20_000)
})

test('a session is one person, begins with a page, and ends within six minutes', () => {
  for (const visit of Map.groupBy(threeDays, ({ session_id }) => session_id).values()) {
    expect(new Set(visit.map(({ user_id }) => user_id)).size).toBe(1)
    expect(visit.at(-1)!.time - visit[0]!.time).toBeLessThan(VISIT_MAX_MS)
    if (visit[0]!.time > midnight + VISIT_MAX_MS)
      expect(['page_view', 'api_call']).toContain(visit[0]!.event_type)
  }
})

test('each step from a page to a trial is taken by fewer users, and every step by some', () => {
  const steps = (['page_view', 'button_click', 'play_started', 'trial_started'] as const).map(
    (type) => usersOf(ofType(type)).size,
  )
  expect(steps).toEqual(steps.toSorted((a, b) => b - a))
  expect(new Set(steps).size).toBe(4)
  expect(steps[3]).toBeGreaterThan(100)
})

test('people come back: many on the next day, fewer on the day after, and some never', () => {
  const [first, second, third] = [0, 1, 2].map((day) => usersOf(onDay(day)))
  const next = first!.intersection(second!).size
  const after = first!.intersection(third!).size
  expect(next).toBeGreaterThan(after)
  expect(after).toBeGreaterThan(first!.size / 10)
  expect(first!.union(second!).union(third!).size).toBeGreaterThan(1.5 * first!.size)
})

test('properties keep numbers, booleans and objects', () => {
  const page = ofType('page_view')[0]!.properties
  expect(page).toMatchObject({ viewport_width: expect.any(Number), signed_in: expect.any(Boolean) })
  expect(page.device).toMatchObject({ kind: expect.any(String), touch: expect.any(Boolean) })
  const bitrates = ofType('play_started').map(({ properties }) => properties.bitrate_mbps as number)
  expect(bitrates.some((bitrate) => !Number.isInteger(bitrate))).toBe(true)
})

test('while a node is unwell, those whom it serves meet several times as many errors', () => {
  const errors = ofType('error').filter(({ properties }) => properties.node !== undefined)
  const troubles = degradationsBetween(world, midnight, midnight + 3 * DAY, 'history')
  const inTrouble = ({ time, properties }: ProductEventItem) =>
    troubles.some(
      (each) => each.node.nodeId === properties.node && time >= each.startsAt && time < each.endsAt,
    )
  const troubledMs = troubles.reduce((sum, { startsAt, endsAt }) => sum + endsAt - startsAt, 0)
  const during = perHour(errors.filter(inTrouble), troubledMs)
  const otherwise = perHour(
    errors.filter((each) => !inTrouble(each)),
    world.nodes.length * 3 * DAY - troubledMs,
  )
  expect(during).toBeGreaterThan(8 * otherwise)
})

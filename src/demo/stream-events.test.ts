import { expect, test } from 'vitest'
import { streamEvents } from '../modules/streaming/stream-events.dataset.ts'
import { streamStatusAt } from './schedule.ts'
import { streamEventsBetween } from './stream-events.ts'
import { healthSamplesBetween } from './stream-health.ts'
import { createWorld } from './world.ts'

const DAY = 86_400_000
const HOUR = 3_600_000
const midnight = Date.UTC(2026, 4, 12)
const world = createWorld(7)
const days = streamEventsBetween(world, midnight, midnight + 3 * DAY, 'history')

test('a span is the same however it is cut, in order of time, with an id for each event', () => {
  const whole = streamEventsBetween(world, midnight, midnight + DAY)
  const cuts = [0, 1_234, 7_000, 5 * HOUR + 1, DAY].map((offset) => midnight + offset)
  const parts = cuts.slice(1).flatMap((to, i) => streamEventsBetween(createWorld(7), cuts[i]!, to))
  expect(parts).toEqual(whole)
  expect(new Set(days.map(({ event_id }) => event_id)).size).toBe(days.length)
  const times = days.map(({ time }) => time)
  expect(times).toEqual(times.toSorted((a, b) => a - b))
  for (const item of days) expect(streamEvents.schema.parse(item)).toMatchObject(item)
})

test('a stream is live from a start to the end after it, at any time between two of its events', () => {
  for (const stream of world.streams) {
    const own = days.filter(
      ({ internal_name, event_type }) =>
        internal_name === stream.internalName && event_type !== 'stream_buffer',
    )
    expect(own.length).toBeGreaterThan(0)
    for (const { event_type, time } of own) {
      const live = event_type === 'stream_start'
      expect(streamStatusAt(world, stream, time) === 'LIVE').toBe(live)
      if (stream.rhythm !== 'always') expect(streamStatusAt(world, stream, time - 1) === 'LIVE').toBe(!live)
    }
  }
})

test('an edge node in trouble is told of its streams, which then tell a lower score', () => {
  const dry = days.find(({ status }) => status === 'DRY')
  const samples = healthSamplesBetween(world, dry!.time, dry!.time + 900_000, 'history').filter(
    ({ internal_name }) => internal_name === dry!.internal_name,
  )
  expect(Math.min(...samples.map(({ health_score }) => health_score))).toBeLessThan(80)
})

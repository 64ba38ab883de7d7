import { expect, test } from 'vitest'
import { platformEvents } from '../modules/platform-events/platform-events.dataset.ts'
import { platformEventsBetween } from './platform-events.ts'
import { createWorld } from './world.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const midnight = Date.UTC(2026, 4, 12)
const today = platformEventsBetween(createWorld(7), midnight, midnight + DAY)

test('a day has an event in each hour, deployments and changes of configuration, and all are valid for ingest', () => {
  expect(today.map(({ time }) => Math.floor((time - midnight) / HOUR))).toEqual(
    Array.from({ length: 24 }, (_, hour) => hour),
  )
  for (const item of today)
    expect(platformEvents.schema.parse(item)).toMatchObject({ ...item, body: JSON.stringify(item.body) })
  expect(new Set(today.map(({ type }) => type))).toEqual(new Set(['deployment', 'configuration.changed']))
})

test('a span is the same however it is cut, with an id for each event', () => {
  const cuts = [0, 1_234, 7 * HOUR + 1, DAY].map((offset) => midnight + offset)
  const parts = cuts.slice(1).flatMap((to, i) => platformEventsBetween(createWorld(7), cuts[i]!, to))
  expect(parts).toEqual(today)
  expect(new Set(today.map(({ event_id }) => event_id)).size).toBe(today.length)
})

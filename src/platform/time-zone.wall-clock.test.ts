import { Temporal } from 'temporal-polyfill'
import { expect, test } from 'vitest'
import { wallClock } from './time-zone.ts'

const HOUR = 3_600_000

test.each([
  ['Europe/Amsterdam', '2026-03-29T01:00Z'],
  ['Europe/Amsterdam', '2026-10-25T01:00Z'],
  ['America/New_York', '2026-03-08T07:00Z'],
  ['Australia/Lord_Howe', '2026-04-04T15:00Z'],
  ['Pacific/Apia', '2011-12-30T10:00Z'],
  ['Africa/Casablanca', '2026-02-15T02:00Z'],
  ['Asia/Kathmandu', '2026-02-15T02:00Z'],
  ['UTC', '2026-02-15T02:00Z'],
])('in %s the clock of the wall shows what Temporal says, around %s', (zone, around) => {
  const atMs = Date.parse(around)
  const clock = wallClock(zone, atMs - 72 * HOUR, atMs + 72 * HOUR)
  for (let ms = atMs - 48 * HOUR; ms < atMs + 48 * HOUR; ms += HOUR / 4) {
    const shown = Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(zone).toPlainDateTime()
    expect(clock.shownAt(ms)).toBe(Date.parse(`${shown.toString()}Z`))
    const local = Temporal.PlainDateTime.from(new Date(ms).toISOString().slice(0, -1))
    const instant = local.toZonedDateTime(zone, { disambiguation: 'compatible' })
    expect([local.toString(), clock.instantOf(ms)]).toEqual([local.toString(), instant.epochMilliseconds])
  }
})

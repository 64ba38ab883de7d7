import { LRUCache } from 'lru-cache'
import { Temporal } from 'temporal-polyfill'
import { AppError } from './errors.ts'

/** A name of the time zone database: what both Node and ClickHouse know. */
const shape = /^[A-Za-z][A-Za-z0-9_+-]*(\/[A-Za-z0-9_+-]+)*$/

const clockAt = (ms: number, zone: string) =>
  Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(zone)

/** The zone's name; UTC unless given. Throws VALIDATION_FAILED for one that there is not. */
export const requireZone = (name: string | null | undefined): string => {
  if (!name) return 'UTC'
  try {
    // Not as Intl would call it, which makes of Asia/Kolkata what it was called before.
    if (shape.test(name)) return clockAt(0, name).timeZoneId
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
  }
  throw new AppError(
    'VALIDATION_FAILED',
    `There is no time zone "${name.slice(0, 40)}". Use a name such as Europe/Amsterdam.`,
  )
}

/** Whether there is such a zone here: databases of zones differ, and so may what another program has stored. */
export const isZone = (name: string): boolean => {
  try {
    return requireZone(name) !== ''
  } catch (error) {
    if (error instanceof AppError) return false
    throw error
  }
}

const DAY_MS = 86_400_000

/** A time in which the clocks of a zone are so many milliseconds ahead of UTC. */
export type OffsetPeriod = { readonly fromMs: number; readonly toMs: number; readonly offsetMs: number }

/** What the zone's clocks show between two times, cut where they are changed. */
export const offsetPeriods = (zone: string, fromMs: number, toMs: number): OffsetPeriod[] => {
  const periods: OffsetPeriod[] = []
  for (let clock = clockAt(fromMs, zone), startMs = fromMs; startMs < toMs;) {
    const change = clock.getTimeZoneTransition('next')
    const endMs = Math.min(change?.epochMilliseconds ?? toMs, toMs)
    periods.push({ fromMs: startMs, toMs: endMs, offsetMs: clock.offsetNanoseconds / 1e6 })
    startMs = endMs
    if (change) clock = change
  }
  return periods
}

/** The day that the zone's calendar shows: YYYY-MM-DD. */
export const dayAt = (ms: number, zone: string): string => clockAt(ms, zone).toPlainDate().toString()

/** What a zone's clocks show, and when they show it, by arithmetic alone. */
export type WallClock = {
  /** What they show at an instant, as milliseconds that a clock of UTC would show the same at. */
  shownAt(ms: number): number
  /**
   * When they show that. A time that is skipped when clocks go forward is as much later, one that comes twice is the
   * first (`compatible`, as calendars of RFC 5545 have it).
   */
  instantOf(shownMs: number): number
}

const SPAN_MS = 366 * DAY_MS
/** By zone and whole spans: thousands of questions of one operation are about few of them. */
const wallClocks = new LRUCache<string, WallClock>({ max: 1_000 })

const makeWallClock = (periods: readonly OffsetPeriod[]): WallClock => ({
  shownAt: (ms) => ms + (periods.find(({ toMs }) => ms < toMs) ?? periods.at(-1)!).offsetMs,
  instantOf: (shownMs) => {
    let { offsetMs } = periods[0]!
    for (const period of periods) {
      const ms = shownMs - period.offsetMs
      if (ms >= period.fromMs) offsetMs = period.offsetMs // else skipped: as the clock before would have shown it
      if (ms < period.toMs) break
    }
    return shownMs - offsetMs
  },
})

/** The clock of a zone between two times; outside of them it may be off. */
export const wallClock = (zone: string, fromMs: number, toMs: number): WallClock => {
  const [from, to] = [Math.floor(fromMs / SPAN_MS), Math.floor(toMs / SPAN_MS) + 1]
  const key = `${zone} ${from} ${to}`
  const known = wallClocks.get(key)
  if (known) return known
  const made = makeWallClock(offsetPeriods(zone, from * SPAN_MS, to * SPAN_MS))
  wallClocks.set(key, made)
  return made
}

/**
 * The time so much earlier: whole days by the zone's calendar, at the same time of day, and the rest by the
 * clock.
 */
export const earlier = (time: Date, byMs: number, zone: string): Date => {
  const days = Math.floor(byMs / DAY_MS)
  const day = clockAt(time.getTime(), zone).subtract({ days })
  return new Date(day.epochMilliseconds - (byMs % DAY_MS))
}

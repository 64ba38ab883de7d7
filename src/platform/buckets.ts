import type { TimeRange } from './time-range.ts'
import { offsetPeriods } from './time-zone.ts'

/** What a series is asked for: its range, the length of a bucket and the time zone in which days begin. */
export type Window = { readonly range: TimeRange; readonly stepMs: number; readonly zone: string }

/**
 * Buckets without a gap between them. Each begins when the zone's clocks show a whole step of the day; those
 * around a change of clocks are shorter or longer than the step.
 */
export type Buckets = {
  readonly stepMs: number
  readonly zone: string
  /** In milliseconds since the Unix epoch. */
  readonly starts: readonly number[]
  /** End of the last one. */
  readonly endMs: number
  /** Whether all have the length of the step. */
  readonly even: boolean
}

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
export const WEEK_MS = 7 * DAY_MS
/** More than the longest day and the largest change of clocks, so that what lies outside a range is found too. */
const AROUND_MS = 50 * HOUR_MS

/** Weeks begin on Mondays, and the Unix epoch was a Thursday. */
const phaseOf = (stepMs: number): number => (stepMs === WEEK_MS ? 4 * DAY_MS : 0)

const evenly = (fromMs: number, toMs: number, stepMs: number): number[] =>
  Array.from({ length: Math.ceil((toMs - fromMs) / stepMs) }, (_, index) => fromMs + index * stepMs)

/**
 * Where buckets of the step begin between two times. A whole step that the clocks skip begins when they are
 * changed. One that they show twice begins twice where the step is an hour or less, so that a day of 25 hours
 * has 25 of them, and once where it is more.
 */
const edgesIn = (zone: string, stepMs: number, fromMs: number, toMs: number): number[] => {
  const edges: number[] = []
  let shown = -Infinity
  for (const period of offsetPeriods(zone, fromMs, toMs)) {
    const offsetMs = period.offsetMs - phaseOf(stepMs)
    const clock = period.fromMs + offsetMs
    const lastStep = Math.floor(clock / stepMs) * stepMs
    if (lastStep !== clock && lastStep > shown && shown !== -Infinity) edges.push(period.fromMs)
    const first = Math.ceil(clock / stepMs) * stepMs - offsetMs
    for (const edge of evenly(first, period.toMs, stepMs)) {
      if (stepMs <= HOUR_MS || edge + offsetMs > shown) edges.push(edge)
    }
    shown = Math.max(shown, Math.floor((period.toMs - 1 + offsetMs) / stepMs) * stepMs)
  }
  return edges
}

/**
 * The buckets that a range touches, whole: a series is about these and says so. In UTC they are counted from
 * the Unix epoch, so that a day's bucket is a UTC day; those of a week begin on Mondays.
 */
export const cutBuckets = ({ range, stepMs, zone }: Window): Buckets => {
  const [fromMs, toMs] = [range.from.getTime(), range.to.getTime()]
  if (zone === 'UTC') {
    const phase = phaseOf(stepMs)
    const first = Math.floor((fromMs - phase) / stepMs) * stepMs + phase
    const starts = evenly(first, toMs, stepMs)
    return { stepMs, zone, starts, endMs: first + starts.length * stepMs, even: true }
  }
  const around = stepMs + AROUND_MS
  const edges = edgesIn(zone, stepMs, fromMs - around, toMs + around)
  const first = edges.findLastIndex((edge) => edge <= fromMs)
  const end = edges.findIndex((edge) => edge >= toMs)
  const starts = edges.slice(first, end)
  const endMs = edges[end]!
  const even = starts.every((start, index) => (starts[index + 1] ?? endMs) - start === stepMs)
  return { stepMs, zone, starts, endMs, even }
}

/** From the start of the first bucket to the end of the last. */
export const rangeOf = ({ starts, endMs }: Buckets): TimeRange => ({
  from: new Date(starts[0] ?? endMs),
  to: new Date(endMs),
})

/** What every series tells of itself. */
export const seriesOf = (
  buckets: Buckets,
): TimeRange & { readonly stepMs: number; readonly zone: string } => ({
  ...rangeOf(buckets),
  stepMs: buckets.stepMs,
  zone: buckets.zone,
})
/** A point for every bucket. */
export const pointsOf = <T>(buckets: Buckets, point: (time: Date) => T): T[] =>
  buckets.starts.map((start) => point(new Date(start)))

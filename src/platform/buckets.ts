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

/** Edges one step apart, the first at `fromMs`: as many as there are before `toMs`. */
type Run = { readonly fromMs: number; readonly toMs: number }

/** How many of its edges are before a time. */
const before = ({ fromMs, toMs }: Run, ms: number, stepMs: number): number =>
  Math.max(0, Math.ceil((Math.min(toMs, ms) - fromMs) / stepMs))

/**
 * Where buckets of the step begin between two times. A whole step that the clocks skip begins when they are
 * changed. One that they show twice begins twice where the step is an hour or less, so that a day of 25 hours
 * has 25 of them, and once where it is more.
 */
const runsIn = (zone: string, stepMs: number, fromMs: number, toMs: number): Run[] => {
  const runs: Run[] = []
  let shown = -Infinity
  const periods = zone === 'UTC' ? [{ fromMs, toMs, offsetMs: 0 }] : offsetPeriods(zone, fromMs, toMs)
  for (const period of periods) {
    const offsetMs = period.offsetMs - phaseOf(stepMs)
    const clock = period.fromMs + offsetMs
    const lastStep = Math.floor(clock / stepMs) * stepMs
    if (lastStep !== clock && lastStep > shown && shown !== -Infinity)
      runs.push({ fromMs: period.fromMs, toMs: period.fromMs + 1 })
    const first = Math.ceil(clock / stepMs) * stepMs
    const again = stepMs <= HOUR_MS ? first : Math.max(first, shown + stepMs)
    runs.push({ fromMs: again - offsetMs, toMs: period.toMs })
    shown = Math.max(shown, Math.floor((period.toMs - 1 + offsetMs) / stepMs) * stepMs)
  }
  return runs.filter((run) => run.fromMs < run.toMs)
}

/** The runs of a range, from the start of its first bucket to the end of its last. */
const runsOf = ({
  range,
  stepMs,
  zone,
}: Window): { readonly runs: readonly Run[]; readonly endMs: number } => {
  const [fromMs, toMs] = [range.from.getTime(), range.to.getTime()]
  // Two edges are less than two steps apart where steps begin again after a change of clocks.
  const around = stepMs <= HOUR_MS ? 2 * stepMs : stepMs + AROUND_MS
  const all = runsIn(zone, stepMs, fromMs - around, toMs + around)
  const last = all.findLast((run) => run.fromMs <= fromMs)!
  const startMs = last.fromMs + (before(last, fromMs + 1, stepMs) - 1) * stepMs
  const ends = all.find((run) => run.fromMs + before(run, toMs, stepMs) * stepMs < run.toMs)!
  const endMs = ends.fromMs + before(ends, toMs, stepMs) * stepMs
  const runs = all
    .map((run) => ({
      fromMs: run.fromMs + before(run, startMs, stepMs) * stepMs,
      toMs: Math.min(run.toMs, endMs),
    }))
    .filter((run) => run.fromMs < run.toMs)
  return { runs, endMs }
}

/** How many buckets there are, without a list of them: costs are known before anything is answered. */
export const countBuckets = (window: Window): number =>
  runsOf(window).runs.reduce((sum, run) => sum + before(run, run.toMs, window.stepMs), 0)

/**
 * The buckets that a range touches, whole: a series is about these and says so. In UTC they are counted from
 * the Unix epoch, so that a day's bucket is a UTC day; those of a week begin on Mondays.
 */
export const cutBuckets = (window: Window): Buckets => {
  const { stepMs, zone } = window
  const { runs, endMs } = runsOf(window)
  const starts = runs.flatMap((run) =>
    Array.from({ length: before(run, run.toMs, stepMs) }, (_, index) => run.fromMs + index * stepMs),
  )
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

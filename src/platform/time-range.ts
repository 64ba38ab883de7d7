import type { Clock } from './clock.ts'
import { formatDuration, parseDuration } from './duration.ts'
import { AppError } from './errors.ts'
import { days, retention } from './retention.ts'
import { earlier } from './time-zone.ts'

export { formatDuration, parseDuration } from './duration.ts'

/** ISO 8601 text, or milliseconds where the text was read before (the Duration scalar). */
type Duration = string | number

const milliseconds = (duration: Duration): number =>
  typeof duration === 'number' ? duration : parseDuration(duration)

/** A window of time: `from` belongs to it, `to` does not. */
export type TimeRange = { readonly from: Date; readonly to: Date }

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

/** What an analytics field answers when nothing was asked for. */
const DEFAULT_RANGE_MS = day
/** Longest window of one question; raw facts are kept as long. */
export const MAX_RANGE_MS = retention.raw
/** Hours of ClickHouse (`toStartOfHour`) wrap round in 2106, and buckets may reach a day beyond the range. */
const MAX_END_MS = Date.UTC(2100, 0)
/** A chart of about 300 points is as fine as a screen shows. */
const DEFAULT_POINTS = 300
/** More than this is an export and no chart; one series of it is about 200 kB of JSON. */
export const MAX_POINTS = 3000
/** Every one divides the ones after it or the day, so buckets of one step nest in those of a coarser one. */
const ladder = [1, 5, 10, 30, 60, 300, 900, 1800, 3600, 10_800, 21_600, 86_400].map((each) => each * second)

const wrong = (message: string) => new AppError('VALIDATION_FAILED', message)

/** Longer than anything is kept. */
const MAX_SHIFT_MS = 3 * 366 * day

const shiftMs = (shift: Duration): number => {
  const ms = milliseconds(shift)
  if (ms <= MAX_SHIFT_MS) return ms
  throw wrong('Give a `shift` of three years at most.')
}

/**
 * The window of an analytics field: `from` to `to`, or the `last` duration (ISO 8601, such as PT1H or P7D) up
 * to `to`. Without any it is the last 24 hours; `to` is now unless given. `shift` moves the whole window back,
 * whole days by the zone's calendar; where the clocks of that day skip it, it keeps its length. Throws VALIDATION_FAILED for a window that ends before it starts, is said twice or ends after the year
 * 2099, and LIMIT_EXCEEDED for one longer than 90 days.
 */
export const resolveRange = (
  input: {
    readonly from?: Date | null | undefined
    readonly to?: Date | null | undefined
    readonly last?: Duration | null | undefined
    readonly shift?: Duration | null | undefined
  },
  clock: Clock,
  zone = 'UTC',
): TimeRange => {
  const { from, to, last, shift } = input
  if (from && last) throw wrong('Give either `from` or `last`, not both.')
  const length = last ? milliseconds(last) : DEFAULT_RANGE_MS
  const end = to ? to.getTime() : clock.now()
  const start = from ? from.getTime() : end - length
  if (!Number.isFinite(start) || !Number.isFinite(end)) throw wrong('Give `from` and `to` as valid times.')
  if (start >= end) {
    throw wrong(
      to
        ? 'The range ends before it starts. Give a `from` that is earlier than `to`.'
        : 'The range starts in the future. Give a `from` that is earlier than now, or a later `to`.',
    )
  }
  if (end > MAX_END_MS) throw wrong('The range ends too late. Give a `to` before the year 2100.')
  if (end - start > MAX_RANGE_MS) {
    const most = `${days(MAX_RANGE_MS)} days`
    throw new AppError('LIMIT_EXCEEDED', `The range is longer than ${most}. Ask for it in parts of ${most}.`)
  }
  if (!shift) return { from: new Date(start), to: new Date(end) }
  const [begin, over] = [start, end].map((ms) => earlier(new Date(ms), shiftMs(shift), zone)) as [Date, Date]
  // Trap: in an hour that the clocks skip, the end may not come after the beginning.
  return { from: begin, to: over > begin ? over : new Date(begin.getTime() + end - start) }
}

/**
 * How many buckets a series over this range has in UTC; in another zone one or two more or less.
 */
const pointCount = ({ from, to }: TimeRange, stepMs: number): number =>
  Math.ceil(to.getTime() / stepMs) - Math.floor(from.getTime() / stepMs)

const finest = (range: TimeRange, points: number): number =>
  ladder.find((stepMs) => pointCount(range, stepMs) <= points + 1) ?? day

/** A step that is no part of a day: where a series counts whole weeks. */
const week = 7 * day

/**
 * Milliseconds of one bucket. Without `step` the finest of a fixed ladder that gives about 300 points; with
 * it the ISO 8601 duration that was asked for: whole seconds from PT1S to P1D that divide a day, whole
 * minutes above one minute. Throws VALIDATION_FAILED for another step and LIMIT_EXCEEDED, with the smallest
 * step that works, above 3,000 points. With `weeks` it may be P7D too.
 */
export const chooseStep = (
  range: TimeRange,
  step?: Duration | null,
  { weeks = false }: { readonly weeks?: boolean } = {},
): number => {
  if (!step) return finest(range, DEFAULT_POINTS)
  const stepMs = milliseconds(step)
  if (weeks && stepMs === week) return week
  const unit = stepMs > minute ? minute : second
  if (stepMs < second || stepMs > day || stepMs % unit !== 0 || day % stepMs !== 0) {
    throw wrong(
      `Give a step from PT1S to P1D that divides a day, in whole minutes above one minute: PT5S, PT1M, PT15M, PT1H${weeks ? '; or P7D' : ''}.`,
    )
  }
  const points = pointCount(range, stepMs)
  if (points > MAX_POINTS) {
    const smallest = ladder.find((each) => pointCount(range, each) <= MAX_POINTS) ?? day
    throw new AppError(
      'LIMIT_EXCEEDED',
      `This step gives ${points} points and 3000 are allowed. Ask for a step of ${formatDuration(smallest)} or more, or for a shorter range.`,
    )
  }
  return stepMs
}

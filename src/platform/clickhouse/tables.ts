import { cutBuckets, type Buckets, type Window } from '../buckets.ts'
import { formatDuration } from '../duration.ts'
import { AppError } from '../errors.ts'
import { keptMs } from '../retention.ts'
import type { TimeRange } from '../time-range.ts'

/** A table that a series can be read from. */
export type SeriesTable<Name extends string> = {
  readonly table: Name
  /** Length of its buckets; 1,000 for raw rows. A step has to be a multiple of it. */
  readonly everyMs: number
  /** Whether it knows what is asked; true unless told. */
  readonly answers?: boolean
}

/** Between the reading of a range that ends now and the choice of its table; also the drift of two clocks. */
const SLACK_MS = 60_000

const sinceMs = (table: string, nowMs: number): number => nowMs - keptMs(table)
/** Whether a table still has the rows of a range. */
export const reaches = (table: string, { from }: TimeRange, nowMs: number): boolean =>
  from.getTime() >= sinceMs(table, nowMs) - SLACK_MS

const tooOld = (sinceMs: number, words: readonly [begin: string, advice: string]): AppError =>
  new AppError(
    'LIMIT_EXCEEDED',
    `${words[0]} is data since ${new Date(sinceMs).toISOString()}. Ask for a range that starts after that.${words[1]}`,
  )

/**
 * Which table answers a series, and the whole buckets that it still has. `tables` begin with the coarsest: it
 * reads least, and answers where each of the asked buckets begins with one of its own (a day of Kolkata begins
 * at half past an hour of UTC). The oldest bucket is left out where rows of it may be gone. Throws
 * LIMIT_EXCEEDED, saying since when there is data, for a range that begins before: zeros would say that there
 * was nothing.
 */
export const chooseTable = <Name extends string>(
  tables: readonly SeriesTable<Name>[],
  window: Window,
  nowMs: number,
): { readonly table: Name; readonly buckets: Buckets } => {
  const { range } = window
  const all = cutBuckets(window)
  const wholeIn = (table: string): Buckets => {
    const oldest = sinceMs(table, nowMs) - SLACK_MS
    return { ...all, starts: all.starts.filter((start) => start >= oldest) }
  }
  const able = tables.filter(
    ({ answers = true, everyMs }) =>
      answers && [...all.starts, all.endMs].every((edge) => edge % everyMs === 0),
  )
  for (const { table } of able) {
    const buckets = reaches(table, range, nowMs) ? wholeIn(table) : undefined
    if (buckets && buckets.starts.length > 0) return { table, buckets }
  }
  if (able.length === 0) throw new TypeError('no table answers this series')
  const coarser = tables.find(
    ({ answers = true, table }) =>
      answers && reaches(table, range, nowMs) && !able.some((each) => each.table === table),
  )
  const advice = coarser
    ? ` With a step of ${formatDuration(coarser.everyMs)} or a multiple of it there is older data.`
    : ''
  const oldestMs = Math.min(...able.map(({ table }) => sinceMs(table, nowMs)))
  throw tooOld(oldestMs, [tables.length > 1 ? 'At this step there' : 'There', advice])
}

/**
 * Throws LIMIT_EXCEEDED for a range that begins before what a table keeps: an empty list would say that there
 * was nothing.
 */
export const requireKept = (table: string, range: TimeRange, nowMs: number): void => {
  const ended = range.to.getTime() <= sinceMs(table, nowMs) - SLACK_MS
  if (ended || !reaches(table, range, nowMs)) throw tooOld(sinceMs(table, nowMs), ['There', ''])
}

import { formatDuration } from '../duration.ts'
import { AppError } from '../errors.ts'
import { keptMs } from '../retention.ts'
import { alignRange, type TimeRange } from '../time-range.ts'

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

/**
 * Which table answers a series, and the range of whole buckets that it still has. `tables` begin with the
 * coarsest: it reads least. The oldest bucket is left out where rows of it may be gone. Throws
 * LIMIT_EXCEEDED, saying since when there is data, for a range that begins before: zeros would say that there
 * was nothing.
 */
export const chooseTable = <Name extends string>(
  tables: readonly SeriesTable<Name>[],
  range: TimeRange,
  stepMs: number,
  nowMs: number,
): { readonly table: Name; readonly range: TimeRange } => {
  const { from, to } = alignRange(range, stepMs)
  const sinceMs = (table: string): number => nowMs - keptMs(table)
  const reaches = (table: string): boolean => range.from.getTime() >= sinceMs(table) - SLACK_MS
  const firstWholeMs = (table: string): number => Math.ceil((sinceMs(table) - SLACK_MS) / stepMs) * stepMs
  const able = tables.filter(({ answers = true, everyMs }) => answers && stepMs % everyMs === 0)
  const found = able.find(({ table }) => reaches(table) && firstWholeMs(table) < to.getTime())
  if (found) {
    const start = Math.max(from.getTime(), firstWholeMs(found.table))
    return { table: found.table, range: { from: new Date(start), to } }
  }
  if (able.length === 0) throw new TypeError('no table answers this series')
  const coarser = tables.find(
    ({ answers = true, table }) => answers && reaches(table) && !able.some((each) => each.table === table),
  )
  const advice = coarser
    ? ` With a step of ${formatDuration(coarser.everyMs)} or a multiple of it there is older data.`
    : ''
  const oldestMs = Math.min(...able.map(({ table }) => sinceMs(table)))
  throw new AppError(
    'LIMIT_EXCEEDED',
    `${tables.length > 1 ? 'At this step there' : 'There'} is data since ${new Date(oldestMs).toISOString()}. Ask for a range that starts after that.${advice}`,
  )
}

/**
 * Throws LIMIT_EXCEEDED for a range that begins before what a table keeps: an empty list would say that there
 * was nothing.
 */
export const requireKept = (table: string, range: TimeRange, nowMs: number): void =>
  void chooseTable([{ table, everyMs: 1 }], range, 1, nowMs)

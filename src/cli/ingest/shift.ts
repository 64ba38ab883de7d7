import { AppError } from '../../platform/errors.ts'
import { days, keptMs } from '../../platform/retention.ts'
import type { Pass } from './plan.ts'
import { timeReader } from './time-format.ts'

export type Shift = {
  readonly shiftMs: number
  readonly firstMs: number
  readonly lastMs: number
  readonly rows: number
}

/**
 * The first look at a file that is to be shifted: how many milliseconds to add to every time so that the
 * latest one falls on `target` (`now` or an RFC 3339 time). The distances between rows stay exactly as they
 * are. It is the latest time and not that of the bottom row, so that no row of an unordered file ends in the
 * future.
 */
export const measureShift = async (
  { rows, mapping }: Pick<Pass, 'rows' | 'mapping'>,
  target: string,
  nowMs: number,
): Promise<Shift> => {
  const targetMs = target === 'now' ? nowMs : timeReader({ format: 'iso' })(target)
  if (targetMs === undefined) {
    throw new AppError('BAD_REQUEST', `--shift-to takes now or an RFC 3339 time, not "${target}"`)
  }
  let firstMs = Infinity
  let lastMs = -Infinity
  let count = 0
  for await (const row of rows) {
    count += 1
    const mapped = row.record ? mapping.apply(row.record) : undefined
    if (!mapped || 'problem' in mapped || mapped.timeMs === undefined) continue
    firstMs = Math.min(firstMs, mapped.timeMs)
    lastMs = Math.max(lastMs, mapped.timeMs)
  }
  if (lastMs === -Infinity) {
    throw new AppError(
      'BAD_REQUEST',
      'No row has a time that can be read, so there is nothing to shift. See --time-column and --time-format.',
    )
  }
  return { shiftMs: targetMs - lastMs, firstMs, lastMs, rows: count }
}

/** What is told before rows are sent that the server would refuse for their age; undefined when all are kept. */
export const tooLongRange = (
  dataset: string,
  range: { firstMs: number; lastMs: number },
  nowMs: number,
): string | undefined => {
  const kept = keptMs(dataset)
  if (range.firstMs >= nowMs - kept) return undefined
  const [first, oldest] = [range.firstMs, nowMs - kept].map((ms) => new Date(ms).toISOString())
  const fits = range.lastMs - range.firstMs <= kept
  const advice = fits
    ? '--shift-to now moves them all.'
    : 'The file spans more than that, so a part of it is refused.'
  return `Rows are kept for ${days(kept)} days, and the first of the file is of ${first!}: those before ${oldest!} are refused. ${advice}`
}

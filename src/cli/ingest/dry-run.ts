import { checkItem, tooLong } from '../../ingest/dataset.ts'
import { parseJson } from '../../platform/json.ts'
import { platformTenant } from '../../platform/ids.ts'
import { formatCount, formatDuration } from '../output.ts'
import { cutBatches } from './batches.ts'
import { hintsOf } from './hints.ts'
import { createReading, type IngestPlan } from './plan.ts'
import { measureShift, tooLongRange } from './shift.ts'
import { reasonTable } from './summary.ts'
import { addRejections, emptyTally, rejectedRows, type Tally } from './tally.ts'

export type DryRun = {
  readonly format: string
  readonly rows: number
  /** Rows that the server would keep, if it has not kept them already. */
  readonly acceptable: number
  readonly shiftMs: number
  readonly rejected: number
  readonly reasons: Tally['rejected']
  readonly hints: readonly string[]
  /** The first mapped rows, as they would be sent. */
  readonly first: readonly unknown[]
}

const rowsShown = 5

/** Reads and maps the whole file, checks each item as the server does, and sends nothing. Throws what `stop` was aborted with. */
export const dryRun = async (plan: IngestPlan, nowMs: number, stop?: AbortSignal): Promise<DryRun> => {
  const { source, dataset, shiftTo } = plan
  const reading = createReading(plan)
  const shiftMs = shiftTo === undefined ? 0 : (await measureShift(reading.begin(), shiftTo, nowMs)).shiftMs
  const { rows, mapping } = reading.begin()
  const options = {
    dataset: dataset.name,
    sha256: source.sha256,
    shiftMs,
    shiftTo,
    skipRows: 0,
    maxRows: 1000,
    maxBytes: Infinity,
  }
  const first: unknown[] = []
  const tally = emptyTally()
  const range = { firstMs: Infinity, lastMs: -Infinity }
  for await (const batch of cutBatches(rows, mapping, options)) {
    stop?.throwIfAborted()
    tally.rows += batch.rows
    addRejections(tally, batch.rejected)
    for (const [index, text] of batch.items.entries()) {
      const { value } = parseJson(text)!
      if (first.length < rowsShown) first.push(value)
      const checked = checkItem(dataset, value, nowMs)
      const error =
        'error' in checked
          ? checked.error
          : tooLong(dataset.toLine(platformTenant, checked.item, platformTenant))
      if (error) addRejections(tally, [{ ...error, line: batch.lines[index]! }])
      const timeMs = Date.parse(String((value as { time?: unknown }).time))
      if (Number.isNaN(timeMs)) continue
      range.firstMs = Math.min(range.firstMs, timeMs)
      range.lastMs = Math.max(range.lastMs, timeMs)
    }
  }
  const refused = tooLongRange(dataset.name, range, nowMs)
  const rejected = rejectedRows(tally)
  return {
    format: reading.format,
    rows: tally.rows,
    acceptable: tally.rows - rejected,
    shiftMs,
    rejected,
    reasons: tally.rejected,
    hints: [...(refused === undefined ? [] : [refused]), ...hintsOf(reading.format, tally)],
    first,
  }
}

export const dryRunText = (result: DryRun): string =>
  [
    ...result.first.map((item) => JSON.stringify(item)),
    '',
    `${formatCount(result.rows)} rows of ${result.format} read, ${formatCount(result.acceptable)} would be accepted, shifted by ${formatDuration(result.shiftMs)}. Nothing was sent.`,
    ...reasonTable(result.reasons, result.hints),
  ].join('\n')

import { rowId } from './row-id.ts'
import type { Mapping } from './mapping.ts'
import type { SourceRow } from './formats/format.ts'
import type { Rejection } from './tally.ts'

/** Rows that stand next to each other in the file and travel in one request. */
export type Batch = {
  readonly index: number
  /** Rows of the file in it, with those that were rejected here. */
  readonly rows: number
  /** The items as JSON, one text each, and the line of the file each came from. */
  readonly items: readonly string[]
  readonly lines: readonly number[]
  /** Rows that could not be read or mapped, and so are not sent. */
  readonly rejected: readonly Rejection[]
}

export type BatchOptions = {
  readonly dataset: string
  readonly sha256: string
  readonly shiftMs: number
  /** What `--shift-to` said. */
  readonly shiftTo?: string | undefined
  readonly skipRows: number
  readonly maxRows: number
  readonly maxBytes: number
}

/**
 * Maps rows to items and cuts them into batches of at most `maxRows` rows and `maxBytes` bytes (a larger item
 * goes alone).
 */
export async function* cutBatches(
  rows: AsyncIterable<SourceRow>,
  mapping: Mapping,
  options: BatchOptions,
): AsyncGenerator<Batch> {
  let index = 0
  let next = openBatch()
  const close = (): Batch => {
    const { bytes: _, ...batch } = next
    next = openBatch()
    return { ...batch, index: index++ }
  }
  for await (const row of rows) {
    // Also of a row that is skipped: its time may say the year of the next.
    const made = toItem(row, mapping, options)
    if (row.number <= options.skipRows) continue
    const bytes = 'text' in made ? Buffer.byteLength(made.text) + 1 : 0
    if (next.rows > 0 && (next.rows >= options.maxRows || next.bytes + bytes > options.maxBytes))
      yield close()
    next.rows += 1
    next.bytes += bytes
    if ('text' in made) {
      next.items.push(made.text)
      next.lines.push(row.line)
    } else next.rejected.push({ line: row.line, code: 'UNREADABLE', message: made.problem })
  }
  if (next.rows > 0) yield close()
}

const openBatch = () => ({
  rows: 0,
  bytes: 0,
  items: [] as string[],
  lines: [] as number[],
  rejected: [] as Rejection[],
})

const toItem = (
  row: SourceRow,
  mapping: Mapping,
  options: Pick<BatchOptions, 'dataset' | 'sha256' | 'shiftMs' | 'shiftTo'>,
): { text: string } | { problem: string } => {
  if (!row.record) return { problem: row.problem ?? 'the row is empty' }
  const mapped = mapping.apply(row.record)
  if ('problem' in mapped) return mapped
  const { item, timeMs } = mapped
  const time = timeMs === undefined ? undefined : new Date(timeMs + options.shiftMs)
  if (time && Number.isNaN(time.getTime())) return { problem: 'the time is out of range' }
  const content = (): string => JSON.stringify([item, timeMs, options.shiftTo])
  const id = item.event_id ?? rowId(options.sha256, options.dataset, row.number, content())
  return { text: JSON.stringify({ ...item, event_id: id, ...(time && { time: time.toISOString() }) }) }
}

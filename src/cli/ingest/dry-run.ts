import { formatCount, formatDuration, formatTable } from '../output.ts'
import { cutBatches } from './batches.ts'
import { createMapping } from './mapping.ts'
import { detectFormat, readRows } from './rows.ts'
import type { IngestPlan } from './run.ts'
import { measureShift } from './shift.ts'
import { addRejections, emptyTally, rejectedRows, type Tally } from './tally.ts'

export type DryRun = {
  readonly rows: number
  /** Rows that would be sent; the server has its own say. */
  readonly sendable: number
  readonly shiftMs: number
  readonly unreadable: Tally['rejected']
  /** The first mapped rows, as they would be sent. */
  readonly first: readonly unknown[]
}

const rowsShown = 5

/** Reads and maps the whole file and sends nothing. */
export const dryRun = async (plan: IngestPlan, nowMs: number): Promise<DryRun> => {
  const { source } = plan
  const mapping = createMapping(plan.mapping)
  const format = plan.format ?? detectFormat(source.name, source.head)
  const open = () => readRows(source.open(), format, mapping.columns)
  const shiftMs = plan.shiftTo ? (await measureShift(open(), mapping, plan.shiftTo, nowMs)).shiftMs : 0
  const first: unknown[] = []
  const tally = emptyTally()
  const options = {
    dataset: plan.dataset,
    sha256: source.sha256,
    shiftMs,
    skipRows: 0,
    maxRows: 1000,
    maxBytes: Infinity,
  }
  for await (const batch of cutBatches(open(), mapping, options)) {
    tally.rows += batch.rows
    addRejections(tally, batch.rejected)
    for (const item of batch.items.slice(0, rowsShown - first.length)) first.push(JSON.parse(item))
  }
  return {
    rows: tally.rows,
    sendable: tally.rows - rejectedRows(tally),
    shiftMs,
    unreadable: tally.rejected,
    first,
  }
}

export const dryRunText = (result: DryRun): string =>
  [
    ...result.first.map((item) => JSON.stringify(item)),
    '',
    `${formatCount(result.rows)} rows read, ${formatCount(result.sendable)} would be sent, shifted by ${formatDuration(result.shiftMs)}. Nothing was sent.`,
    ...(result.unreadable.length === 0
      ? []
      : [
          '',
          formatTable(
            ['unreadable', 'lines', 'reason'],
            result.unreadable.map(({ message, count, lines }) => [count, lines.join(', '), message]),
          ),
        ]),
  ].join('\n')

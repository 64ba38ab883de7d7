import type { Batch } from './batches.ts'
import type { Progress, ProgressFile } from './progress-file.ts'
import type { IngestResult } from './send.ts'
import { addRejections, addTally, emptyTally, type Tally } from './tally.ts'

/**
 * Keeps what was acknowledged, in any order, and how far that reaches without a gap: there the next run goes
 * on.
 */
export type Ledger = {
  /** Rows acknowledged by this run. */
  readonly run: Tally
  /** Rows acknowledged without a gap from the first, over all runs. */
  readonly total: Tally
  acknowledge(batch: Batch, result: IngestResult): void
  finish(): void
}

export const openLedger = (
  file: ProgressFile,
  identity: Pick<Progress, 'dataset' | 'file' | 'shiftMs'>,
  before: Tally | undefined,
): Ledger => {
  const run = emptyTally()
  const total = before ? structuredClone(before) : emptyTally()
  const waiting = new Map<number, Tally>()
  let nextIndex = 0
  const save = (finished: boolean): void => file.write({ ...identity, tally: total, finished })
  // Before the first row leaves: a run killed right after must find the same shift.
  save(false)
  return {
    run,
    total,
    acknowledge: (batch, result) => {
      const tally = tallyOf(batch, result)
      addTally(run, tally)
      waiting.set(batch.index, tally)
      for (let next = waiting.get(nextIndex); next; next = waiting.get(nextIndex)) {
        addTally(total, next)
        waiting.delete(nextIndex)
        nextIndex += 1
      }
      save(false)
    },
    finish: () => save(true),
  }
}

const tallyOf = (batch: Batch, { accepted, duplicates, rejected }: IngestResult): Tally => {
  const tally: Tally = { rows: batch.rows, accepted, duplicates, rejected: [] }
  addRejections(tally, batch.rejected)
  addRejections(
    tally,
    rejected.map(({ index, code, message }) => ({ code, message, line: batch.lines[index] ?? 0 })),
  )
  return tally
}

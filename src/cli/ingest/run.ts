import type { Readable } from 'node:stream'
import { AppError } from '../../platform/errors.ts'
import type { Clock } from '../../platform/clock.ts'
import { formatBar, formatCount, formatDuration, type ProgressLine } from '../output.ts'
import { cutBatches, type Batch } from './batches.ts'
import { createMapping, type MappingOptions } from './mapping.ts'
import { paced } from './pace.ts'
import { progressFile } from './progress-file.ts'
import { detectFormat, readRows, type FileFormat } from './rows.ts'
import { createSender } from './send.ts'
import { measureShift } from './shift.ts'
import type { Source } from './source.ts'
import { addRejections, addTally, emptyTally, type Tally } from './tally.ts'

export type IngestPlan = {
  readonly dataset: string
  readonly source: Source
  readonly format?: FileFormat | undefined
  readonly mapping: MappingOptions
  /** `now` or an RFC 3339 time on which the latest row is to fall. */
  readonly shiftTo?: string | undefined
  /** Rows a second; unlimited if absent. */
  readonly rate?: number | undefined
  /** Most rows in one request. */
  readonly batchRows: number
  /** False: start at the first row whatever an earlier run did. */
  readonly resume: boolean
}

export type IngestDeps = {
  readonly url: string
  readonly apiKey: string
  readonly dataDir: string
  readonly clock: Clock
  readonly progress: ProgressLine
  /** Ends the run after the requests under way. */
  readonly stop: AbortSignal
  /** How long a batch is tried again before the run fails, in ms. */
  readonly patienceMs: number
}

export type IngestOutcome = {
  /** `sent-before`: an earlier run sent it all, nothing was done now. */
  readonly state: 'complete' | 'sent-before' | 'interrupted' | 'failed'
  readonly error?: AppError
  /** Rows that earlier runs had acknowledged. */
  readonly resumedAfterRows: number
  readonly shiftMs: number
  /** Rows acknowledged now. */
  readonly run: Tally
  /** Rows acknowledged without a gap from the first, over all runs. */
  readonly total: Tally
  readonly durationMs: number
  readonly progressPath: string
}

// The server reads at most 2 MB a request by default, inflated.
const maxBatchBytes = 1_500_000
const requestsInFlight = 3

/**
 * Sends a file's rows to the ingest endpoint. What can be wrong with the file or the flags is thrown before anything is
 * sent; what fails later is in the outcome, with all that was acknowledged kept for the next run.
 */
export const runIngest = async (plan: IngestPlan, deps: IngestDeps): Promise<IngestOutcome> => {
  const { source, dataset } = plan
  const mapping = createMapping(plan.mapping)
  const format = plan.format ?? detectFormat(source.name, source.head)
  const open = (stream = source.open()) => readRows(stream, format, mapping.columns)
  const kept = progressFile(deps.dataDir, {
    sha256: source.sha256,
    dataset,
    apiKey: deps.apiKey,
    mapping: { ...plan.mapping, format, shiftTo: plan.shiftTo },
  })
  const before = plan.resume ? kept.read() : undefined
  const startMs = deps.clock.now()
  const outcome = (
    state: IngestOutcome['state'],
    run: Tally,
    total: Tally,
    error?: AppError,
  ): IngestOutcome => ({
    state,
    ...(error && { error }),
    resumedAfterRows: before?.tally.rows ?? 0,
    shiftMs,
    run,
    total,
    durationMs: deps.clock.now() - startMs,
    progressPath: kept.path,
  })
  let shiftMs = before?.shiftMs ?? 0
  if (before?.finished) return outcome('sent-before', emptyTally(), before.tally)
  if (before)
    deps.progress.note(`Going on after row ${formatCount(before.tally.rows)}, which an earlier run reached.`)

  if (before && plan.shiftTo)
    deps.progress.note(`Times are shifted by ${formatDuration(shiftMs)}, as in the earlier run.`)
  else if (plan.shiftTo) {
    const shift = await measureShift(open(), mapping, plan.shiftTo, deps.clock.now())
    shiftMs = shift.shiftMs
    const from = new Date(shift.lastMs).toISOString()
    const to = new Date(shift.lastMs + shiftMs).toISOString()
    deps.progress.note(
      `Times are shifted by ${formatDuration(shiftMs)} (${shiftMs} ms): ${from} becomes ${to}.`,
    )
  }

  const run = emptyTally()
  const total = before ? structuredClone(before.tally) : emptyTally()
  const save = (finished: boolean): void =>
    kept.write({
      dataset,
      file: { name: source.name, sha256: source.sha256, sizeBytes: source.sizeBytes },
      shiftMs,
      tally: total,
      finished,
    })
  const waiting = new Map<number, Tally>()
  let nextIndex = 0
  const acknowledge = (index: number, tally: Tally): void => {
    addTally(run, tally)
    waiting.set(index, tally)
    for (let next = waiting.get(nextIndex); next; next = waiting.get(nextIndex)) {
      addTally(total, next)
      waiting.delete(nextIndex)
      nextIndex += 1
    }
    save(false)
  }

  // Before the first row leaves: a run killed right after must find the same shift.
  save(false)
  const failure = new AbortController()
  const stop = AbortSignal.any([deps.stop, failure.signal])
  const stream = source.open()
  const rateRows = plan.rate === undefined ? plan.batchRows : Math.max(1, Math.ceil(plan.rate / 4))
  const batches = paced(
    cutBatches(open(stream), mapping, {
      dataset,
      sha256: source.sha256,
      shiftMs,
      skipRows: total.rows,
      maxRows: Math.min(plan.batchRows, rateRows),
      maxBytes: maxBatchBytes,
    }),
    plan.rate,
    stop,
  )
  const send = createSender({
    url: deps.url,
    apiKey: deps.apiKey,
    dataset,
    patienceMs: deps.patienceMs,
    stop,
    onRetry: (reason, waitMs) => deps.progress.note(`${reason}; trying again in ${formatDuration(waitMs)}`),
  })
  const work = async (): Promise<void> => {
    while (!stop.aborted) {
      const { value: batch, done } = await batches.next()
      if (done) return
      const sent = await send(batch.items)
      if ('stopped' in sent) return
      acknowledge(batch.index, tallyOf(batch, sent.result))
      deps.progress.update(progressText(stream, source, run, deps.clock.now() - startMs))
    }
  }
  const ended = await Promise.allSettled(
    Array.from({ length: requestsInFlight }, () =>
      work().catch((error: unknown) => {
        failure.abort()
        throw error
      }),
    ),
  )
  await batches.return()
  stream.destroy()
  deps.progress.clear()

  const failed = ended.find((end) => end.status === 'rejected')
  if (failed && !(failed.reason instanceof AppError)) throw failed.reason
  if (failed) return outcome('failed', run, total, failed.reason as AppError)
  if (deps.stop.aborted) return outcome('interrupted', run, total)
  save(true)
  return outcome('complete', run, total)
}

const tallyOf = (
  batch: Batch,
  result: {
    accepted: number
    duplicates: number
    rejected: readonly { index: number; code: string; message: string }[]
  },
): Tally => {
  const tally: Tally = {
    rows: batch.rows,
    accepted: result.accepted,
    duplicates: result.duplicates,
    rejected: [],
  }
  addRejections(tally, batch.rejected)
  addRejections(
    tally,
    result.rejected.map(({ index, code, message }) => ({ code, message, line: batch.lines[index] ?? 0 })),
  )
  return tally
}

const progressText = (
  stream: Readable & { bytesRead?: number },
  source: Source,
  run: Tally,
  elapsedMs: number,
): string => {
  const fraction = source.sizeBytes === 0 ? 1 : (stream.bytesRead ?? 0) / source.sizeBytes
  const perSecond = formatCount(run.rows / Math.max(elapsedMs / 1000, 0.001))
  return `${formatBar(fraction)}  ${formatCount(run.rows)} rows sent  ${perSecond} rows/s`
}

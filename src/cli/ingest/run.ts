import { AppError } from '../../platform/errors.ts'
import type { Clock } from '../../platform/clock.ts'
import { formatBar, formatCount, formatDuration, type ProgressLine } from '../output.ts'
import { cutBatches, type Batch } from './batches.ts'
import type { FormatName } from './formats/formats.ts'
import { openLedger, type Ledger } from './ledger.ts'
import { paced } from './pace.ts'
import { createReading, type IngestPlan, type Pass } from './plan.ts'
import { progressFile, type Progress } from './progress-file.ts'
import { createSender, type IngestResult } from './send.ts'
import { measureShift, tooLongRange } from './shift.ts'
import { emptyTally, type Tally } from './tally.ts'

export type IngestDeps = {
  readonly url: string
  readonly apiKey: string
  readonly dataDir: string
  readonly clock: Clock
  readonly progress: ProgressLine
  /** Ends the run after the requests under way. */
  readonly stop: AbortSignal
  /** How long a batch is tried again before the run fails, in ms. */
  readonly retryForMs: number
}

/** `sent-before`: an earlier run sent it all, nothing was done now. */
type End =
  | { readonly state: 'complete' | 'sent-before' | 'interrupted'; readonly error?: undefined }
  | { readonly state: 'failed'; readonly error: AppError }

export type IngestOutcome = End & {
  readonly format: FormatName
  /** Rows that earlier runs had acknowledged. */
  readonly resumedAfterRows: number
  readonly shiftMs: number
  readonly run: Ledger['run']
  readonly total: Ledger['total']
  readonly durationMs: number
  readonly progressPath: string
}

// The server reads at most 2 MB a request by default, inflated.
const maxBatchBytes = 1_500_000
const requestsInFlight = 3

/**
 * Sends a file's rows to the ingest endpoint. Flags that make no sense are thrown before anything is sent;
 * what fails later is in the outcome, with all that was acknowledged kept for the next run.
 */
export const runIngest = async (plan: IngestPlan, deps: IngestDeps): Promise<IngestOutcome> => {
  const { source } = plan
  const dataset = plan.dataset.name
  const reading = createReading(plan)
  const kept = progressFile(deps.dataDir, {
    sha256: source.sha256,
    dataset,
    apiKey: deps.apiKey,
    mapping: { ...plan.mapping, ...plan.reading, format: reading.format, shiftTo: plan.shiftTo },
  })
  const startMs = deps.clock.now()
  const before = plan.resume ? kept.read() : undefined
  const outcome = (shiftMs: number, ledger: Pick<Ledger, 'run' | 'total'>, end: End): IngestOutcome => ({
    ...end,
    format: reading.format,
    resumedAfterRows: before?.tally.rows ?? 0,
    shiftMs,
    run: ledger.run,
    total: ledger.total,
    durationMs: deps.clock.now() - startMs,
    progressPath: kept.path,
  })
  if (before?.finished) {
    return outcome(before.shiftMs, { run: emptyTally(), total: before.tally }, { state: 'sent-before' })
  }
  const shiftMs = before
    ? resume(before, plan, deps)
    : plan.shiftTo === undefined
      ? 0
      : await shift(reading.begin(), plan, plan.shiftTo, deps)
  const file = { name: source.name, sha256: source.sha256, sizeBytes: source.sizeBytes }
  const ledger = openLedger(kept, { dataset, file, shiftMs }, before?.tally)
  const { rows, mapping, stream, fraction } = reading.begin()
  const batches = cutBatches(rows, mapping, {
    dataset,
    sha256: source.sha256,
    shiftMs,
    shiftTo: plan.shiftTo,
    skipRows: ledger.total.rows,
    // With a rate about four requests a second, so that it is even.
    maxRows: Math.min(plan.batchRows, Math.max(1, Math.ceil((plan.rate ?? Infinity) / 4))),
    maxBytes: maxBatchBytes,
  })
  const end = await sendAll(batches, plan, deps, (batch, result) => {
    ledger.acknowledge(batch, result)
    deps.progress.update(progressText(fraction(), ledger.run, deps.clock.now() - startMs))
  })
  stream.destroy()
  deps.progress.clear()
  if (end.state === 'complete') ledger.finish()
  return outcome(shiftMs, ledger, end)
}

const resume = (before: Progress, plan: IngestPlan, { progress }: IngestDeps): number => {
  progress.note(`Going on after row ${formatCount(before.tally.rows)}, which an earlier run reached.`)
  if (plan.shiftTo !== undefined) {
    const by = formatDuration(before.shiftMs)
    progress.note(
      `Times are shifted by ${by}, as in the earlier run (--no-resume starts over and measures anew).`,
    )
  }
  return before.shiftMs
}

const shift = async (
  pass: Pass,
  { dataset }: IngestPlan,
  target: string,
  { clock, progress }: IngestDeps,
): Promise<number> => {
  const { shiftMs, firstMs, lastMs } = await measureShift(pass, target, clock.now())
  const [from, to] = [lastMs, lastMs + shiftMs].map((ms) => new Date(ms).toISOString())
  progress.note(`Times are shifted by ${formatDuration(shiftMs)} (${shiftMs} ms): ${from} becomes ${to}.`)
  const refused = tooLongRange(
    dataset.name,
    { firstMs: firstMs + shiftMs, lastMs: lastMs + shiftMs },
    clock.now(),
  )
  if (refused !== undefined) progress.note(refused)
  return shiftMs
}

/** Keeps a few requests under way until the batches end, one of them fails for good, or a stop. */
const sendAll = async (
  batches: AsyncGenerator<Batch, void>,
  plan: IngestPlan,
  deps: IngestDeps,
  onSent: (batch: Batch, result: IngestResult) => void,
): Promise<End> => {
  const failure = new AbortController()
  const stop = AbortSignal.any([deps.stop, failure.signal])
  const source = paced(batches, plan.rate, stop)
  const send = createSender({
    url: deps.url,
    apiKey: deps.apiKey,
    dataset: plan.dataset.name,
    retryForMs: deps.retryForMs,
    stop,
    onRetry: (reason, waitMs) => deps.progress.note(`${reason}; trying again in ${formatDuration(waitMs)}`),
  })
  const work = async (): Promise<void> => {
    while (!stop.aborted) {
      const { value: batch, done } = await source.next()
      if (done) return
      const sent = await send(batch.items)
      if ('stopped' in sent) return
      onSent(batch, sent.result)
    }
  }
  const guarded = () =>
    work().catch((error: unknown) => {
      failure.abort()
      throw error
    })
  const ended = await Promise.allSettled(Array.from({ length: requestsInFlight }, guarded))
  await source.return()
  const failed = ended.find((end) => end.status === 'rejected')
  if (failed) {
    if (!(failed.reason instanceof AppError)) throw failed.reason
    return { state: 'failed', error: failed.reason }
  }
  return { state: deps.stop.aborted ? 'interrupted' : 'complete' }
}

const progressText = (fraction: number, run: Tally, elapsedMs: number): string => {
  const perSecond = formatCount(run.rows / Math.max(elapsedMs / 1000, 0.001))
  return `${formatBar(fraction)}  ${formatCount(run.rows)} rows sent  ${perSecond} rows/s`
}

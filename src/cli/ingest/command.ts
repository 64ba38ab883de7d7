import type { Command } from 'commander'
import { ConfigError, loadConfig } from '../../config.ts'
import { systemClock } from '../../platform/clock.ts'
import { AppError } from '../../platform/errors.ts'
import { createProgressLine, printResult } from '../output.ts'
import { createStopSignal } from '../stop-signal.ts'
import { dryRun, dryRunText } from './dry-run.ts'
import { createMapping } from './mapping.ts'
import { patternReader } from './formats/pattern.ts'
import { addConnection, addFlags, type ConnectOptions, type Flags } from './flags.ts'
import type { IngestPlan } from './plan.ts'
import { runIngest } from './run.ts'
import { openSource } from './source.ts'
import { exitCode, summaryJson, summaryText } from './summary.ts'
import type { Dataset } from '../../ingest/dataset.ts'
import { findDataset } from '../../ingest/datasets.ts'
import { datasets } from '../../modules/datasets.ts'

export type IngestCommandDeps = {
  /**
   * Where to send, and with which key: the flags, else the environment, else the running stack of the data
   * folder. Throws AppError with advice when there is none.
   */
  readonly connect: (options: ConnectOptions) => Promise<{ url: string; apiKey: string }>
}

const examples = `
Exit codes: 0 every row was accepted, 1 failed, 2 some rows were rejected, 130 interrupted.
A row without an event_id gets one from the file, its place in it and its content, so a file that is sent twice counts once.
What was acknowledged is kept in the data folder: the same command again goes on from there.

docs/ingest.md has a command for each form of file.

Examples:
  heliograph ingest viewer_samples samples.ndjson
  heliograph ingest log_events app.csv --map Level=level --map Content=message --set service=app \\
    --time-column Date --time-column Time --time-format '%Y-%m-%d %H:%M:%S,%f' --shift-to now
`

const retryForMs = 5 * 60_000

/**
 * Adds `heliograph ingest` to the program. It sets `process.exitCode`: 0 all accepted, 1 failed, 2 some
 * rejected, 130 interrupted.
 */
export const registerIngestCommand = (program: Command, deps: IngestCommandDeps): void => {
  const command = program
    .command('ingest')
    .description('Send a file of rows (CSV, JSON, logs) through the ingest endpoint')
    .argument('<dataset>', datasets.map(({ name }) => name).join(', '))
    .argument('<file>', 'the file, gzip or not, or - for standard input')
  addFlags(command)
  command.addHelpText('after', examples)
  addConnection(program, command)
  command.action(async (dataset: string, file: string) => {
    try {
      await ingest(findDataset(datasets, dataset), file, command.optsWithGlobals<Flags>(), deps)
    } catch (error) {
      // Errors of the file system have a code and a message that people can read; anything else is a fault of
      // ours.
      const readable = error instanceof AppError || error instanceof ConfigError
      if (!readable && !(error instanceof Error && 'syscall' in error)) throw error
      process.stderr.write(`heliograph ingest: ${error.message}\n`)
      process.exitCode = 1
    }
  })
}

const ingest = async (
  dataset: Dataset,
  file: string,
  flags: Flags,
  deps: IngestCommandDeps,
): Promise<void> => {
  const mapping = {
    map: flags.map ?? [],
    set: flags.set ?? [],
    mapLevel: flags.mapLevel,
    timeColumn: flags.timeColumn ?? [],
    rest: flags.rest,
    time: { format: flags.timeFormat, year: flags.timeYear, zone: flags.timeZone },
  }
  // Before a large file is read: a wrong flag is told at once.
  createMapping(mapping, dataset)
  if (flags.format === 'pattern') patternReader(flags.pattern)
  else if ((flags.pattern ?? flags.recordStart) !== undefined)
    throw new AppError('BAD_REQUEST', '--pattern and --record-start are for --format pattern')
  const progress = createProgressLine()
  const stop = createStopSignal((signal) =>
    progress.note(
      `Stopping (${signal}) after the requests under way; once more, in a second or later, ends it at once.`,
    ),
  )
  if (file === '-')
    progress.note('Reading standard input to its end: the ids of its rows are made from its content.')
  const interrupted = (error: unknown): void => {
    if (!stop.aborted || (error as Error).name !== 'AbortError') throw error
    process.exitCode = 130 // nothing was sent yet
  }
  const source = await openSource(file, process.stdin, stop).catch(interrupted)
  if (!source) return
  try {
    const plan: IngestPlan = {
      dataset,
      source,
      format: flags.format,
      reading: {
        delimiter: flags.delimiter,
        header: flags.header,
        pattern: flags.pattern,
        recordStart: flags.recordStart,
      },
      mapping,
      shiftTo: flags.shiftTo,
      rate: flags.rate,
      batchRows: flags.batch,
      resume: flags.resume,
    }
    if (flags.dryRun) {
      const result = await dryRun(plan, systemClock.now(), stop).catch(interrupted)
      if (!result) return
      printResult(flags, result, () => dryRunText(result))
      process.exitCode = result.rejected > 0 ? 2 : 0
      return
    }
    const { dataDir } = loadConfig({ HELIOGRAPH_DATA_DIR: flags.dataDir })
    const target = await deps.connect(flags)
    const outcome = await runIngest(plan, {
      ...target,
      dataDir,
      clock: systemClock,
      progress,
      stop,
      retryForMs,
    })
    if (outcome.error) process.stderr.write(`heliograph ingest: ${explain(outcome.error)}\n`)
    printResult(flags, summaryJson(plan, outcome), () => summaryText(plan, outcome))
    process.exitCode = exitCode(outcome)
  } finally {
    await source.close()
  }
}

const explain = ({ code, message }: AppError): string => {
  if (code === 'UNAUTHENTICATED') return `The server does not know this key: ${message}`
  if (code === 'FORBIDDEN') return `The key may not ingest (it needs the scope ingest): ${message}`
  if (code === 'NOT_FOUND') return `The server has no such dataset: ${message}`
  return message
}

import { InvalidArgumentError, type Command } from 'commander'
import { ConfigError, loadConfig } from '../../config.ts'
import { systemClock } from '../../platform/clock.ts'
import { AppError } from '../../platform/errors.ts'
import { interruptible } from '../interruptible.ts'
import { number } from '../number.ts'
import { createProgressLine, printResult } from '../output.ts'
import { dryRun, dryRunText } from './dry-run.ts'
import { createMapping } from './mapping.ts'
import { runIngest, type IngestPlan } from './run.ts'
import { openSource } from './source.ts'
import { exitCode, summaryJson, summaryText } from './summary.ts'
import { findDataset } from '../../ingest/datasets.ts'
import { datasets } from '../../modules/datasets.ts'

export type ConnectOptions = { url?: string; apiKey?: string; dataDir?: string }
export type IngestCommandDeps = {
  /**
   * Where to send, and with which key: the flags, else the environment, else the running stack of the data
   * folder. Throws AppError with advice when there is none.
   */
  readonly connect: (options: ConnectOptions) => Promise<{ url: string; apiKey: string }>
}

type Flags = ConnectOptions & {
  format?: 'ndjson' | 'csv'
  map?: string[]
  set?: string[]
  timeColumn?: string[]
  timeFormat: string
  timeYear?: number
  timeZone: string
  rest?: string
  shiftTo?: string
  rate?: number
  batch: number
  resume: boolean
  dryRun?: boolean
  json?: boolean
}

const examples = `
Exit codes: 0 every row was accepted, 1 failed, 2 some rows were rejected, 130 interrupted.
A row without an event_id gets one from the file's SHA-256 and its row number, so a file that is sent twice counts once.
What was acknowledged is kept in the data folder: the same command again goes on from there.

Examples:
  heliograph ingest viewer_samples samples.ndjson
  heliograph ingest log_events app.csv --map Level=level --map Content=message --set service=app \\
    --time-column Date --time-column Time --time-format '%Y-%m-%d %H:%M:%S,%f' --shift-to now
`

const retryForMs = 5 * 60_000

const collect = (value: string, previous: string[] = []): string[] => [...previous, value]
/**
 * Adds `heliograph ingest` to the program. It sets `process.exitCode`: 0 all accepted, 1 failed, 2 some
 * rejected, 130 interrupted.
 */
export const registerIngestCommand = (program: Command, deps: IngestCommandDeps): void => {
  const command = program
    .command('ingest')
    .description('Send a file of rows (NDJSON or CSV) through the ingest endpoint')
    .argument('<dataset>', datasets.map(({ name }) => name).join(', '))
    .argument('<file>', 'the file, or - for standard input')
    .option('--format <format>', 'ndjson or csv, where the name and the first bytes mislead', (text) => {
      if (text === 'ndjson' || text === 'csv') return text
      throw new InvalidArgumentError('Expected ndjson or csv.')
    })
    .option(
      '--map <column=field>',
      'take a field from a column; a dot names a map entry (repeatable)',
      collect,
      [],
    )
    .option('--set <field=value>', 'give a field a constant (repeatable)', collect)
    .option(
      '--time-column <name>',
      'column of the time; several are joined with a space (repeatable)',
      collect,
      [],
    )
    .option(
      '--time-format <format>',
      'iso, unix, unix-ms, or a pattern such as "%Y-%m-%d %H:%M:%S,%f"',
      'auto',
    )
    .option('--time-year <year>', 'year of times without one', number(1970, 2200))
    .option('--time-zone <zone>', 'zone of times that name none', 'UTC')
    .option('--rest <field>', 'map field that takes all other columns, for example attributes')
    .option('--shift-to <time>', 'now, or an RFC 3339 time: move all times so that the latest falls on it')
    .option('--rate <rows/s>', 'send no faster than this', number(0.001, 1e9, false))
    .option('--batch <rows>', 'most rows in one request', number(1, 10_000), 1000)
    .option('--no-resume', 'start at the first row, whatever an earlier run has sent')
    .option('--dry-run', 'print the first rows as they would be sent, and send nothing')
    .option('--json', 'print the result as JSON')
  command.addHelpText('after', examples)
  const known = new Set(program.options.map((option) => option.long))
  if (!known.has('--url')) command.option('--url <url>', 'the server (HELIOGRAPH_URL)')
  if (!known.has('--api-key'))
    command.option('--api-key <key>', 'a key with the scope ingest (HELIOGRAPH_API_KEY)')
  if (!known.has('--data-dir')) command.option('--data-dir <folder>', 'the data folder of the running stack')
  command.action(async (dataset: string, file: string) => {
    try {
      findDataset(datasets, dataset) // a wrong name is told before a file is read
      await ingest(dataset, file, command.optsWithGlobals<Flags>(), deps)
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
  dataset: string,
  file: string,
  flags: Flags,
  deps: IngestCommandDeps,
): Promise<void> => {
  const mapping = {
    map: flags.map ?? [],
    set: flags.set ?? [],
    timeColumn: flags.timeColumn ?? [],
    rest: flags.rest,
    time: { format: flags.timeFormat, year: flags.timeYear, zone: flags.timeZone },
  }
  // Before a large file is read: a wrong flag is told at once.
  createMapping(mapping)
  const progress = createProgressLine()
  const interrupt = interruptible(() =>
    progress.note('Stopping after the requests under way (once more to stop at once) ...'),
  )
  if (file === '-')
    progress.note('Reading standard input to its end: the ids of its rows are made from its content.')
  const source = await openSource(file, process.stdin)
  try {
    const plan: IngestPlan = {
      dataset,
      source,
      format: flags.format,
      mapping,
      shiftTo: flags.shiftTo,
      rate: flags.rate,
      batchRows: flags.batch,
      resume: flags.resume,
    }
    if (flags.dryRun) {
      const result = await dryRun(plan, systemClock.now())
      printResult(flags, result, () => dryRunText(result))
      process.exitCode = result.unreadable.length > 0 ? 2 : 0
      return
    }
    const { dataDir } = loadConfig({ HELIOGRAPH_DATA_DIR: flags.dataDir })
    const target = await deps.connect(flags)
    const outcome = await runIngest(plan, {
      ...target,
      dataDir,
      clock: systemClock,
      progress,
      stop: interrupt.signal,
      retryForMs,
    })
    if (outcome.error) process.stderr.write(`heliograph ingest: ${explain(outcome.error)}\n`)
    printResult(flags, summaryJson(plan, outcome), () => summaryText(plan, outcome))
    process.exitCode = exitCode(outcome)
  } finally {
    interrupt.release()
    await source.close()
  }
}

const explain = ({ code, message }: AppError): string => {
  if (code === 'UNAUTHENTICATED') return `The server does not know this key: ${message}`
  if (code === 'FORBIDDEN') return `The key may not ingest (it needs the scope ingest): ${message}`
  if (code === 'NOT_FOUND') return `The server has no such dataset: ${message}`
  return message
}

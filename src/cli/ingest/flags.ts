import { InvalidArgumentError, type Command } from 'commander'
import { number } from '../number.ts'
import { formatNames, type FormatName } from './formats/formats.ts'
import { levelTables } from './levels.ts'

export type ConnectOptions = { url?: string; apiKey?: string; dataDir?: string }
/** What the flags of `heliograph ingest` give. */
export type Flags = ConnectOptions & {
  format?: FormatName
  delimiter?: string
  header: boolean
  pattern?: string
  recordStart?: string
  map?: string[]
  set?: string[]
  mapLevel?: string[]
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

const formatOf = (text: string): FormatName => {
  const name = formatNames.find((each) => each === text)
  if (name) return name
  throw new InvalidArgumentError(`Expected ${formatNames.join(', ')}.`)
}
const delimiterOf = (text: string): string => {
  const character = text === 'tab' || text === '\\t' ? '\t' : text
  if (character.length === 1 && !/["\r\n]/.test(character)) return character
  throw new InvalidArgumentError('Expected one character, or tab.')
}
const collect = (value: string, previous: string[] = []): string[] => [...previous, value]

/** Declares what `Flags` holds. */
export const addFlags = (command: Command): void =>
  void command
    .option(
      '--format <format>',
      `${formatNames.join(', ')}; by the file's content and name if absent`,
      formatOf,
    )
    .option('--delimiter <character>', 'of csv: what is between the columns, such as ";" or tab', delimiterOf)
    .option('--no-header', 'of csv: the first line is a row, and the columns are named 1, 2, 3')
    .option('--pattern <regexp>', 'of pattern: what a record is; its named groups are the columns')
    .option(
      '--record-start <regexp>',
      'of pattern: what begins a record; other lines belong to the one before',
    )
    .option(
      '--map <column=field>',
      'take a field from a column; a dot names a map entry (repeatable)',
      collect,
    )
    .option('--set <field=value>', 'give a field a constant (repeatable)', collect)
    .option(
      '--map-level <table|text=level>',
      `read levels of ${levelTables.join(', ')}, or by a pair such as E=error (repeatable)`,
      collect,
    )
    .option(
      '--time-column <name>',
      'column of the time; several are joined with a space (repeatable)',
      collect,
    )
    .option(
      '--time-format <format>',
      'iso, unix, unix-ms, unix-us, unix-ns, or a pattern such as "%Y-%m-%d %H:%M:%S,%f"',
      'auto',
    )
    .option('--time-year <year>', 'year of the first time that has none', number(1970, 2200))
    .option('--time-zone <zone>', 'zone of times that name none', 'UTC')
    .option('--rest <field>', 'map field that takes all other columns, such as attributes')
    .option('--shift-to <time>', 'now, or an RFC 3339 time: move all times so that the latest falls on it')
    .option('--rate <rows/s>', 'send no faster than this', number(0.001, 1e9, false))
    .option('--batch <rows>', 'most rows in one request', number(1, 10_000), 1000)
    .option('--no-resume', 'start at the first row, whatever an earlier run has sent')
    .option('--dry-run', 'check all rows as the server does, print the first, and send nothing')
    .option('--json', 'print the result as JSON')

/** The same for `ConnectOptions`, where the program has none of its own. */
export const addConnection = (program: Command, command: Command): void => {
  const known = new Set(program.options.map((option) => option.long))
  if (!known.has('--url')) command.option('--url <url>', 'the server (HELIOGRAPH_URL)')
  if (!known.has('--api-key'))
    command.option('--api-key <key>', 'a key with the scope ingest (HELIOGRAPH_API_KEY)')
  if (!known.has('--data-dir')) command.option('--data-dir <folder>', 'the data folder of the running stack')
}

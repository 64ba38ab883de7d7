import type { FormatName } from './formats/formats.ts'
import { levelTables } from './levels.ts'
import { rejectedRows, type Tally } from './tally.ts'

type Group = Tally['rejected'][number]

/** What is wrong with many rows, and the flag that most likely mends it. */
const hints: readonly { readonly of: (group: Group) => boolean; readonly hint: string }[] = [
  {
    of: ({ message }) => message.startsWith('level:'),
    hint: `Levels of another kind: --map-level ${levelTables.join('|')}, or --map-level <text>=<level> for each.`,
  },
  {
    of: ({ code, message }) => code === 'UNREADABLE' && message.startsWith('the time'),
    hint: 'Times of another form: --time-format, such as "%d.%m.%Y %H:%M:%S"; --dry-run shows what comes of it.',
  },
  {
    of: ({ code, message }) => code === 'MISSING_FIELD' && message.startsWith('time'),
    hint: 'Where the time is: --time-column <column>, repeated where it is in several.',
  },
  {
    of: ({ code }) => code === 'MISSING_FIELD' || code === 'UNKNOWN_FIELD',
    hint: 'Which column is which field: --map <column>=<field>; --rest attributes keeps all other columns.',
  },
  {
    of: ({ code }) => code === 'TOO_OLD',
    hint: 'Rows of long ago: --shift-to now moves all times so that the last is now.',
  },
]

/** Hints for what was rejected: a flag for each kind, and the format where most rows could not be read at all. */
export const hintsOf = (format: FormatName, { rows, rejected }: Tally): string[] => {
  const unread = rejected.filter(
    ({ code, message }) => code === 'UNREADABLE' && !message.startsWith('the time'),
  )
  const mostly = rejectedRows({ rejected: unread }) > rows / 2
  const found = hints.filter(({ of }) => rejected.some(of)).map(({ hint }) => hint)
  if (!mostly) return found
  const records = format === 'pattern' ? ' Where a record has several lines: --record-start.' : ''
  return [
    `The file was read as ${format}: --format says another, and --format pattern takes lines of any form.${records}`,
    ...found,
  ]
}

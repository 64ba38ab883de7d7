import { AppError } from '../../../platform/errors.ts'
import { access } from './access.ts'
import { csv, tsv } from './csv.ts'
import type { Format } from './format.ts'
import { json } from './json.ts'
import { ndjson } from './ndjson.ts'
import { pattern } from './pattern.ts'
import { syslog } from './syslog.ts'

/** Every format that `heliograph ingest` reads, in the order in which a file is tried. */
export const formats = { ndjson, json, syslog, access, csv, tsv, pattern } as const satisfies Record<
  string,
  Format
>
export type FormatName = keyof typeof formats
export const formatNames = Object.keys(formats) as FormatName[]

const endingsOf = (name: FormatName): readonly string[] => formats[name].endings

/**
 * The format by what the file begins with, else by its name. Throws BAD_REQUEST, naming the flag, for one that
 * can't be told.
 */
export const detectFormat = (name: string, head: Buffer): FormatName => {
  const text = head.toString('utf8').replace(/^\uFEFF/, '')
  const ending = /\.([a-z]+)(?:\.gz)?$/i.exec(name)?.[1]?.toLowerCase() ?? ''
  const named = formatNames.find((each) => endingsOf(each).includes(ending))
  // What is named .json is often an object a line; a table is never mistaken for anything else.
  if (named !== undefined && named !== 'json') return named
  const found = formatNames.find((each) => formats[each].looksLike(text)) ?? named
  if (found !== undefined || text.trim() === '') return found ?? 'ndjson'
  const message = `The form of ${name === '-' ? 'standard input' : name} can't be told from its name and its first line. Say it with --format ${formatNames.join('|')}; for lines of your own, --format pattern with --pattern.`
  throw new AppError('BAD_REQUEST', message)
}

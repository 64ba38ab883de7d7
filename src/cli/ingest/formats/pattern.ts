import { AppError } from '../../../platform/errors.ts'
import { numbered, type Format } from './format.ts'
import { textRecords, textRows } from './text.ts'

/** Throws BAD_REQUEST, naming the flag, for what is no regular expression. */
const compiled = (flag: string, source: string, flags: string): RegExp => {
  try {
    return new RegExp(source, flags)
  } catch (cause) {
    const message = `${flag} is not a regular expression: ${(cause as Error).message}`
    throw new AppError('BAD_REQUEST', message, { cause })
  }
}

/** Reads a record that the whole pattern matches; a dot also matches the line ends in it. */
export const patternReader = (source: string | undefined) => {
  if (source === undefined) {
    const message =
      'Say what a line is: --pattern "(?<time>\\S+ \\S+) (?<level>\\w+) (?<message>.*)", a regular expression whose named groups are the columns.'
    throw new AppError('BAD_REQUEST', message)
  }
  const shape = compiled('--pattern', `^(?:${source})$`, 'su')
  if (!/\(\?<[^=!]/.test(source)) {
    const message = '--pattern has no named group: write (?<message>.*) for the column message.'
    throw new AppError('BAD_REQUEST', message)
  }
  return (text: string): Record<string, unknown> | undefined => {
    const groups = shape.exec(text)?.groups
    return groups && Object.fromEntries(Object.entries(groups).filter(([, value]) => value !== undefined))
  }
}

/** Lines, or records of several lines, that a regular expression of one's own takes apart. */
export const pattern: Format = {
  endings: [],
  looksLike: () => false,
  restIsAttributes: true,
  read: async function* read(source, options) {
    const start = options.recordStart
    const records = textRecords(source, start === undefined ? start : compiled('--record-start', start, 'u'))
    yield* numbered(textRows(records, patternReader(options.pattern), 'what --pattern says'))
  },
}

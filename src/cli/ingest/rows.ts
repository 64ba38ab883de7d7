import type { Readable } from 'node:stream'
import { CsvError, parse } from 'csv-parse'
import { AppError } from '../../platform/errors.ts'

export type FileFormat = 'ndjson' | 'csv'

/**
 * One record of the file; `problem` in place of `record` when it can't be read, which costs only that row.
 */
export type SourceRow = {
  /** From 1; a CSV header and blank lines do not count. */
  readonly number: number
  /** The line of the file on which the row begins, from 1. */
  readonly line: number
  readonly record?: Readonly<Record<string, unknown>>
  readonly problem?: string
}

// A line of this size is no row: better a clear stop than a process that fills its memory with a file without
// newlines.
const maxLineBytes = 16 << 20

/** The format by the file's name, else by its first bytes. */
export const detectFormat = (name: string, head: Buffer): FileFormat => {
  const extension = /\.([a-z]+)$/i.exec(name)?.[1]?.toLowerCase()
  if (extension === 'csv') return 'csv'
  if (extension && ['ndjson', 'jsonl', 'json'].includes(extension)) return 'ndjson'
  return /^\uFEFF?\s*[{[]/.test(head.toString('utf8')) ? 'ndjson' : 'csv'
}

/**
 * Reads rows as they come, never the whole file. Throws BAD_REQUEST for a file that is not what the format
 * says.
 */
export const readRows = (
  source: Readable,
  format: FileFormat,
  columns: readonly string[],
): AsyncGenerator<SourceRow> => (format === 'csv' ? csvRows(source, columns) : ndjsonRows(source))

async function* ndjsonRows(source: Readable): AsyncGenerator<SourceRow> {
  let number = 0
  let line = 0
  for await (const bytes of lines(source)) {
    line += 1
    const text = bytes
      .toString('utf8')
      .replace(/^\uFEFF/, '')
      .trim()
    if (text === '') continue
    number += 1
    yield { number, line, ...parseObject(text) }
  }
}

const parseObject = (text: string): Pick<SourceRow, 'record' | 'problem'> => {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    // The parser's message quotes the line, so a reason of its own keeps equal faults in one group.
    if (error instanceof SyntaxError) return { problem: 'the line is not JSON' }
    throw error
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { problem: 'the line is not a JSON object (a row is one object on one line)' }
  }
  return { record: value as Record<string, unknown> }
}

/** Splits at \n only: readline would also split at U+2028, which JSON text may hold. */
async function* lines(source: Readable): AsyncGenerator<Buffer> {
  let rest: Buffer[] = []
  let restBytes = 0
  for await (const chunk of source as AsyncIterable<Buffer>) {
    let from = 0
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, from)) {
      yield rest.length > 0 ? Buffer.concat([...rest, chunk.subarray(from, at)]) : chunk.subarray(from, at)
      rest = []
      restBytes = 0
      from = at + 1
    }
    if (from === chunk.length) continue
    rest.push(chunk.subarray(from))
    restBytes += chunk.length - from
    if (restBytes > maxLineBytes)
      throw new AppError('BAD_REQUEST', `A line is longer than ${maxLineBytes} bytes.`)
  }
  if (restBytes > 0) yield Buffer.concat(rest)
}

async function* csvRows(source: Readable, columns: readonly string[]): AsyncGenerator<SourceRow> {
  const parser = parse({
    bom: true,
    info: true,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    max_record_size: maxLineBytes,
  })
  // pipe() does not carry a failing source on.
  source.on('error', (error) => parser.destroy(error)).pipe(parser)
  let header: string[] | undefined
  let number = 0
  let crlfInside = 0
  try {
    for await (const { record, info } of parser as AsyncIterable<{
      record: string[]
      info: { lines: number }
    }>) {
      // csv-parse counts a CRLF inside quotes as two lines.
      const inside = record.join()
      crlfInside += inside.split('\r\n').length - 1
      const line = info.lines - crlfInside - (inside.split('\n').length - 1)
      if (!header) {
        header = checkedHeader(record, columns)
        continue
      }
      number += 1
      yield record.length === header.length
        ? { number, line, record: Object.fromEntries(header.map((name, index) => [name, record[index]])) }
        : { number, line, problem: `the row has not the ${header.length} columns of the header` }
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    throw new AppError('BAD_REQUEST', `This is not CSV: ${error.message}`, {
      cause: error,
    })
  } finally {
    source.destroy()
  }
}

const checkedHeader = (header: string[], columns: readonly string[]): string[] => {
  const missing = columns.filter((column) => !header.includes(column))
  if (missing.length === 0) return header
  const message = `The file has no column ${missing.map((name) => `"${name}"`).join(', ')}. It has: ${header.join(', ')}`
  throw new AppError('BAD_REQUEST', message)
}

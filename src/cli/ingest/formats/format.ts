import type { Readable } from 'node:stream'

/** One record of the file; `problem` in place of `record` when it can't be read, which costs only that row. */
export type SourceRow = {
  /** From 1; a CSV header and blank lines do not count. */
  readonly number: number
  /** The line of the file on which the row begins, from 1. */
  readonly line: number
  readonly record?: Readonly<Record<string, unknown>>
  readonly problem?: string
}

/** What the flags say about reading a file. */
export type ReadOptions = {
  /** Of CSV: one character. By the file's name if absent. */
  readonly delimiter?: string | undefined
  /** False: the first line of a CSV file is a row, and its columns are named 1, 2, 3. */
  readonly header: boolean
  /** Of `pattern`: a regular expression whose named groups are the columns. */
  readonly pattern?: string | undefined
  /** Of `pattern`: what a record's first line matches. Other lines belong to the record before. */
  readonly recordStart?: string | undefined
  /** Columns that other flags name. */
  readonly columns: readonly string[]
}

export type Format = {
  /** Endings of names that say it. */
  readonly endings: readonly string[]
  /** Whether the beginning of a file, up to 64 KiB of it, looks like it. */
  looksLike(head: string): boolean
  /** Its columns beyond the dataset's fields go into the attributes unless flags say otherwise. */
  readonly restIsAttributes?: boolean
  /** Columns that are taken only when a flag names them. */
  readonly unasked?: readonly string[]
  /** Reads rows as they come, never the whole file. Throws BAD_REQUEST for what is not of the format at all. */
  read(source: Readable, options: ReadOptions): AsyncGenerator<SourceRow>
}

/** What a row that can't be stored is longer than: the server takes rows of 128 KiB. */
export const maxRecordChars = 256 << 10

/** A row that was read, without its number in the file. */
export type Unnumbered = Omit<SourceRow, 'number'>

export async function* numbered(rows: AsyncIterable<Unnumbered>): AsyncGenerator<SourceRow> {
  let number = 0
  for await (const row of rows) yield { number: ++number, ...row }
}

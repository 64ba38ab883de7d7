import type { Readable } from 'node:stream'
import { maxRecordChars, type Unnumbered } from './format.ts'
import { lines } from './lines.ts'

export type TextRecord = {
  readonly line: number
  readonly text: string
  readonly problem?: string | undefined
}

/** Texts to records: a line each, or with `start` what begins with a line that matches it. */
export async function* textRecords(source: Readable, start?: RegExp): AsyncGenerator<TextRecord> {
  let open: { line: number; parts: string[]; chars: number; problem: string | undefined } | undefined
  const close = (): TextRecord => {
    const { line, parts, problem } = open!
    return { line, text: parts.join('\n').trimEnd(), problem }
  }
  for await (const { number: line, text, problem } of lines(source)) {
    if (start === undefined) {
      if (problem !== undefined || text.trim() !== '') yield { line, text, problem }
      continue
    }
    if (!open || (problem === undefined && start.test(text))) {
      if (open) yield close()
      else if (text.trim() === '' && problem === undefined) continue
      open = { line, parts: [text], chars: text.length, problem }
      continue
    }
    open.chars += text.length
    open.problem ??= problem
    // Kept no further, so that a start that never matches again does not fill the memory.
    if (open.chars > maxRecordChars) open.problem ??= `the record is longer than ${maxRecordChars} characters`
    else open.parts.push(text)
  }
  if (open) yield close()
}

/** A row for each record that `read` understands, a problem for each other. */
export async function* textRows(
  records: AsyncIterable<TextRecord>,
  read: (text: string) => Record<string, unknown> | undefined,
  expected: string,
): AsyncGenerator<Unnumbered> {
  for await (const { line, text, problem } of records) {
    const record = problem === undefined ? read(text) : undefined
    yield record ? { line, record } : { line, problem: problem ?? `this is not ${expected}` }
  }
}

/** Without the entries that have no value: undefined, or the `-` of logs. */
export const given = (record: Readonly<Record<string, string | undefined>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(record).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== '-',
    ),
  )

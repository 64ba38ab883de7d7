import { parseJson } from '../../../platform/json.ts'
import { numbered, type Format, type Unnumbered } from './format.ts'
import { lines } from './lines.ts'
import type { Readable } from 'node:stream'

export const notJson = 'this is not JSON'

/** The record of one JSON text, or what is wrong with it. */
export const recordOf = (text: string): Pick<Unnumbered, 'record' | 'problem'> => {
  const parsed = parseJson(text)
  // A reason of its own in place of the parser's, which quotes the line, keeps equal faults in one group.
  if (!parsed) return { problem: notJson }
  const { value } = parsed
  if (typeof value !== 'object' || value === null || Array.isArray(value) || JSON.isRawJSON(value))
    return { problem: 'this is JSON, but not an object (a row is one object)' }
  return { record: value as Record<string, unknown> }
}

async function* rows(source: Readable): AsyncGenerator<Unnumbered> {
  for await (const { number: line, text, problem } of lines(source)) {
    if (problem !== undefined) yield { line, problem }
    else if (text.trim() !== '') yield { line, ...recordOf(text) }
  }
}

/** One JSON object a line. */
export const ndjson: Format = {
  endings: ['ndjson', 'jsonl'],
  looksLike: (head) => {
    const first = head.trimStart().split(/\r\n|\n|\r/, 1)[0]!
    return first.startsWith('{') && ('record' in recordOf(first) || head.length === first.length)
  },
  read: (source) => numbered(rows(source)),
}

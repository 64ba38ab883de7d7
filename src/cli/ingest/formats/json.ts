import type { Readable } from 'node:stream'
import { utf8Fault } from '../../../platform/utf8.ts'
import { numbered, type Format, type Unnumbered } from './format.ts'
import { createSplitter, type Read } from './json-values.ts'
import { notJson, recordOf } from './ndjson.ts'

const read = (bytes: Buffer | undefined, line: number): Read<Unnumbered> => {
  if (!bytes) return { row: { line, problem: 'this is not JSON: it has no end' }, broken: true }
  const fault = utf8Fault(bytes)
  if (fault !== undefined) return { row: { line, problem: fault }, broken: false }
  const row = { line, ...recordOf(bytes.toString('utf8')) }
  return { row, broken: row.problem === notJson }
}

async function* rows(source: Readable): AsyncGenerator<Unnumbered> {
  const splitter = createSplitter(read)
  for await (const chunk of source as AsyncIterable<Buffer>) {
    splitter.push(chunk)
    for (let row = splitter.next(); row; row = splitter.next()) yield row
  }
  // What has no end may hide whole rows behind it.
  for (let row = splitter.end(); row; row = splitter.end()) {
    yield row
    for (row = splitter.next(); row; row = splitter.next()) yield row
  }
}

/** An array of objects, or objects one after the other, over as many lines as they like. */
export const json: Format = {
  endings: ['json'],
  looksLike: (head) => /^\s*(?:\[\s*[[{\]]|\{)/.test(head),
  read: (source) => numbered(rows(source)),
}

import type { Readable } from 'node:stream'
import { AppError } from '../../../platform/errors.ts'
import { utf8Fault } from '../../../platform/utf8.ts'

export type Line = {
  /** From 1. */
  readonly number: number
  /** Without its end. Empty when there is a problem. */
  readonly text: string
  /** CRLF, LF or CR; empty for a last line without an end. */
  readonly end: string
  /** Why it can't be read: bytes that are not UTF-8. */
  readonly problem?: string
}

// A line of this size is no row: better a clear stop than a process that fills its memory with a file without
// newlines.
export const maxLineBytes = 16 << 20

const LF = 10
const CR = 13

const toLine = (number: number, bytes: Buffer, end: string): Line => {
  const fault = utf8Fault(bytes)
  if (fault !== undefined)
    return { number, text: '', end, problem: `${fault} (iconv -f latin1 -t utf-8 may convert the file)` }
  const text = bytes.toString('utf8')
  return { number, text: number === 1 ? text.replace(/^\uFEFF/, '') : text, end }
}

/** Lines end at CRLF, LF or CR, also mixed. Not at U+2028 as readline has it, which JSON text may hold. */
export async function* lines(source: Readable): AsyncGenerator<Line> {
  let rest: Buffer = Buffer.alloc(0)
  let number = 0
  for await (const chunk of source as AsyncIterable<Buffer>) {
    const bytes = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk
    let from = 0
    let lf = bytes.indexOf(LF)
    let cr = bytes.indexOf(CR)
    while (lf >= 0 || cr >= 0) {
      const at = lf < 0 ? cr : cr < 0 ? lf : Math.min(lf, cr)
      if (at === cr && at === bytes.length - 1) break // its LF may come with the next chunk
      const end = at === lf ? '\n' : bytes[at + 1] === LF ? '\r\n' : '\r'
      yield toLine(++number, bytes.subarray(from, at), end)
      from = at + end.length
      if (lf >= 0 && lf < from) lf = bytes.indexOf(LF, from)
      if (cr >= 0 && cr < from) cr = bytes.indexOf(CR, from)
    }
    rest = bytes.subarray(from)
    if (rest.length > maxLineBytes)
      throw new AppError('BAD_REQUEST', `Line ${number + 1} is longer than ${maxLineBytes} bytes.`)
  }
  if (rest.length === 0) return
  const end = rest.at(-1) === CR ? '\r' : ''
  yield toLine(++number, rest.subarray(0, rest.length - end.length), end)
}

import { AppError } from '../../../platform/errors.ts'
import { maxLineBytes } from './lines.ts'

export type Read<Row> = { readonly row: Row; readonly broken: boolean }

type Splitter<Row> = {
  push(chunk: Buffer): void
  /** The next row, if the bytes so far have one. */
  next(): Row | undefined
  /** What stands at the end of the file and is not over. */
  end(): Row | undefined
}

const [quote, backslash, open, shut, openList, shutList, comma, newline] = [...Buffer.from('"\\{}[],\n')]
const isSpace = (byte: number): boolean => byte === 32 || byte === 9 || byte === 10 || byte === 13
const isMark = (byte: number): boolean => byte === 0xef || byte === 0xbb || byte === 0xbf

/**
 * Cuts JSON into the values of its outer array, or into values that follow one another; `read` makes a row of
 * one (`bytes` is undefined for one that does not end). After a broken value of several lines, reading goes on
 * at the next line that begins with an object no deeper than that one: a forgotten quote or brace costs its own
 * row and not the rest of the file.
 */
export const createSplitter = <Row>(
  read: (bytes: Buffer | undefined, line: number) => Read<Row>,
): Splitter<Row> => {
  let bytes: Buffer = Buffer.alloc(0)
  let at = 0
  let line = 1
  let column = 0
  let blank = true // nothing but spaces on this line so far
  let value:
    | { from: number; line: number; column: number; depth: number; text: boolean; escaped: boolean }
    | undefined
  let deepest: number | undefined // while the rest of a broken value is skipped: the column it began in

  const step = (byte: number): void => {
    at += 1
    column += 1
    if (byte === newline) {
      line += 1
      column = 0
      blank = true
    } else if (!isSpace(byte)) blank = false
  }

  const close = (to: number, whole: boolean): Row => {
    const begun = value!
    const { row, broken } = read(whole ? bytes.subarray(begun.from, to) : undefined, begun.line)
    const lineEnd = bytes.indexOf(newline!, begun.from)
    if (broken && lineEnd >= 0 && lineEnd <= to) {
      at = lineEnd
      line = begun.line
      deepest = begun.column
    }
    value = undefined
    return row
  }

  const between = (byte: number): void => {
    const skipped = isSpace(byte) || byte === comma || byte === openList || byte === shutList || isMark(byte)
    const begins = deepest === undefined ? !skipped : byte === open && blank && column <= deepest
    if (!begins) return step(byte)
    deepest = undefined
    value = { from: at, line, column, depth: 0, text: false, escaped: false }
  }

  /** Takes a byte of a value; a row when it was the last one, or when the value can't go on. */
  const inside = (byte: number): Row | undefined => {
    const now = value!
    if (now.text) {
      if (byte === newline) return close(at, false) // no text of JSON holds one
      step(byte)
      if (now.escaped) now.escaped = false
      else if (byte === backslash) now.escaped = true
      else if (byte === quote) now.text = false
      return undefined
    }
    const ends = byte === comma || byte === shutList || byte === shut || isSpace(byte)
    if (now.depth === 0 && ends && at > now.from) return close(at, true)
    step(byte)
    if (byte === quote) now.text = true
    else if (byte === open || byte === openList) now.depth += 1
    else if (byte === shut || byte === shutList) {
      now.depth -= 1
      if (now.depth <= 0) return close(at, true)
    }
    return undefined
  }

  return {
    push: (chunk) => {
      const keep = value?.from ?? at
      bytes = Buffer.concat([bytes.subarray(keep), chunk])
      at -= keep
      if (value) value.from = 0
    },
    next: () => {
      while (at < bytes.length) {
        const row = value ? inside(bytes[at]!) : between(bytes[at]!)
        if (row !== undefined) return row
      }
      if (!value || at - value.from <= maxLineBytes) return undefined
      if (value.line < line) return close(at, false)
      const message = `What begins on line ${value.line} is longer than ${maxLineBytes} bytes.`
      throw new AppError('BAD_REQUEST', message)
    },
    end: () => (value ? close(at, value.depth === 0 && !value.text) : undefined),
  }
}

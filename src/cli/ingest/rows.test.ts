import { Readable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { detectFormat, readRows, type FileFormat, type SourceRow } from './rows.ts'

/** Cut into chunks of a few bytes, so that every seam is met. */
const rowsOf = async (text: string, format: FileFormat, columns: string[] = [], chunkBytes = 3) => {
  const bytes = Buffer.from(text)
  const chunks = Array.from({ length: Math.ceil(bytes.length / chunkBytes) }, (_, index) =>
    bytes.subarray(index * chunkBytes, (index + 1) * chunkBytes),
  )
  const rows: SourceRow[] = []
  for await (const row of readRows(Readable.from(chunks), format, columns)) rows.push(row)
  return rows
}

describe('CSV', () => {
  test('a BOM, CRLF, quotes, commas and line breaks in quotes are read, and each row knows its line', async () => {
    const text = '\uFEFFid,text\r\n1,"a, ""b"""\r\n2,"two\r\nlines\nthree"\r\n\r\n3,plain "quote"\r\n4,ä'
    expect(await rowsOf(text, 'csv')).toEqual([
      { number: 1, line: 2, record: { id: '1', text: 'a, "b"' } },
      { number: 2, line: 3, record: { id: '2', text: 'two\r\nlines\nthree' } },
      { number: 3, line: 7, record: { id: '3', text: 'plain "quote"' } },
      { number: 4, line: 8, record: { id: '4', text: 'ä' } },
    ])
  })

  test('a row with too few or too many columns costs only itself', async () => {
    const rows = await rowsOf('a,b\n1,2\n3\n4,5,6\n7,8\n', 'csv')
    expect(rows.map(({ problem }) => problem)).toEqual([
      undefined,
      'the row has not the 2 columns of the header',
      'the row has not the 2 columns of the header',
      undefined,
    ])
  })

  test('a column that the flags name and the file lacks stops it at once, with the columns there are', async () => {
    await expect(rowsOf('a,b\n1,2\n', 'csv', ['a', 'c'])).rejects.toThrow('no column "c". It has: a, b')
  })

  test('a quote that is never closed says on which line', async () => {
    await expect(rowsOf('a\nx\n"y\nz\n', 'csv')).rejects.toThrow('line 4')
  })
})

describe('NDJSON', () => {
  test('lines end at LF or CRLF only, blank ones do not count, and the last needs no end', async () => {
    const text = '\uFEFF{"a":"x\u2028y"}\r\n\r\n  \n{"a":2}\n{"a":3}'
    expect(await rowsOf(text, 'ndjson')).toEqual([
      { number: 1, line: 1, record: { a: 'x\u2028y' } },
      { number: 2, line: 4, record: { a: 2 } },
      { number: 3, line: 5, record: { a: 3 } },
    ])
  })

  test('a line that is no JSON object costs only itself', async () => {
    const rows = await rowsOf('{"a":1}\n{"a":\n[1]\nnull\n{"a":2}\n', 'ndjson')
    expect(rows.map(({ problem }) => problem?.slice(0, 20))).toEqual([
      undefined,
      'the line is not JSON',
      'the line is not a JS',
      'the line is not a JS',
      undefined,
    ])
  })
})

test('the format is known by the name, else by the first bytes', () => {
  const none = Buffer.alloc(0)
  expect(detectFormat('x.CSV', none)).toBe('csv')
  expect(detectFormat('x.jsonl', none)).toBe('ndjson')
  expect(detectFormat('-', Buffer.from('\uFEFF {"a":1}'))).toBe('ndjson')
  expect(detectFormat('x.txt', Buffer.from('a,b\n'))).toBe('csv')
})

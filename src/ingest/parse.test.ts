import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { decodeBody, formOf, parseItems } from './parse.ts'

const items = (text: string, form: 'json' | 'ndjson' = 'json') => parseItems(Buffer.from(text), form)

test('an array, one object and one object a line are items', () => {
  expect(items('[{"a":1},2]').items).toEqual([{ a: 1 }, 2])
  expect(items(' {"a":\n1} ').items).toEqual([{ a: 1 }])
  expect(items('{"a":1}\n{"a":2}').items).toEqual([{ a: 1 }, { a: 2 }])
  expect(items('[]').items).toEqual([])
})

test('CRLF, blank lines, a last line without an end and a byte order mark change nothing', () => {
  expect(items('\uFEFF{"a":1}\r\n\r\n  \n{"a":2}', 'ndjson').items).toEqual([{ a: 1 }, { a: 2 }])
})

test('a broken line is named by its place among the items, and the others stay', () => {
  const { items: found, broken } = items('{"a":1}\n\n{"a":\n{"a":3}\nnonsense\n')
  expect(found).toEqual([{ a: 1 }, undefined, { a: 3 }, undefined])
  expect([...broken]).toMatchObject([
    [1, { code: 'INVALID_JSON' }],
    [3, { code: 'INVALID_JSON' }],
  ])
})

test('a line that is nested too deep to keep the digits of its numbers is broken, and the others stay', () => {
  const deep = `{"a":${'['.repeat(50_000)}12345678901234567890${']'.repeat(50_000)}}`
  const { items: found, broken } = items(`{"a":1}\n${deep}\n{"a":3}`)
  expect(found).toEqual([{ a: 1 }, undefined, { a: 3 }])
  expect([...broken]).toMatchObject([[1, { code: 'INVALID_JSON' }]])
  expect(() => parseItems(Buffer.from(`[${deep}]`), 'json')).toThrow(
    expect.objectContaining({ code: 'BAD_REQUEST' }),
  )
})

test('a broken array, an empty body and bytes that are not UTF-8 are refused whole', () => {
  for (const body of [
    Buffer.from('[1,'),
    Buffer.from(' \r\n'),
    Buffer.alloc(0),
    Buffer.from([0x7b, 0xc3, 0x7d]),
  ]) {
    expect(() => parseItems(body, 'json')).toThrow(expect.objectContaining({ code: 'BAD_REQUEST' }))
  }
})

test('the first byte that is not UTF-8 is told by its place', () => {
  const body = Buffer.concat([Buffer.from('{"a":"\u00e9'), Buffer.from('\u00e9"}', 'latin1')])
  expect(() => parseItems(body, 'json')).toThrow('The body is not text: byte 9 (0xE9) is not UTF-8.')
})

test('the content decides the form unless the type says NDJSON; other types and charsets are refused', () => {
  expect(formOf(undefined)).toBe('json')
  expect(formOf('Application/JSON; Charset="UTF-8"')).toBe('json')
  expect(formOf('application/x-ndjson')).toBe('ndjson')
  for (const type of ['image/png', 'multipart/form-data', 'application/json; charset=utf-16']) {
    expect(() => formOf(type)).toThrow(expect.objectContaining({ code: 'UNSUPPORTED_MEDIA_TYPE' }))
  }
  expect(items('[1]\n{}', 'ndjson').items).toEqual([[1], {}])
})

test('gzip is undone up to eight times the largest body', async () => {
  expect((await decodeBody(gzipSync('[]'), 'GZIP', 1000)).toString()).toBe('[]')
  await expect(decodeBody(gzipSync('x'.repeat(8001)), 'gzip', 1000)).rejects.toMatchObject({ status: 413 })
  expect(await decodeBody(gzipSync('x'.repeat(8000)), 'gzip', 1000)).toHaveLength(8000)
  await expect(decodeBody(gzipSync('[1, 2, 3]').subarray(0, -9), 'gzip', 1000)).rejects.toMatchObject({
    status: 400,
  })
  await expect(decodeBody(Buffer.from('[]'), 'zstd', 1000)).rejects.toMatchObject({ status: 415 })
})

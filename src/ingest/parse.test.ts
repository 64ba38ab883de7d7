import { gzipSync } from 'node:zlib'
import { expect, onTestFinished, test, vi } from 'vitest'
import { digitsOf } from '../platform/json.ts'
import { inTurns } from '../platform/turns.ts'
import { cutItems, MAX_ITEMS } from './cut.ts'
import { MAX_ENTRY_BYTES } from './dataset.ts'
import { MAX_LEVELS } from './fields.ts'
import { Unread, type ItemError } from './item-errors.ts'
import { decodeBody, formOf, parseItems, type Form } from './parse.ts'

const read = async (body: Buffer, form: Form = 'json') => {
  const broken = new Map<number, ItemError>()
  const items: unknown[] = []
  for (const item of parseItems(body, await inTurns(cutItems(body, form)))) {
    if (item instanceof Unread) broken.set(items.length, item.error)
    items.push(item instanceof Unread ? undefined : item)
  }
  return { items, broken }
}
const items = (text: string, form: Form = 'json') => read(Buffer.from(text), form)

test('an array, one object and one object a line are items', async () => {
  expect((await items('[{"a":1},2]')).items).toEqual([{ a: 1 }, 2])
  expect((await items(' {"a":\n1} ')).items).toEqual([{ a: 1 }])
  expect((await items('{"a":1}\n{"a":2}')).items).toEqual([{ a: 1 }, { a: 2 }])
  expect((await items('[]')).items).toEqual([])
})

test('CRLF, blank lines, a last line without an end and a byte order mark change nothing', async () => {
  expect((await items('\uFEFF{"a":1}\r\n\r\n  \n{"a":2}', 'ndjson')).items).toEqual([{ a: 1 }, { a: 2 }])
})

test('a broken line is named by its place among the items, and the others stay', async () => {
  const { items: found, broken } = await items('{"a":1}\n\n{"a":\n{"a":3}\nnonsense\n')
  expect(found).toEqual([{ a: 1 }, undefined, { a: 3 }, undefined])
  expect([...broken]).toMatchObject([
    [1, { code: 'INVALID_JSON' }],
    [3, { code: 'INVALID_JSON' }],
  ])
})

const nested = (levels: number) =>
  `{"a":${'['.repeat(levels - 1)}12345678901234567890${']'.repeat(levels - 1)}}`

test.each([MAX_LEVELS + 1, 20_000])('an item of %d levels is refused alone, unread', async (levels) => {
  const deep = nested(levels)
  for (const [text, form] of [
    [`[{"a":1},${deep},{"a":3}]`, 'json'],
    [`{"a":1}\n${deep}\n{"a":3}`, 'json'],
    [`{"a":1}\r\n${deep}\r\n{"a":3}`, 'ndjson'],
  ] as const) {
    const { items: found, broken } = await items(text, form)
    expect(found).toEqual([{ a: 1 }, undefined, { a: 3 }])
    expect([...broken]).toEqual([
      [1, { code: 'TOO_LARGE', message: 'the item has objects and arrays in more than 128 levels' }],
    ])
  }
  expect([...(await items(deep)).broken]).toMatchObject([[0, { code: 'TOO_LARGE' }]])
})

test('an item of the most levels is read, and brackets in its texts are none', async () => {
  const text = `{"a":${JSON.stringify(nested(40))}}`
  for (const [body, form] of [
    [`[${nested(MAX_LEVELS)},${text}]`, 'json'],
    [`${nested(MAX_LEVELS)}\n${text}`, 'ndjson'],
  ] as const) {
    const { items: found, broken } = await items(body, form)
    expect(broken.size).toBe(0)
    expect(found.map((item) => JSON.stringify(item))).toEqual([nested(MAX_LEVELS), text])
  }
})

test('items are parsed as they are asked for', async () => {
  const body = Buffer.from(`[${`{"a":[${'{},'.repeat(30_000)}{}]},`.repeat(20)}{"a":}]`)
  const found = parseItems(body, await inTurns(cutItems(body, 'json')))[Symbol.iterator]()
  for (let item = 0; item < 20; item += 1) expect(found.next().done).toBe(false)
  expect(() => found.next()).toThrow(expect.objectContaining({ code: 'BAD_REQUEST' }))
})

test('fractions of many digits among others are read together with them, and as exactly', async () => {
  const given = Array.from({ length: 100 }, (_, at) => ({ at, value: at % 2 ? 0.1234567890123456 : 1 }))
  const text = JSON.stringify(given).replace('"at":98', '"at":12345678901234567890')
  for (const [body, form] of [
    [text, 'json'],
    [text.slice(1, -1).replaceAll('},{', '}\n{'), 'ndjson'],
  ] as const) {
    const { items: found } = await items(body, form)
    expect(`[${found.map((item) => JSON.stringify(item)).join(',')}]`).toBe(text)
  }
  const body = Buffer.from(JSON.stringify(given))
  const parse = vi.spyOn(JSON, 'parse')
  onTestFinished(() => parse.mockRestore())
  expect((await read(body)).items).toEqual(given)
  expect(parse).toHaveBeenCalledTimes(1)
})

test('a broken array, an empty body and bytes that are not UTF-8 are refused whole', async () => {
  for (const body of [
    Buffer.from('[1,'),
    Buffer.from(' \r\n'),
    Buffer.alloc(0),
    Buffer.from([0x7b, 0xc3, 0x7d]),
  ]) {
    await expect(read(body)).rejects.toMatchObject({ code: 'BAD_REQUEST' })
  }
})

test('the first byte that is not UTF-8 is told by its place', async () => {
  const body = Buffer.concat([Buffer.from('{"a":"\u00e9'), Buffer.from('\u00e9"}', 'latin1')])
  await expect(read(body)).rejects.toThrow('The body is not text: byte 9 (0xE9) is not UTF-8.')
})

test('the content decides the form unless the type says NDJSON; other types and charsets are refused', async () => {
  expect(formOf(undefined)).toBe('json')
  expect(formOf('Application/JSON; Charset="UTF-8"')).toBe('json')
  expect(formOf('application/x-ndjson')).toBe('ndjson')
  for (const type of ['image/png', 'multipart/form-data', 'application/json; charset=utf-16']) {
    expect(() => formOf(type)).toThrow(expect.objectContaining({ code: 'UNSUPPORTED_MEDIA_TYPE' }))
  }
  expect((await items('[1]\n{}', 'ndjson')).items).toEqual([[1], {}])
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

test('more items than a request holds are refused before one of them is parsed', async () => {
  const refused = { code: 'PAYLOAD_TOO_LARGE' }
  await expect(items(`[${'{"a":},'.repeat(MAX_ITEMS)}1]`)).rejects.toMatchObject(refused)
  await expect(items(`{}\n${'{"a":}\n'.repeat(MAX_ITEMS)}`)).rejects.toMatchObject(refused)
  // What a request of 16 kB inflates to; parsing it took ten seconds and 2 GB.
  await expect(items(`[1234567890123456,${'{},'.repeat(5_500_000)}1]`)).rejects.toMatchObject(refused)
})

test('an item of more values than can be stored is refused unread, and its neighbours stay', async () => {
  const huge = `{"a":[${'{},'.repeat(MAX_ENTRY_BYTES)}1234567890123456789]}`
  const long = `{"a":"${'x'.repeat(8 * MAX_ENTRY_BYTES)}"}`
  for (const [text, form] of [
    [`[{"a":1},${huge},{"a":12345678901234567890}, ${long}]`, 'json'],
    [`{"a":1}\n${huge}\n{"a":12345678901234567890}\n${long}`, 'ndjson'],
  ] as const) {
    const { items: found, broken } = await items(text, form)
    expect(found[0]).toEqual({ a: 1 })
    expect(digitsOf((found[2] as { a: unknown }).a)).toBe('12345678901234567890')
    expect([...broken]).toMatchObject([
      [1, { code: 'TOO_LARGE' }],
      [3, { code: 'TOO_LARGE' }],
    ])
  }
  expect([...(await items(huge)).broken]).toMatchObject([[0, { code: 'TOO_LARGE' }]])
})

test('blanks cost an item nothing', async () => {
  const text = `[ { "a" :${' '.repeat(9 * MAX_ENTRY_BYTES)}[ 1 , 2 ] } ]`
  expect(await items(text)).toEqual({ items: [{ a: [1, 2] }], broken: new Map() })
})

test.each([
  '[1,]',
  '[,1]',
  '[1,,2]',
  '[,]',
  '[1] 2',
  '[1]]',
  '[1 2]',
  '[{} {}]',
  '[{]}]',
  '[[}]',
  '[1],[2]',
  '["a\nb"]',
  '["a]',
  '[{"a":1}',
  '[\u00a0]',
])('an array that JSON.parse refuses is refused: %j', async (text) => {
  expect(() => JSON.parse(text) as unknown).toThrow()
  await expect(items(text)).rejects.toMatchObject({ code: 'BAD_REQUEST' })
})

test('an array is read in parts that are as JSON.parse reads the whole', async () => {
  const given = Array.from({ length: 3_000 }, (_, at) => ({
    at,
    text: String.raw`\",]}[{ é "x\\`.slice(at % 12),
    inner: [[at], {}, [], { a: [null, true, -1.5e3] }],
    pad: 'y'.repeat(at % 200),
  }))
  for (const text of [JSON.stringify(given), JSON.stringify(given, undefined, 2)])
    expect((await items(text)).items).toEqual(JSON.parse(text))
})

test('cutting lets others have their turn', () => {
  const body = Buffer.from(`[${'{"n":1234567890123456789},'.repeat(20_000)}1]`)
  expect(cutItems(body, 'json').toArray().length).toBeGreaterThan(4)
})

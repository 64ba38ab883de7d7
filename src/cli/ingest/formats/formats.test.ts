import { Readable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import type { ReadOptions, SourceRow } from './format.ts'
import { detectFormat, formats, type FormatName } from './formats.ts'

/** Cut into chunks of a few bytes, so that every seam is met. */
const rowsOf = async (
  content: string | Buffer,
  format: FormatName,
  options: Partial<ReadOptions> = {},
  chunkBytes = 3,
) => {
  const bytes = Buffer.from(content as string)
  const chunks = Array.from({ length: Math.ceil(bytes.length / chunkBytes) }, (_, index) =>
    bytes.subarray(index * chunkBytes, (index + 1) * chunkBytes),
  )
  const rows: SourceRow[] = []
  const { read } = formats[format]
  for await (const row of read(Readable.from(chunks), { header: true, columns: [], ...options }))
    rows.push(row)
  return rows
}
/** `line: record`, or `line: problem`. */
const shortly = async (...args: Parameters<typeof rowsOf>) =>
  (await rowsOf(...args)).map(({ line, record, problem }) => [line, problem?.slice(0, 24) ?? record])

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

  test('lines that end in different ways are read alike', async () => {
    expect(await shortly('a,b\r1,2\n3,4\r\n5,6\r', 'csv')).toEqual([
      [2, { a: '1', b: '2' }],
      [3, { a: '3', b: '4' }],
      [4, { a: '5', b: '6' }],
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

  test.each([
    ['never closed', '2,"b', '3,c'],
    ['closed by the quote of a later row', '2,"b', '3,"c"'],
    ['followed by text', '2,"b"x', '3,c'],
  ])('a quote that is %s costs its own row, and the rest of the file goes in', async (_, bad, next) => {
    const rows = await shortly(`a,b\n1,a\n${bad}\n${next}\n4,"d"\n5,e\n`, 'csv')
    expect(rows[1]).toEqual([3, 'a quote opens and is not'])
    expect(rows.map(([line]) => line)).toEqual([2, 3, 4, 5, 6])
    expect(rows.slice(3)).toEqual([
      [5, { a: '4', b: 'd' }],
      [6, { a: '5', b: 'e' }],
    ])
  })

  test('a quote that takes later rows into one of too few columns costs its own row', async () => {
    expect(await shortly('a,b,c\n1,"b,c\n2,b,c"\n3,b,c\n', 'csv')).toEqual([
      [2, 'a quote opens and is not'],
      [3, { a: '2', b: 'b', c: 'c"' }],
      [4, { a: '3', b: 'b', c: 'c' }],
    ])
  })

  test('one quote too many in row 2,001 of 5,000 costs one row', async () => {
    const rows = Array.from({ length: 5_000 }, (_, index) => (index === 2_000 ? `${index},"x` : `${index},x`))
    const read = await rowsOf(`a,b\n${rows.join('\n')}\n`, 'csv', {}, 4096)
    expect(read).toHaveLength(5_000)
    expect(read.filter(({ problem }) => problem !== undefined)).toMatchObject([
      { number: 2_001, line: 2_002 },
    ])
  })

  test('columns may stand between any character, and have no header', async () => {
    expect(await shortly('a;b\n"1;2";3\n', 'csv', { delimiter: ';' })).toEqual([[2, { a: '1;2', b: '3' }]])
    expect(await shortly('a\tb\n1\t2\n', 'tsv')).toEqual([[2, { a: '1', b: '2' }]])
    expect(await shortly('x|y\nz|w\n', 'csv', { delimiter: '|', header: false, columns: ['2'] })).toEqual([
      [1, { 1: 'x', 2: 'y' }],
      [2, { 1: 'z', 2: 'w' }],
    ])
  })

  test.each([
    ['a,b\n1,2\n', { columns: ['a', 'c'] }, 'no column "c". It has: a, b.'],
    ['2026-01-05,x\n2026-01-06,y\n', { columns: ['time'] }, '--no-header'],
    ['x,y\n', { columns: ['3'], header: false }, 'no column "3". It has: 1, 2.'],
    ['a,b,a\n1,2,3\n', {}, 'the column "a" twice'],
    ['a;b;c\n1;2;3\n', {}, '--delimiter ";"'],
    ['a\tb\n1\t2\n', {}, '--delimiter "tab"'],
  ])(
    'a header that can not be meant stops it at once, with what helps: %j %j',
    async (text, options, message) => {
      await expect(rowsOf(text, 'csv', options)).rejects.toThrow(message)
    },
  )
})

describe('JSON', () => {
  test('NDJSON: lines end at CR and LF only, blank ones do not count, and the last needs no end', async () => {
    const text = '\uFEFF{"a":"x\u2028y"}\r\n\r\n  \n{"a":2}\n{"a":3}'
    expect(await rowsOf(text, 'ndjson')).toEqual([
      { number: 1, line: 1, record: { a: 'x\u2028y' } },
      { number: 2, line: 4, record: { a: 2 } },
      { number: 3, line: 5, record: { a: 3 } },
    ])
  })

  test('NDJSON: a line that is no JSON object costs only itself', async () => {
    const rows = await rowsOf('{"a":1}\n{"a":\n[1]\nnull\n12345678901234567890\n{"a":2}\n', 'ndjson')
    expect(rows.map(({ problem }) => problem?.slice(0, 12))).toEqual([
      undefined,
      'this is not ',
      'this is JSON',
      'this is JSON',
      'this is JSON',
      undefined,
    ])
  })

  test.each([
    ['an array on one line', '[{"a":"]},{"},{"a":[{}]},{"a":"\\\\"}]'],
    [
      'an array over many lines',
      '\uFEFF[\n  {\n    "a": "]},{"\n  },\n  {"a": [\n{}]},\n  {"a":\n"\\\\"}\n]\n',
    ],
    ['objects one after the other', '{"a":"]},{"} {"a":[{}]}\n\n{\n"a":"\\\\"}'],
  ])('%s is read', async (_, text) => {
    const rows = await rowsOf(text, 'json')
    expect(rows.map(({ record }) => record)).toEqual([{ a: ']},{' }, { a: [{}] }, { a: '\\' }])
  })

  test('an element that is broken costs its own row and is named by its line', async () => {
    expect(await shortly('[\n{"a":1},\n{"a":"x},\n{"a":3},\n7,\n{"a":4}\n]', 'json')).toEqual([
      [2, { a: 1 }],
      [3, 'this is not JSON: it has'],
      [4, { a: 3 }],
      [5, 'this is JSON, but not an'],
      [6, { a: 4 }],
    ])
    expect(await shortly('[\n  {\n    "a": {"b": 1\n  },\n  {"a": 2},\n  {"a": 3}\n]', 'json')).toEqual([
      [2, 'this is not JSON'],
      [5, { a: 2 }],
      [6, { a: 3 }],
    ])
    expect(await shortly('[{a:1},{"a":2},{"a":', 'json')).toEqual([
      [1, 'this is not JSON'],
      [1, { a: 2 }],
      [1, 'this is not JSON: it has'],
    ])
  })

  test('numbers of any size keep their digits', async () => {
    for (const format of ['json', 'ndjson'] as const)
      expect(JSON.stringify((await rowsOf('{"a":12345678901234567890}', format))[0]?.record)).toBe(
        '{"a":12345678901234567890}',
      )
  })
})

describe('logs', () => {
  test('syslog of RFC 5424, with structured data', async () => {
    const line =
      '<165>1 2026-01-05T14:00:01.003Z web-1 evntslog 8710 ID47 [a@1 iut="3" s="x \\"y\\" \\]"][b@2 k="v"] \uFEFFdisk is slow'
    expect(await shortly(`${line}\n<34>1 - - - - - -\n`, 'syslog')).toEqual([
      [
        1,
        {
          time: '2026-01-05T14:00:01.003Z',
          host: 'web-1',
          service: 'evntslog',
          pid: '8710',
          msgid: 'ID47',
          level: 'notice',
          facility: 'local4',
          'a@1.iut': '3',
          'a@1.s': 'x "y" ]',
          'b@2.k': 'v',
          message: 'disk is slow',
        },
      ],
      [2, { level: 'crit', facility: 'auth', message: '' }],
    ])
  })

  test('syslog of RFC 3164, and as it stands in files', async () => {
    const text = [
      '<34>Oct 11 22:14:15 mymachine su: failed for lonvick',
      'Dec  1 06:55:46 LabSZ sshd(pam_unix)[24200]: closed: by user',
      'Sept 1 06:55:46 LabSZ last message repeated 2 times',
      '2026-01-05T14:00:01.123456+01:00 web-1 kernel: [12.3] eth0 up',
      'nonsense',
    ].join('\n')
    expect(await shortly(text, 'syslog')).toEqual([
      [
        1,
        {
          time: 'Oct 11 22:14:15',
          host: 'mymachine',
          service: 'su',
          level: 'crit',
          facility: 'auth',
          message: 'failed for lonvick',
        },
      ],
      [
        2,
        {
          time: 'Dec  1 06:55:46',
          host: 'LabSZ',
          service: 'sshd(pam_unix)',
          pid: '24200',
          message: 'closed: by user',
        },
      ],
      [3, { time: 'Sept 1 06:55:46', host: 'LabSZ', message: 'last message repeated 2 times' }],
      [
        4,
        {
          time: '2026-01-05T14:00:01.123456+01:00',
          host: 'web-1',
          service: 'kernel',
          message: '[12.3] eth0 up',
        },
      ],
      [5, 'this is not a line of sy'],
    ])
  })

  test('access logs: common, combined, with a virtual host, with more behind, and what no browser sends', async () => {
    const time = '[05/Jan/2026:14:00:01 +0000]'
    const text = [
      `203.0.113.7 - ann ${time} "GET /a?b=%22 HTTP/1.1" 200 12`,
      `203.0.113.7 - - ${time} "POST /b HTTP/2.0" 404 - "-" "Say \\"hi\\""`,
      `shop.example:443 2001:db8::1 - - ${time} "GET / HTTP/1.1" 502 0 "https://x/" "curl/8" "10.0.0.1" 0.003`,
      `203.0.113.7 - - ${time} "\\x16\\x03\\x01" 400 157 "-" "-"`,
      `203.0.113.7 - - ${time} "GET /${'x'.repeat(1024)} HTTP/1.1" 200 1`,
      'nonsense',
    ].join('\n')
    const rows = await rowsOf(text, 'access', {}, 100)
    const at = { time: time.slice(1, -1), client: '203.0.113.7' }
    expect(rows.map(({ record, problem }) => problem ?? record)).toMatchObject([
      {
        ...at,
        level: 'info',
        user: 'ann',
        method: 'GET',
        path: '/a?b=%22',
        status: '200',
        bytes: '12',
        message: '"GET /a?b=%22 HTTP/1.1" 200 12',
      },
      { ...at, level: 'warn', status: '404', user_agent: 'Say "hi"' },
      {
        host: 'shop.example',
        client: '2001:db8::1',
        level: 'error',
        referrer: 'https://x/',
        user_agent: 'curl/8',
      },
      { ...at, level: 'warn', message: '"\\x16\\x03\\x01" 400 157 "-" "-"' },
      { method: 'GET', message: expect.stringContaining('/xxxx') },
      'this is not a line of an access log',
    ])
    expect(rows[1]?.record).not.toHaveProperty('bytes')
    expect(rows[4]?.record).not.toHaveProperty('path')
  })

  test("a pattern of one's own takes lines apart; a start of records keeps stack traces together", async () => {
    const text = [
      'before',
      '2026-01-05 14:00:01,003 ERROR [main] shop.Cart - failed',
      'java.lang.IllegalStateException: no price',
      '\tat shop.Cart.total(Cart.java:42)',
      '',
      '2026-01-05 14:00:02,000 WARN  [pool-1] shop.Stock - low',
    ].join('\r\n')
    const pattern =
      '(?<time>\\S+ \\S+) +(?<level>\\w+) +\\[(?<thread>[^\\]]+)\\] (?<logger>\\S+) - (?<message>.*)'
    expect(await shortly(text, 'pattern', { pattern, recordStart: '^\\d{4}-' })).toEqual([
      [1, 'this is not what --patte'],
      [
        2,
        {
          time: '2026-01-05 14:00:01,003',
          level: 'ERROR',
          thread: 'main',
          logger: 'shop.Cart',
          message: 'failed\njava.lang.IllegalStateException: no price\n\tat shop.Cart.total(Cart.java:42)',
        },
      ],
      [
        6,
        {
          time: '2026-01-05 14:00:02,000',
          level: 'WARN',
          thread: 'pool-1',
          logger: 'shop.Stock',
          message: 'low',
        },
      ],
    ])
    expect(await shortly(text, 'pattern', { pattern })).toHaveLength(5)
    await expect(rowsOf(text, 'pattern', { pattern: '(' })).rejects.toThrow(
      '--pattern is not a regular expression',
    )
    await expect(rowsOf(text, 'pattern', { pattern, recordStart: '[' })).rejects.toThrow('--record-start')
    await expect(rowsOf(text, 'pattern', { pattern: '.*' })).rejects.toThrow('no named group')
    await expect(rowsOf(text, 'pattern')).rejects.toThrow('Say what a line is: --pattern')
  })
})

test.each(['csv', 'ndjson', 'syslog', 'access'] as const)(
  'bytes of %s that are not UTF-8 cost their own row, and their place is told',
  async (format) => {
    const bytes = Buffer.from('a\ncaf\u00e9\nb\n', 'latin1')
    const rows = await rowsOf(bytes, format)
    expect(rows.find(({ line }) => line === 2)?.problem).toContain('byte 4 (0xE9) is not UTF-8')
  },
)

test('bytes of a JSON array that are not UTF-8 cost their own element', async () => {
  expect(await shortly(Buffer.from('[{"a":"caf\u00e9"},{"a":1}]', 'latin1'), 'json')).toEqual([
    [1, 'byte 10 (0xE9) is not UT'],
    [1, { a: 1 }],
  ])
})

const told = (name: string, text: string) => detectFormat(name, Buffer.from(text))

test('the format is known by the content, else by the name, else it is asked for', () => {
  const none = Buffer.alloc(0)
  expect(detectFormat('x.CSV', none)).toBe('csv')
  expect(detectFormat('x.tsv.gz', none)).toBe('tsv')
  expect(detectFormat('x.jsonl', none)).toBe('ndjson')
  expect(detectFormat('-', none)).toBe('ndjson')
  expect(told('-', '\uFEFF {"a":1}')).toBe('ndjson')
  expect(told('x.json', '{"a":1}\n{"a":2}\n')).toBe('ndjson')
  expect(told('x.json', '[\n{"a":1}]')).toBe('json')
  expect(told('x.log', '{\n  "a": 1\n}')).toBe('json')
  expect(told('x.txt', 'a,b\n')).toBe('csv')
  expect(told('messages', 'Dec 10 06:55:46 LabSZ sshd[1]: x\n')).toBe('syslog')
  expect(told('access.log', '::1 - - [05/Jan/2026:14:00:01 +0000] "GET / HTTP/1.1" 200 1\n')).toBe('access')
  expect(() => told('app.log', '[2016-12-19 16:31:46,143] INFO x, y\n')).toThrow(
    '--format pattern with --pattern',
  )
})

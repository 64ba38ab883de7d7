/** What TypeScript's library does not know of JSON yet: numbers that a text can say and no number of ours is. */
export const { rawJSON, isRawJSON } = JSON as unknown as {
  rawJSON(text: string): object
  isRawJSON(value: unknown): value is { readonly rawJSON: string }
}

/** What a text may be and what nobody expects: none of it is against the schema. */
export const oddTexts: readonly string[] = [
  '',
  ' ',
  '\0',
  'a\0b',
  '\ud83d',
  'x\udc00y',
  '\u{1f600}',
  'e\u0301',
  '\u202eabc',
  '\u200b',
  '\ufeff',
  '\n',
  '\r\n',
  '\t',
  '%',
  '_',
  '\\',
  '\\\\"',
  "'",
  '"',
  '`',
  '$1',
  "' OR 1=1 --",
  '{{7*7}}',
  '../..',
  '<b>',
  '__proto__',
  'constructor',
  'toString',
  'null',
  'undefined',
  'NaN',
  '-0',
  '0',
  'İ',
  'ΣΑΣ',
  'ß',
  'a'.repeat(300),
  'é'.repeat(5_001),
  '\u{1f600}'.repeat(2_000),
  'x'.repeat(33_000),
]

/** Instants that the scalar lets through, or almost. */
export const oddTimes: readonly string[] = [
  '1970-01-01T00:00:00Z',
  '0000-01-01T00:00:00Z',
  '0001-01-01T00:00:00.000Z',
  '9999-12-31T23:59:59.999Z',
  '9999-12-31T23:59:59-05:00',
  '0000-01-01T00:00:00+14:00',
  '2026-02-29T00:00:00Z',
  '2027-02-30T00:00:00Z',
  '2026-11-20T24:00:00Z',
  '2016-12-31T23:59:60Z',
  '2026-11-20T18:00:00.123456789Z',
  '2026-11-20T18:00:00+99:99',
  '2026-11-20t18:00:00z',
  '2026-11-20',
  '20261120T180000Z',
  '',
  'now',
]

export const oddDurations: readonly string[] = [
  'PT0S',
  'PT1S',
  'PT7S',
  'P90D',
  'P91D',
  'P9999999W',
  'P1Y',
  'P1M',
  'PT0.5S',
  'PT1e3S',
  '-PT1S',
  'P',
  'PT',
  'PT99999999999999999999S',
  '',
  '5m',
]

export const oddInts: readonly number[] = [-1, -(2 ** 31), 2 ** 31 - 1, 100, 101, 1_000_000]
/** No Int at all. */
export const wrongInts: readonly unknown[] = [2 ** 31, -(2 ** 31) - 1, 1.5, '5', '', true, {}, [1, 2]]

export const oddBigInts: readonly unknown[] = [
  '0',
  '-1',
  '9223372036854775807',
  '9223372036854775808',
  '-9223372036854775808',
  '-9223372036854775809',
  '99999999999999999999',
  9_007_199_254_740_992,
  '1e3',
  '0x10',
  '٣',
  '',
  1.5,
]

export const oddFloats: readonly number[] = [0, -0, -1, 0.05, 0.1, 4, 4.000_001, 1e308, 5e-324]

/** Values of no type in particular. */
export const wrongValues: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  '',
  'x',
  [],
  [[]],
  [null],
  {},
  { a: 1 },
  { __proto__: null, constructor: 1 },
  rawJSON('1e400'),
  rawJSON('-0'),
  rawJSON('123456789012345678901234567890'),
]

/** Ids that no graph of ours has made. */
export const oddIds: readonly string[] = [
  '',
  'x',
  '1',
  'U3RyZWFt',
  Buffer.from('Stream:').toString('base64'),
  Buffer.from('Stream:1').toString('base64'),
  Buffer.from('Nothing:0198c0de-0000-7000-8000-000000000001').toString('base64'),
  Buffer.from('Stream:0198c0de-0000-7000-8000-000000000001').toString('base64'),
  Buffer.from('Stream:0198C0DE-0000-7000-8000-000000000001').toString('base64'),
  Buffer.from('Query:0198c0de-0000-7000-8000-000000000001').toString('base64'),
  Buffer.from('PageInfo:0198c0de-0000-7000-8000-000000000001').toString('base64'),
  Buffer.from('Stream:00000000-0000-0000-0000-000000000000:x').toString('base64'),
  Buffer.from('__proto__:0198c0de-0000-7000-8000-000000000001').toString('base64'),
  '0198c0de-0000-7000-8000-000000000001',
  '\0',
  '\ud83d',
  'é'.repeat(500),
]

const cursorOf = (...parts: readonly unknown[]): string =>
  Buffer.from(JSON.stringify(parts)).toString('base64url')
const ID = '0198c0de-0000-7000-8000-000000000001'
const factCursorOf = (place: string): string => Buffer.from(place).toString('base64url')

/** Cursors that look like ours, and such as don't. */
export const oddCursors: readonly string[] = [
  '',
  'x',
  '0-0',
  '0-1',
  '1-',
  '18446744073709551615-18446744073709551615',
  '18446744073709551616-0',
  '9999999999999-0',
  '-1--1',
  '+',
  '$',
  '>',
  cursorOf(),
  cursorOf(1),
  cursorOf('createdAt', '2026-11-20T18:00:00.000Z', ID),
  cursorOf('createdAt', '0000-00-00T00:00:00Z', ID),
  cursorOf('createdAt', '2026-02-30T00:00:00Z', ID),
  cursorOf('createdAt', '0000-01-01T00:00:00Z', ID),
  cursorOf('createdAt', '2026-11-20T18:00:00.000Z', 'x'),
  cursorOf('createdAt', null, ID),
  cursorOf('createdAt', 5, ID),
  cursorOf('startedAt', null, ID),
  cursorOf('title', 'a', ID),
  cursorOf('title', '\0', ID),
  cursorOf('title', '\ud83d', ID),
  cursorOf('title', 'x'.repeat(20_000), ID),
  cursorOf('title', { a: 1 }, ID),
  cursorOf('number', 2 ** 31, ID),
  cursorOf('number', 1.5, ID),
  cursorOf('number', 1, ID),
  cursorOf('sequence', 9_007_199_254_740_991, ID),
  cursorOf('sequence', -1, ID),
  cursorOf('sizeBytes', 1, ID),
  cursorOf('version', 1, ID),
  cursorOf('name', 'a', ID),
  cursorOf('__proto__', 'a', ID),
  factCursorOf(`1763661600000:${ID}`),
  factCursorOf(`9999999999999:${ID}`),
  factCursorOf(`0000000000000:${ID}`),
  factCursorOf(`1763661600000:${ID}:`),
  factCursorOf(`-176366160000:${ID}`),
]

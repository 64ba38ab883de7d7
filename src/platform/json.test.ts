import { expect, test } from 'vitest'
import { digitsOf, parseJson } from './json.ts'

/** As the language has it: slow, and so not what `parseJson` does. */
const revived = (text: string): unknown => {
  const parse = JSON.parse as (
    text: string,
    reviver: (key: string, value: unknown, context: { source?: string }) => unknown,
  ) => unknown
  return parse(text, (_key, value, { source }) =>
    typeof value === 'number' && !Number.isSafeInteger(value) && source && /^-?\d+$/.test(source)
      ? JSON.rawJSON(source)
      : value,
  )
}

test.each([
  '[12345678901234567890, -12345678901234567890, 9007199254740991, 9007199254740993]',
  '{"a": 12345678901234567890, "12345678901234567890": "[12345678901234567890"}',
  String.raw`{"a\\": 12345678901234567890, "b\\\": 12345678901234567890": "\\\\" ,"c":["\"", 1234567890123456789]}`,
  '[1234567890123456.0, 1234567890123456789e3, 0.1234567890123456789, 1e-1234567890123456, 10000000000000000E2]',
  '{"__proto__": {"a": 12345678901234567890}, "constructor": [[[-9007199254740993]]]}',
  `{"a":[${'{},'.repeat(1_000)}12345678901234567890]}`,
])('whole numbers beyond 2^53 keep their digits, and nothing else changes: %s', (text) => {
  const { value } = parseJson(text)!
  expect(JSON.stringify(value)).toBe(JSON.stringify(revived(text)))
})

test.each([
  '{12345678901234567890: 1}',
  '[012345678901234567890]',
  '[+12345678901234567890]',
  '[--12345678901234567890]',
  '[1 12345678901234567890]',
  '[0x12345678901234567890]',
  '[12345678901234567890n]',
  '[12345678901234567890"a"]',
  '["a"12345678901234567890]',
  '["12345678901234567890]',
  '[12345678901234567890',
])('what is no JSON is none with long numbers: %s', (text) => {
  expect(() => JSON.parse(text) as unknown).toThrow(SyntaxError)
  expect(parseJson(text)).toBeUndefined()
})

test('digits are told of whole numbers alone', () => {
  const [long, short, text] = parseJson('[12345678901234567890, 5, "12345678901234567890"]')!
    .value as unknown[]
  expect([long, short, text].map(digitsOf)).toEqual(['12345678901234567890', undefined, undefined])
})

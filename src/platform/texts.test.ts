import { expect, test } from 'vitest'
import { anyText, asName, nameOf, withoutCase } from './texts.ts'

const good = [
  'Ada',
  'Ада Лавлейс',
  'می\u200Cخواهم',
  'क्\u200Dष',
  '👩\u200D👩\u200D👧',
  'O’Brien & Söhne (2)',
  '٣',
  '漢',
]
test.each(good)('%j is a name', (name) => {
  expect(nameOf(50).parse(` ${name}\t`)).toBe(name)
  expect(asName(name, 50)).toBe(name)
})

/** What is wrong, and the nearest name to it. */
const bad: [string, string][] = [
  ['', ''],
  [' \t', ''],
  ['\u200B', ''],
  ['\u200D', ''],
  ['\u3164\u2800', ''],
  ['A\0B', 'A B'],
  ['A\r\nB', 'A B'],
  ['A\u001B[2JB', 'A [2JB'],
  ['A\u2028B', 'A B'],
  ['A\u202EB', 'A B'],
  ['A\u2066B', 'A B'],
  ['A\u200BB', 'A B'],
  ['A\u00ADB', 'A B'],
  ['A\u200D', 'A'],
  ['\u200CA', 'A'],
  ['A\uD800', 'A\uFFFD'],
  ['x'.repeat(51), 'x'.repeat(50)],
]
test.each(bad)('%j is none; the nearest is %j', (text, nearest) => {
  expect(nameOf(50).safeParse(text).success).toBe(false)
  expect(asName(text, 50)).toBe(nearest)
})

test.each(['a\0b', '\ud83d', 'x\udc00', '\udc00\ud800'])('%j is no text that Postgres keeps', (text) => {
  expect(anyText.safeParse(text).success).toBe(false)
})

test.each([
  ['ΟΔΥΣΣΕΥΣ', 'οδυσσευς'],
  ['ΟΔΥΣ', 'οδυσ'],
  ['Straße', 'STRASSE'],
  ['ẞ', 'ß'],
  ['ışık', 'IŞIK'],
  ['İ', 'i\u0307'],
  ['ﬁ', 'FI'],
  ['ſ', 'S'],
  ['\u212a', 'k'],
])('%j and %j are the same in any case', (one, other) => {
  expect(withoutCase(one)).toBe(withoutCase(other))
})
test.each([
  ['é', 'e\u0301'],
  ['é', 'e'],
  ['İ', 'i'],
])('%j and %j are not', (one, other) => {
  expect(withoutCase(one)).not.toBe(withoutCase(other))
})

import { expect, test } from 'vitest'
import { recordsOf } from './records.ts'

test('whole numbers keep their digits, and what Postgres keeps in no text becomes U+FFFD', () => {
  const rows = [{ a: 2n ** 63n, b: 'x\0\ud800y', c: String.raw`\u0000`, d: null, e: undefined, f: 0.1 }]
  expect(JSON.parse(recordsOf(rows))).toEqual([
    { a: '9223372036854775808', b: 'x\uFFFD\uFFFDy', c: String.raw`\u0000`, d: null, f: 0.1 },
  ])
})

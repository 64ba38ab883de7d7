import { expect, test } from 'vitest'
import { addRejections, addTally, emptyTally, rejectedRows } from './tally.ts'

test('equal reasons are one group with the first lines, in whatever order the answers come', () => {
  const tally = emptyTally()
  for (const line of [9, 8, 2, 7, 1, 6, 3])
    addRejections(tally, [{ line, code: 'TOO_OLD', message: 'too old' }])
  addRejections(tally, [{ line: 4, code: 'INVALID_FIELD', message: 'too old' }])
  expect(tally.rejected).toEqual([
    { code: 'TOO_OLD', message: 'too old', count: 7, lines: [1, 2, 3, 6, 7] },
    { code: 'INVALID_FIELD', message: 'too old', count: 1, lines: [4] },
  ])
})

const twoHundredReasons = () => {
  const tally = emptyTally()
  addRejections(
    tally,
    Array.from({ length: 200 }, (_, line) => ({ line, code: 'INVALID_FIELD', message: `got ${line}` })),
  )
  return tally
}

test('messages that name a value each do not make a group a row, and none is lost from the count', () => {
  const total = twoHundredReasons()
  addTally(total, twoHundredReasons())
  expect(total.rejected).toHaveLength(51)
  expect(rejectedRows(total)).toBe(400)
})

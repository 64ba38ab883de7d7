import { expect, test } from 'vitest'
import { Wanted } from './shared-execution.wanted.ts'

const [one, another] = [{}, {}]

test('what one has met the others go past, up to what is wanted and up to where it stands', () => {
  const wanted = new Wanted()
  for (let index = 10; index < 20; index += 1) wanted.note(one, index, index === 13 || index === 17)
  expect([9, 10, 13, 14, 17, 18, 19, 20].map((index) => wanted.next(one, index))).toEqual([
    9, 13, 13, 17, 17, 20, 20, 20,
  ])
})

test('nothing is gone past in another window, before what is known, or over a gap', () => {
  const wanted = new Wanted()
  wanted.note(one, 10, false)
  expect(wanted.next(another, 10)).toBe(10)
  wanted.note(one, 12, false)
  expect([10, 11, 12].map((index) => wanted.next(one, index))).toEqual([10, 11, 13])
  wanted.note(one, 11, false) // by one who is behind
  expect([11, 12].map((index) => wanted.next(one, index))).toEqual([11, 13])
  wanted.note(another, 12, true)
  expect([wanted.next(one, 12), wanted.next(another, 12)]).toEqual([12, 12])
})

test('where much is wanted the oldest of it is forgotten, and nothing is gone past there', () => {
  const wanted = new Wanted()
  for (let index = 0; index < 1_000; index += 1) wanted.note(one, index, index % 2 === 0)
  for (let index = 0; index < 1_000; index += 1) {
    const next = wanted.next(one, index)
    expect(next).toBeLessThanOrEqual(index + (index % 2))
    if (index > 960) expect(next).toBe(index + (index % 2))
  }
})

import { expect, test } from 'vitest'
import { createUuidv7, isUuid, uuidv7 } from './ids.ts'

const timeOf = (id: string): number => Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16)
const MORE_THAN_A_MILLISECOND = 10_000

test('ids are of version 7 and of the variant of RFC 9562, and begin with their time', () => {
  const from = Date.now()
  const ids = Array.from({ length: MORE_THAN_A_MILLISECOND }, () => uuidv7())
  for (const id of ids) {
    expect(isUuid(id)).toBe(true)
    expect(id).toMatch(/^.{8}-.{4}-7.{3}-[89ab]/)
  }
  expect(timeOf(ids[0]!)).toBeGreaterThanOrEqual(from)
})

test('they sort in the order in which they were made, also within a millisecond and when the clock goes back', () => {
  const at = Date.UTC(2100, 0)
  const next = createUuidv7()
  const ids = [
    next(at),
    ...Array.from({ length: MORE_THAN_A_MILLISECOND }, () => next(at)),
    next(at - 60_000),
    next(at + 60_000),
  ]
  expect(ids.toSorted()).toEqual(ids)
  expect(new Set(ids).size).toBe(ids.length)
  expect(timeOf(ids[0]!)).toBe(at)
  expect(timeOf(ids.at(-2)!)).toBeLessThan(at + 10) // counted on past the clock, no further than it has to
  expect(timeOf(ids.at(-1)!)).toBe(at + 60_000)
})

test('a clock that stands before 1970 makes ids all the same', () => {
  const next = createUuidv7()
  const ids = [-1, 0, 0, -60_000].map((at) => next(at))
  expect(ids.every((id) => isUuid(id) && timeOf(id) === 0)).toBe(true)
  expect(ids.toSorted()).toEqual(ids)
})

test('each of their random digits takes every value', () => {
  const next = createUuidv7()
  const ids = Array.from({ length: 2_000 }, (_, index) => next((index + 1) * 1_000).replaceAll('-', ''))
  for (let digit = 13; digit < 32; digit += 1) {
    const seen = new Set(ids.map((id) => id[digit])).size
    expect(seen, `digit ${digit}`).toBe(digit === 13 ? 8 : digit === 16 ? 4 : 16)
  }
})

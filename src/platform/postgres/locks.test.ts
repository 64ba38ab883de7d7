import { expect, test } from 'vitest'
import { locks } from './locks.ts'

test('no two locks have one number, or a start would wait for whatever else holds it', () => {
  const numbers = Object.values(locks)
  expect(new Set(numbers).size).toBe(numbers.length)
})

import { expect, test } from 'vitest'
import { freshness } from '../freshness.ts'
import { createNewestFold, type Sample } from './newest.fold.ts'

const now = Date.UTC(2026, 0, 1)
const sample = (eventId: string, agoMs: number): Sample => ({ eventId, timeMs: now - agoMs })
const createFold = () => createNewestFold<Sample>(() => 'camera')
const shownBy = (...samples: readonly Sample[]) => {
  const fold = createFold()
  for (const each of samples) fold.load([each], now)
  return fold.read('camera', now).sample?.eventId
}

test('the newest sample counts however it comes: by time, then by id', () => {
  const all = [sample('a', 5_000), sample('b', 1_000), sample('d', 1_000), sample('c', 1_000)]
  expect(shownBy(...all)).toBe('d')
  expect(shownBy(...all.toReversed())).toBe('d')
  expect(shownBy(all[1]!, all[0]!)).toBe('b')
})

test('a sample that is too old goes by itself, and is told once', () => {
  const fold = createFold()
  fold.load([sample('a', 0)], now)
  expect(fold.update(now)).toEqual(new Set(['camera']))
  expect(fold.update(now + freshness.freshMs - 1)).toEqual(new Set())
  const later = now + freshness.freshMs
  expect(fold.update(later)).toEqual(new Set(['camera']))
  expect(fold.read('camera', later).sample).toBeNull()
  expect(fold.update(later + 1)).toEqual(new Set())
  expect(
    shownBy(sample('old', freshness.freshMs), sample('ahead', -freshness.maxAheadMs - 1)),
  ).toBeUndefined()
})

import { describe, expect, test } from 'vitest'
import { countBuckets, cutBuckets, rangeOf, WEEK_MS } from './buckets.ts'
import { offsetPeriods } from './time-zone.ts'

const HOUR = 3_600_000
const cut = (zone: string, stepHours: number, from: string, to: string) =>
  cutBuckets({ zone, stepMs: stepHours * HOUR, range: { from: new Date(from), to: new Date(to) } })
/** Lengths in hours. */
const lengths = (...[zone, stepHours, from, to]: Parameters<typeof cut>): number[] => {
  const { starts, endMs } = cut(zone, stepHours, from, to)
  return starts.map((start, index) => ((starts[index + 1] ?? endMs) - start) / HOUR)
}
const times = (...asked: Parameters<typeof cut>): string[] =>
  cut(...asked).starts.map((start) => new Date(start).toISOString().slice(5, 16))

test('buckets of UTC are counted from the Unix epoch and cover the whole range', () => {
  const days = cut('UTC', 24, '2026-03-28T22:10:00Z', '2026-03-30T00:00:00.001Z')
  expect(rangeOf(days)).toEqual({
    from: new Date('2026-03-28T00:00:00Z'),
    to: new Date('2026-03-31T00:00:00Z'),
  })
  expect(days.starts).toHaveLength(3)
  const exact = cut('UTC', 1, '2026-03-28T00:00:00Z', '2026-03-29T00:00:00Z')
  expect(exact).toMatchObject({ even: true, endMs: Date.UTC(2026, 2, 29) })
  expect(exact.starts).toHaveLength(24)
})

describe('a day of a zone', () => {
  test.each([
    ['Europe/Amsterdam', '2026-03-28T12:00:00Z', '2026-03-30T12:00:00Z', [24, 23, 24]],
    ['Europe/Amsterdam', '2026-10-24T12:00:00Z', '2026-10-26T12:00:00Z', [24, 25, 24]],
    ['America/New_York', '2026-11-01T04:00:00Z', '2026-11-01T04:00:00.001Z', [25]],
    ['Australia/Lord_Howe', '2026-10-03T12:00:00Z', '2026-10-05T00:00:00Z', [24, 23.5, 24]],
    // Clocks that are changed at midnight: there is no midnight, and then there are two of them.
    ['America/Havana', '2026-03-07T12:00:00Z', '2026-03-09T12:00:00Z', [24, 23, 24]],
    ['America/Havana', '2026-10-31T12:00:00Z', '2026-11-02T12:00:00Z', [24, 25, 24]],
    ['Asia/Kolkata', '2026-10-24T12:00:00Z', '2026-10-25T12:00:00Z', [24, 24]],
  ] as [string, string, string, number[]][])('%s from %s to %s has hours', (zone, from, to, hours) => {
    expect(lengths(zone, 24, from, to)).toEqual(hours)
  })

  test('begins at its midnight', () => {
    expect(times('Europe/Amsterdam', 24, '2026-10-24T12:00:00Z', '2026-10-26T12:00:00Z')).toEqual([
      '10-23T22:00',
      '10-24T22:00',
      '10-25T23:00',
    ])
    expect(times('Asia/Kolkata', 24, '2026-10-24T12:00:00Z', '2026-10-24T13:00:00Z')).toEqual(['10-23T18:30'])
  })
})

describe('the hours of a day', () => {
  const fall = ['2026-10-24T22:00:00Z', '2026-10-25T23:00:00Z'] as const
  const spring = ['2026-03-28T23:00:00Z', '2026-03-29T22:00:00Z'] as const

  test('are 25 or 23 of one length', () => {
    expect(lengths('Europe/Amsterdam', 1, ...fall)).toEqual(Array(25).fill(1))
    expect(lengths('Europe/Amsterdam', 1, ...spring)).toEqual(Array(23).fill(1))
    expect(cut('Europe/Amsterdam', 1, ...fall).even).toBe(true)
  })
  test('in parts of more than an hour: a skipped part begins when clocks are changed, a repeated one once', () => {
    expect(lengths('Europe/Amsterdam', 6, ...fall)).toEqual([7, 6, 6, 6])
    expect(lengths('Europe/Amsterdam', 6, ...spring)).toEqual([5, 6, 6, 6])
    expect(lengths('Europe/Amsterdam', 2, ...spring)).toEqual([2, 1, ...Array<number>(10).fill(2)])
    expect(lengths('Europe/Amsterdam', 2, ...fall)).toEqual([2, 3, ...Array<number>(10).fill(2)])
    expect(cut('Europe/Amsterdam', 6, ...fall).even).toBe(false)
  })
})

test('whatever the zone, the step and the range: no gap, no overlap, and no bucket that the range does not touch', () => {
  const zones = [
    'UTC',
    'Europe/Amsterdam',
    'America/New_York',
    'America/Havana',
    'Asia/Kolkata',
    'Australia/Lord_Howe',
  ]
  for (const zone of zones) {
    for (const stepHours of [1 / 12, 0.5, 1, 2, 3, 6, 12, 24]) {
      for (let day = 0; day < 365; day += 7) {
        const from = Date.UTC(2026, 0, day, 3, 17)
        const range = { from: new Date(from), to: new Date(from + 30 * HOUR + day * 60_000) }
        const { starts, endMs } = cutBuckets({ zone, stepMs: stepHours * HOUR, range })
        const edges = [...starts, endMs]
        expect(edges.every((edge, index) => index === 0 || edge > edges[index - 1]!)).toBe(true)
        expect(starts[0]).toBeLessThanOrEqual(from)
        expect(edges[1]).toBeGreaterThan(from)
        expect(endMs).toBeGreaterThanOrEqual(range.to.getTime())
        expect(starts.at(-1)).toBeLessThan(range.to.getTime())
      }
    }
  }
})

test.each(['UTC', 'Europe/Amsterdam', 'America/Havana', 'Australia/Lord_Howe', 'Africa/Casablanca'])(
  'in %s the buckets of a range are those of a longer one, and as many as are counted',
  (zone) => {
    const day = 24 * HOUR
    const year = offsetPeriods(zone, Date.UTC(2026, 0), Date.UTC(2027, 0))
    for (const { fromMs } of year) {
      for (const stepMs of [300_000, HOUR / 2, HOUR, 2 * HOUR, 6 * HOUR, day, WEEK_MS]) {
        const windowOf = (from: number, to: number) => ({
          zone,
          stepMs,
          range: { from: new Date(from), to: new Date(to) },
        })
        const { starts } = cutBuckets(windowOf(fromMs - 14 * day, fromMs + 23 * day))
        for (let from = fromMs - 2 * day; from < fromMs + 2 * day; from += 2.3 * HOUR) {
          const to = from + 2 * stepMs
          const own = cutBuckets(windowOf(from, to))
          const first = starts.findLastIndex((edge) => edge <= from)
          const end = starts.findIndex((edge) => edge >= to)
          expect(own).toMatchObject({ starts: starts.slice(first, end), endMs: starts[end] })
          expect(countBuckets(windowOf(from, to))).toBe(own.starts.length)
        }
      }
    }
  },
)

test('a few seconds of a zone take no longer for the days around them', () => {
  const begun = performance.now()
  for (let index = 0; index < 50; index += 1)
    cutBuckets({
      zone: 'Europe/Amsterdam',
      stepMs: 1000,
      range: { from: new Date(1e12), to: new Date(1e12 + 10_000) },
    })
  expect(performance.now() - begun).toBeLessThan(500)
})

describe('a week', () => {
  test('begins on Monday, in UTC and in a zone, also where its clocks are changed', () => {
    const week = 7 * 24
    expect(times('UTC', week, '2026-11-25T12:00:00Z', '2026-12-01T00:00:00Z')).toEqual([
      '11-23T00:00',
      '11-30T00:00',
    ])
    expect(times('Europe/Amsterdam', week, '2026-10-20T12:00:00Z', '2026-10-27T12:00:00Z')).toEqual([
      '10-18T22:00',
      '10-25T23:00',
    ])
    expect(lengths('Europe/Amsterdam', week, '2026-10-20T12:00:00Z', '2026-10-27T12:00:00Z')).toEqual([
      week + 1,
      week,
    ])
    expect(times('America/New_York', week, '2026-03-09T03:59:00Z', '2026-03-09T04:01:00Z')).toEqual([
      '03-02T05:00',
      '03-09T04:00',
    ])
  })
})

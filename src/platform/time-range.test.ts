import { describe, expect, test } from 'vitest'
import { cutBuckets } from './buckets.ts'
import { offsetPeriods } from './time-zone.ts'
import { chooseStep, formatDuration, parseDuration, resolveRange } from './time-range.ts'

const clock = { now: () => Date.parse('2026-11-20T12:34:56.789Z') }
const at = (text: string) => new Date(text)
const hours = (count: number) => count * 3_600_000
const refusal = (code: string, message: RegExp) =>
  expect.objectContaining({ code, message: expect.stringMatching(message) as unknown }) as unknown
const thrown = (work: () => unknown): unknown => {
  try {
    return work()
  } catch (error) {
    return error
  }
}

describe('a range', () => {
  test('is the last 24 hours when nothing is said', () => {
    expect(resolveRange({}, clock)).toEqual({
      from: at('2026-11-19T12:34:56.789Z'),
      to: at('2026-11-20T12:34:56.789Z'),
    })
  })

  test.each([
    [{ last: 'PT1H' }, '2026-11-20T11:34:56.789Z', '2026-11-20T12:34:56.789Z'],
    [{ last: 60_000 }, '2026-11-20T12:33:56.789Z', '2026-11-20T12:34:56.789Z'],
    [{ last: 'P7D', to: at('2026-11-08T00:00:00Z') }, '2026-11-01T00:00:00.000Z', '2026-11-08T00:00:00.000Z'],
    [{ from: at('2026-11-20T00:00:00Z') }, '2026-11-20T00:00:00.000Z', '2026-11-20T12:34:56.789Z'],
    [{ to: at('2026-11-10T00:00:00Z'), from: null }, '2026-11-09T00:00:00.000Z', '2026-11-10T00:00:00.000Z'],
  ])('%j is %s to %s', (input, from, to) => {
    expect(resolveRange(input, clock)).toEqual({ from: at(from), to: at(to) })
  })

  test.each([
    [
      { from: at('2026-11-02T00:00:00Z'), to: at('2026-11-01T00:00:00Z') },
      'VALIDATION_FAILED',
      /`from` that is earlier than `to`/,
    ],
    [
      { from: at('2026-11-02T00:00:00Z'), to: at('2026-11-02T00:00:00Z') },
      'VALIDATION_FAILED',
      /`from` that is earlier/,
    ],
    [{ from: at('2026-12-02T00:00:00Z') }, 'VALIDATION_FAILED', /starts in the future/],
    [{ from: at('2026-11-01T00:00:00Z'), last: 'PT1H' }, 'VALIDATION_FAILED', /either/],
    [{ from: at('nonsense') }, 'VALIDATION_FAILED', /valid times/],
    [{ to: at('2100-01-01T00:00:00.001Z'), last: 'PT1H' }, 'VALIDATION_FAILED', /before the year 2100/],
    [{ last: 'P91D' }, 'LIMIT_EXCEEDED', /in parts of 90 days/],
    [{ from: at('2020-01-01T00:00:00Z') }, 'LIMIT_EXCEEDED', /90 days/],
  ])('%j is refused with %s and what to do', (input, code, message) => {
    expect(thrown(() => resolveRange(input, clock))).toEqual(refusal(code, message))
  })
})

const range = (length: number) => resolveRange({ last: length }, clock)

describe('a step', () => {
  test.each([
    [60_000, 1000],
    [hours(0.25), 5000],
    [hours(1), 30_000],
    [hours(4), 60_000],
    [hours(24), 300_000],
    [hours(24 * 7), 3_600_000],
    [hours(24 * 30), 10_800_000],
    [hours(24 * 90), 86_400_000],
  ])('left out, over %i ms, is %i ms: the finest of the ladder with about 300 points', (length, stepMs) => {
    expect(chooseStep(range(length))).toBe(stepMs)
    const { starts } = cutBuckets({ range: range(length), stepMs, zone: 'UTC' })
    expect(starts.length).toBeLessThanOrEqual(301)
  })

  test.each([
    ['PT5S', 5000],
    ['PT1M', 60_000],
    ['PT90M', 5_400_000],
    ['P1D', 86_400_000],
    [120_000, 120_000],
  ])('%s is taken', (step, stepMs) => {
    expect(chooseStep(range(hours(2)), step)).toBe(stepMs)
  })

  test.each(['PT7M', 'PT90S', 'P2D', 'PT0S', 500, 1500])('%s is refused: it cuts no day evenly', (step) => {
    expect(thrown(() => chooseStep(range(hours(2)), step))).toEqual(
      refusal('VALIDATION_FAILED', /PT|ISO 8601/),
    )
  })

  test('with too many points is refused, naming the smallest that works', () => {
    const error = thrown(() => chooseStep(range(hours(24 * 90)), 'PT1M'))
    expect(error).toEqual(refusal('LIMIT_EXCEEDED', /129601 points .* PT1H or more/))
    const stepMs = chooseStep(range(hours(24 * 90)), 'PT1H')
    const { starts } = cutBuckets({ range: range(hours(24 * 90)), stepMs, zone: 'UTC' })
    expect(starts.length).toBeLessThanOrEqual(3000)
  })
})

const shifted = (input: Parameters<typeof resolveRange>[0], zone?: string): string[] => {
  const { from, to } = resolveRange(input, clock, zone)
  return [from.toISOString(), to.toISOString()]
}

describe('a range that is shifted', () => {
  // The clocks of Amsterdam went from UTC+2 to UTC+1 on 25 October 2026 at 01:00 UTC.
  const today = { from: at('2026-10-24T23:00:00Z'), to: at('2026-10-25T11:30:00Z') }

  test('is the same length of time before, counted in days of UTC unless told', () => {
    expect(shifted({ ...today, shift: 'P1D' })).toEqual([
      '2026-10-23T23:00:00.000Z',
      '2026-10-24T11:30:00.000Z',
    ])
    expect(shifted({ last: 'PT1H', shift: 'PT1H' })).toEqual([
      '2026-11-20T10:34:56.789Z',
      '2026-11-20T11:34:56.789Z',
    ])
  })

  test('keeps the time of day of a zone across a change of its clocks', () => {
    const day = { from: at('2026-10-24T22:00:00Z'), to: at('2026-10-25T11:30:00Z') } // midnight to 12:30
    expect(shifted({ ...day, shift: 'P1D' }, 'Europe/Amsterdam')).toEqual([
      '2026-10-23T22:00:00.000Z', // midnight
      '2026-10-24T10:30:00.000Z', // 12:30
    ])
    expect(shifted({ ...day, shift: 'P7DT1H' }, 'Europe/Amsterdam')).toEqual([
      '2026-10-17T21:00:00.000Z',
      '2026-10-18T09:30:00.000Z',
    ])
  })

  // They went from UTC+1 to UTC+2 on 29 March 2026 at 01:00 UTC: there was no time from 2:00 to 3:00.
  test.each([
    ['2026-03-30T00:00:00Z', '2026-03-30T01:00:00Z', '2026-03-29T01:00:00.000Z', '2026-03-29T02:00:00.000Z'],
    ['2026-03-30T00:30:00Z', '2026-03-30T01:10:00Z', '2026-03-29T01:30:00.000Z', '2026-03-29T02:10:00.000Z'],
    ['2026-03-30T00:59:00Z', '2026-03-30T01:30:00Z', '2026-03-29T01:59:00.000Z', '2026-03-29T02:30:00.000Z'],
    ['2026-03-29T23:30:00Z', '2026-03-30T01:00:00Z', '2026-03-29T00:30:00.000Z', '2026-03-29T01:00:00.000Z'],
  ])('from %s to %s is not empty on the day that skips it', (from, to, ...expected) => {
    expect(shifted({ from: at(from), to: at(to), shift: 'P1D' }, 'Europe/Amsterdam')).toEqual(expected)
  })

  test('ends after it begins, whatever the zone and the time of day', () => {
    for (const zone of ['Europe/Amsterdam', 'America/Havana', 'Australia/Lord_Howe', 'Pacific/Apia'])
      for (const { toMs } of offsetPeriods(zone, Date.UTC(2011, 0), Date.UTC(2013, 0)))
        for (let from = toMs - hours(30); from < toMs + hours(54); from += hours(0.5))
          for (const length of [1, hours(0.5), hours(1), hours(25)]) {
            const range = { from: new Date(from), to: new Date(from + length), shift: 'P1D' }
            const shifted = resolveRange(range, clock, zone)
            expect(shifted.to.getTime()).toBeGreaterThan(shifted.from.getTime())
          }
  })

  test('by more than three years is refused', () => {
    expect(thrown(() => shifted({ shift: 'P1099D' }))).toEqual(refusal('VALIDATION_FAILED', /three years/))
  })
})

describe('a duration', () => {
  test.each([
    ['PT5S', 5000],
    ['PT1H30M', 5_400_000],
    ['P1D', 86_400_000],
    ['P1DT12H', 129_600_000],
    ['P2W', 1_209_600_000],
    ['PT90M', 5_400_000],
  ])('%s is %i ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms)
    expect(parseDuration(formatDuration(ms))).toBe(ms)
  })

  test.each([
    '',
    'P',
    'PT',
    'P1DT',
    'PT0S',
    '5m',
    'P1M',
    'P1Y',
    'PT1.5S',
    '-PT5S',
    'pt5s',
    'PT5S ',
    'PT1H1H',
    `PT${'9'.repeat(40)}S`,
  ])('%j is refused', (text) => {
    expect(thrown(() => parseDuration(text))).toEqual(refusal('VALIDATION_FAILED', /ISO 8601/))
  })

  test.each([
    [1000, 'PT1S'],
    [300_000, 'PT5M'],
    [5_400_000, 'PT1H30M'],
    [86_400_000, 'P1D'],
    [129_600_000, 'P1DT12H'],
  ])('of %i ms is written %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text)
  })
})

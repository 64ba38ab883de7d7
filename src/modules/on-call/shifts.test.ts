import { expect, test } from 'vitest'
import { shiftAt, shiftsBetween, type Rotation } from './shifts.ts'

const DAY = 86_400_000
const HOUR = 3_600_000
const people = (...names: string[]) => names.map((name) => ({ name, channelId: `to ${name}` }))
const rotation = (given: Partial<Rotation> = {}): Rotation => ({
  timezone: 'Europe/Amsterdam',
  startsAt: '2026-03-02T09:00',
  shiftMs: 7 * DAY,
  participants: people('Ada', 'Bo', 'Cy'),
  overrides: [],
  ...given,
})
const told = (of: Rotation, at: string) => {
  const shift = shiftAt(of, Date.parse(at))
  return shift && [shift.name, shift.from.toISOString(), shift.to.toISOString()]
}
const override = (name: string, from: string, to: string) => ({
  ...people(name)[0]!,
  from: new Date(from),
  to: new Date(to),
})

test.each([
  ['before the first handover nobody is', '2026-03-02T07:59:59.999Z', null],
  [
    'the first takes over at it',
    '2026-03-02T08:00:00Z',
    ['Ada', '2026-03-02T08:00:00.000Z', '2026-03-09T08:00:00.000Z'],
  ],
  [
    'the next a week later',
    '2026-03-09T08:00:00Z',
    ['Bo', '2026-03-09T08:00:00.000Z', '2026-03-16T08:00:00.000Z'],
  ],
  [
    'a week with a change of clocks is an hour shorter',
    '2026-03-25T12:00:00Z',
    ['Ada', '2026-03-23T08:00:00.000Z', '2026-03-30T07:00:00.000Z'],
  ],
  [
    'the handover stays at nine in summer',
    '2026-03-30T07:00:00Z',
    ['Bo', '2026-03-30T07:00:00.000Z', '2026-04-06T07:00:00.000Z'],
  ],
  [
    'and in winter again',
    '2026-10-26T08:00:00Z',
    ['Bo', '2026-10-26T08:00:00.000Z', '2026-11-02T08:00:00.000Z'],
  ],
  [
    'years later it is still whose turn it is',
    '2036-03-03T08:00:00Z',
    ['Ada', '2036-03-03T08:00:00.000Z', '2036-03-10T08:00:00.000Z'],
  ],
])('%s: at %s', (_name, at, expected) => expect(told(rotation(), at)).toEqual(expected))

test.each([
  // 02:30 is skipped on 29 March: the handover is at 03:30, summer time.
  ['skipped, before', '2026-03-29T01:29:59Z', 'Ada', '2026-03-29T01:30:00.000Z'],
  ['skipped, after', '2026-03-29T01:30:00Z', 'Bo', '2026-03-30T00:30:00.000Z'],
  // 02:30 comes twice on 25 October: the first counts.
  ['twice, before', '2026-10-25T00:29:59Z', 'Ada', '2026-10-25T00:30:00.000Z'],
  ['twice, between', '2026-10-25T00:45:00Z', 'Bo', '2026-10-26T01:30:00.000Z'],
  ['twice, the same time of day again', '2026-10-25T01:15:00Z', 'Bo', '2026-10-26T01:30:00.000Z'],
  ['twice, after', '2026-10-25T01:45:00Z', 'Bo', '2026-10-26T01:30:00.000Z'],
])('handovers at a time of day that is %s', (_name, at, name, to) => {
  const start = at.startsWith('2026-03') ? '2026-03-28T02:30' : '2026-10-24T02:30'
  const shift = told(rotation({ startsAt: start, shiftMs: DAY, participants: people('Ada', 'Bo') }), at)
  expect([shift![0], shift![2]]).toEqual([name, to])
})

test('days and nights change at eight by the clock, whatever it is set to', () => {
  const nights = rotation({
    startsAt: '2026-10-24T08:00',
    shiftMs: 12 * HOUR,
    participants: people('day', 'night'),
  })
  const shifts = shiftsBetween(nights, Date.parse('2026-10-24T06:00:00Z'), Date.parse('2026-10-26T07:00:00Z'))
  expect(shifts.map(({ name, from, to }) => [name, (to.getTime() - from.getTime()) / HOUR])).toEqual([
    ['day', 12],
    ['night', 13],
    ['day', 12],
    ['night', 12],
  ])
})

test('who takes the time of somebody has it, and the rest stays; of two at once the later one counts', () => {
  const of = rotation({
    overrides: [
      override('Di', '2026-03-03T08:00:00Z', '2026-03-05T08:00:00Z'),
      override('Eve', '2026-03-04T08:00:00Z', '2026-03-04T20:00:00Z'),
      override('Flo', '2026-02-01T00:00:00Z', '2026-02-02T00:00:00Z'),
    ],
  })
  expect(told(of, '2026-02-01T12:00:00Z')).toEqual([
    'Flo',
    '2026-02-01T00:00:00.000Z',
    '2026-02-02T00:00:00.000Z',
  ])
  const shifts = shiftsBetween(of, Date.parse('2026-01-01T00:00:00Z'), Date.parse('2026-03-09T08:00:00Z'))
  expect(
    shifts.map(({ name, from, to, isOverride }) => [name, from.toISOString(), to.toISOString(), isOverride]),
  ).toEqual([
    ['Flo', '2026-02-01T00:00:00.000Z', '2026-02-02T00:00:00.000Z', true],
    ['Ada', '2026-03-02T08:00:00.000Z', '2026-03-03T08:00:00.000Z', false],
    ['Di', '2026-03-03T08:00:00.000Z', '2026-03-04T08:00:00.000Z', true],
    ['Eve', '2026-03-04T08:00:00.000Z', '2026-03-04T20:00:00.000Z', true],
    ['Di', '2026-03-04T20:00:00.000Z', '2026-03-05T08:00:00.000Z', true],
    ['Ada', '2026-03-05T08:00:00.000Z', '2026-03-09T08:00:00.000Z', false],
  ])
})

test.each([
  'Europe/Amsterdam',
  'America/New_York',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'UTC',
  'Asia/Kathmandu',
])(
  'in %s shifts of two years follow each other without a gap, and who is asked for at any time is the one of the list',
  (timezone) => {
    for (const shiftMs of [HOUR, 7 * HOUR, DAY, 14 * DAY]) {
      const of = rotation({ timezone, shiftMs, startsAt: '2026-01-01T02:15' })
      const firstMs = shiftsBetween(
        of,
        Date.parse('2025-12-30T00:00:00Z'),
        Date.parse('2026-01-03T00:00:00Z'),
      )[0]!.from.getTime()
      let atMs = firstMs
      for (let turn = 0; turn < 500; turn += 1) {
        const shift = shiftAt(of, atMs)!
        expect(shift.from.getTime()).toBe(atMs)
        expect(shift.to.getTime()).toBeGreaterThan(atMs)
        expect(shiftAt(of, shift.to.getTime() - 1)).toEqual(shift)
        atMs = shift.to.getTime()
      }
    }
  },
)

test('shifts of a page of schedules take no time that others would wait for', () => {
  const overrides = Array.from({ length: 100 }, (_, index) => {
    const from = new Date(Date.parse('2026-11-30T00:30:00Z') + index * DAY)
    return override('Di', from.toISOString(), new Date(from.getTime() + HOUR).toISOString())
  })
  const of = rotation({ timezone: 'America/New_York', shiftMs: HOUR, overrides })
  const before = process.cpuUsage()
  for (let schedule = 0; schedule < 97; schedule += 1)
    expect(
      shiftsBetween(of, Date.parse('2026-11-30T00:00:00Z'), Date.parse('2027-11-30T00:00:00Z')),
    ).toHaveLength(500)
  // 5 s by conversions of each handover; 0.1 s by arithmetic. Others may have the processor's caches meanwhile.
  expect(process.cpuUsage(before).user / 1e6).toBeLessThan(1.5)
})

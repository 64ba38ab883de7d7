import { expect, test } from 'vitest'
import { rangeOf } from '../buckets.ts'
import { chooseTable, requireKept } from './tables.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const now = Date.parse('2026-11-28T12:00:30.000Z')
const ago = (ms: number): Date => new Date(now - ms)
const iso = (ms: number): string => ago(ms).toISOString()

// By their names one is kept for 180 days and the other for 90.
const tables = [
  { table: 'facts_5m', everyMs: 5 * MINUTE },
  { table: 'facts', everyMs: 1_000 },
] as const
const choose = (
  fromMs: number,
  toMs: number,
  stepMs: number,
  of: Parameters<typeof chooseTable>[0] = tables,
  zone = 'UTC',
) => {
  const { table, buckets } = chooseTable(
    of,
    { range: { from: ago(fromMs), to: ago(toMs) }, stepMs, zone },
    now,
  )
  return { table, range: rangeOf(buckets) }
}

test('the coarsest table that the step is a multiple of answers, over whole buckets', () => {
  expect(choose(HOUR, 0, 15 * MINUTE)).toEqual({
    table: 'facts_5m',
    range: { from: new Date('2026-11-28T11:00:00.000Z'), to: new Date('2026-11-28T12:15:00.000Z') },
  })
  expect(choose(HOUR, 0, MINUTE).table).toBe('facts')
  expect(choose(HOUR, 0, 12 * MINUTE).table).toBe('facts')
})

test("a table whose buckets don't begin with those of the zone is passed over", () => {
  const hourly = [{ table: 'facts_1h', everyMs: HOUR }, ...tables]
  expect(choose(2 * DAY, 0, DAY, hourly).table).toBe('facts_1h')
  expect(choose(2 * DAY, 0, DAY, hourly, 'Europe/Amsterdam').table).toBe('facts_1h')
  // Days begin at 18:30 UTC.
  expect(choose(2 * DAY, 0, DAY, hourly, 'Asia/Kolkata').table).toBe('facts_5m')
})

test('a table that does not know what is asked is passed over', () => {
  const of = [{ ...tables[0], answers: false }, tables[1]]
  expect(choose(HOUR, 0, HOUR, of).table).toBe('facts')
})

test('a range that begins before what a table keeps is refused, and told since when there is data', () => {
  const refused = (fromMs: number, stepMs: number, of?: Parameters<typeof chooseTable>[0]): string => {
    try {
      choose(fromMs, fromMs - HOUR, stepMs, of)
    } catch (error) {
      expect(error).toMatchObject({ code: 'LIMIT_EXCEEDED' })
      return (error as Error).message
    }
    throw new Error('it was answered')
  }
  expect(refused(91 * DAY, MINUTE)).toContain(`since ${iso(90 * DAY)}`)
  // There is a coarser table that still has it.
  expect(refused(91 * DAY, MINUTE)).toContain('PT5M')
  expect(refused(181 * DAY, MINUTE)).not.toContain('PT5M')
  expect(refused(181 * DAY, HOUR)).toContain(`since ${iso(180 * DAY)}`)
  expect(refused(91 * DAY, HOUR, [{ ...tables[0], answers: false }, tables[1]])).toContain(
    `since ${iso(90 * DAY)}`,
  )
})

test('the longest range back from now is answered, without the bucket whose rows may be gone', () => {
  // A moment passes between the reading of the range and the choice of its table.
  const { table, range } = choose(90 * DAY + 20, 20, DAY, tables.slice(1))
  expect(table).toBe('facts')
  expect(range.from).toEqual(new Date('2026-08-31T00:00:00.000Z'))
  expect(range.to).toEqual(new Date('2026-11-29T00:00:00.000Z'))
  // The rollup still has that bucket.
  expect(choose(90 * DAY + 20, 20, DAY).range.from).toEqual(new Date('2026-08-30T00:00:00.000Z'))
})

test('what lies in one bucket that is partly gone is refused, for it has no whole one', () => {
  expect(() => choose(90 * DAY - HOUR, 90 * DAY - 2 * HOUR, DAY, tables.slice(1))).toThrow(
    /There is data since/,
  )
})

test('a list of rows is held to what its table keeps', () => {
  expect(() => requireKept('facts', { from: ago(91 * DAY), to: ago(0) }, now)).toThrow(
    new RegExp(`There is data since ${iso(90 * DAY)}`),
  )
  requireKept('facts', { from: ago(90 * DAY + 20), to: ago(20) }, now)
})

import { Temporal } from 'temporal-polyfill'
import { expect } from 'vitest'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** The next two changes of a zone's clocks: one forward, one back. Rows of the past would be removed when they are old. */
export const nextChanges = (zone: string): number[] => {
  const first = Temporal.Now.zonedDateTimeISO(zone).getTimeZoneTransition('next')!
  return [first, first.getTimeZoneTransition('next')!].map(({ epochMilliseconds }) => epochMilliseconds)
}

/** What a clock on the wall of the zone shows, told by Intl alone: none of the program's own arithmetic. */
const wallClock = (zone: string) => {
  const format = new Intl.DateTimeFormat('en-CA', {
    timeZone: zone,
    hourCycle: 'h23',
    dateStyle: 'short',
    timeStyle: 'short',
  })
  return (time: number): { day: string; minutes: number } => {
    const [day = '', clock = ''] = format.format(time).split(', ')
    const [hours = 0, minutes = 0] = clock.split(':').map(Number)
    return { day, minutes: hours * 60 + minutes }
  }
}
/** Names the bucket that an event belongs to. Hours that a clock shows twice are two. */
export const bucketName = (zone: string, stepMs: number) => {
  const at = wallClock(zone)
  return (time: number): string => {
    const { day, minutes } = at(time)
    const part = Math.floor(minutes / (stepMs / MINUTE))
    return stepMs <= HOUR
      ? `${day} ${part} ${Math.floor((time - minutes * MINUTE) / HOUR)}`
      : `${day} ${part}`
  }
}

export type Cut = readonly [zone: string, stepMs: number]
/**
 * Where series of rows that were stored in a way are cut: in the zone itself, in one whose days begin at half
 * past an hour, and in UTC. How rows are stored changes only what is in a table, and a zone and a step change
 * only which table is read and where it is cut. So all zones and steps are for rows of one block, and for the
 * other ways one step for each table, unless `full`.
 */
export const cutsFor = (
  way: string,
  zone: string,
  { steps, perTable, full }: { steps: readonly number[]; perTable: readonly number[]; full: boolean },
): Cut[] =>
  full || way === 'in one block'
    ? [zone, 'Asia/Kolkata', 'UTC'].flatMap((cutIn) => steps.map((stepMs): Cut => [cutIn, stepMs]))
    : perTable.map((stepMs): Cut => [zone, stepMs])

type Told = { readonly points: readonly { readonly time: Date }[]; readonly from: Date; readonly to: Date }
/**
 * Compares a series with what `within` computes of each of its buckets and of the whole; where `cutIn` is the zone whose
 * clocks change and buckets are days, one of them has 23 or 25 hours.
 */
export const expectSeries = (
  { points, from, to, ...whole }: Told,
  within: (start: number, end: number) => object,
  { changes, stepMs }: { readonly changes: boolean; readonly stepMs: number },
): void => {
  expect(whole).toEqual(within(from.getTime(), to.getTime()))
  const ends = [...points.slice(1).map(({ time }) => time.getTime()), to.getTime()]
  expect(points).toEqual(points.map(({ time }, index) => ({ time, ...within(time.getTime(), ends[index]!) })))
  if (!changes || stepMs !== 24 * HOUR) return
  const hours = points.map(({ time }, index) => (ends[index]! - time.getTime()) / HOUR)
  expect(hours.some((each) => each === 23 || each === 25)).toBe(true)
}

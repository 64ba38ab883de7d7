import { Temporal } from 'temporal-polyfill'

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

/** A time as it is written, before anything is known of its zone. */
export type WrittenTime = {
  readonly year: number
  readonly month: number
  readonly day: number
  readonly hour: number
  readonly minute: number
  readonly second: number
  readonly ms: number
}

const DAY_MS = 86_400_000
/**
 * The years 1 to 9999 in UTC, which every format and store here can write: with an offset a text may lie
 * outside.
 */
const FIRST_MS = Date.parse('0001-01-01T00:00:00.000Z')
const LAST_MS = Date.parse('9999-12-31T23:59:59.999Z')

export const isInstant = (ms: number): boolean => ms >= FIRST_MS && ms <= LAST_MS

/**
 * Unix milliseconds of a written time; undefined for what no clock shows (30 February, 24 o'clock, the year
 * 0). `toUtc` takes the milliseconds that a clock in UTC would have when it shows that. A leap second, which is
 * the last of a day in UTC, becomes the second after it.
 */
export const instantOf = (
  { year, month, day, hour, minute, second, ms }: WrittenTime,
  toUtc: (wallMs: number) => number,
): number | undefined => {
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day) // trap: Date.UTC takes the years 0 to 99 for 1900 to 1999
  const real = date.getUTCMonth() === month - 1 && date.getUTCDate() === day
  if (!real || hour > 23 || minute > 59 || second > 60) return undefined
  const at = toUtc(date.getTime() + ((hour * 60 + minute) * 60 + second) * 1000 + ms)
  const leaps = second < 60 || (((at % DAY_MS) + DAY_MS) % DAY_MS) - ms === 0
  return leaps && isInstant(at) ? at : undefined
}

const rfc3339 =
  /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,20}))?(?:Z|([+-])([01]\d|2[0-3]):([0-5]\d))$/i

/**
 * Unix milliseconds of an RFC 3339 text with its zone; undefined for what is none. Digits finer than
 * milliseconds are cut off. Every time that comes in as such a text is read here: arguments and filters of the
 * graph, items of ingest, cursors, flags.
 */
export const parseInstant = (text: string): number | undefined => {
  const match = rfc3339.exec(text)
  if (!match) return undefined
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  const [fraction = '', sign, hours = 0, minutes = 0] = match.slice(7)
  const offsetMs = (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000
  const ms = Number(fraction.slice(0, 3).padEnd(3, '0'))
  return instantOf({ year, month, day, hour, minute, second, ms }, (wallMs) => wallMs - offsetMs)
}

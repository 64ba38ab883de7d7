import { AppError } from '../../platform/errors.ts'

/**
 * A function from a wall-clock time (given as if it were UTC, in Unix ms) to the instant it names in a zone
 * (`UTC`, `Europe/Berlin`, `+02:00`). A wall time that a clock change skips or repeats gets the offset from
 * before the change. Throws BAD_REQUEST for an unknown zone.
 */
export const wallClockIn = (zone: string): ((wallMs: number) => number) => {
  if (zone === 'UTC' || zone === 'Z') return (wallMs) => wallMs
  const offsetAt = offsetsOf(zone)
  return (wallMs) => {
    const before = wallMs - offsetAt(wallMs - 86_400_000)
    if (before + offsetAt(before) === wallMs) return before
    const after = wallMs - offsetAt(wallMs + 86_400_000)
    return after + offsetAt(after) === wallMs ? after : before
  }
}

const offsetsOf = (zone: string): ((instantMs: number) => number) => {
  let format: Intl.DateTimeFormat
  try {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
  } catch (cause) {
    const message = `There is no time zone "${zone}". Use a name such as Europe/Berlin, or an offset such as +02:00.`
    throw new AppError('BAD_REQUEST', message, { cause })
  }
  // Asking Intl costs microseconds a row; an offset holds for a quarter of an hour at least.
  const known = new Map<number, number>()
  return (instantMs) => {
    const quarter = Math.floor(instantMs / 900_000)
    let offset = known.get(quarter)
    if (offset === undefined) {
      const at = quarter * 900_000
      const parts = Object.fromEntries(
        format.formatToParts(at).map(({ type, value }) => [type, Number(value)]),
      )
      const { year, month, day, hour, minute, second } = parts as Record<string, number>
      offset = Date.UTC(year!, month! - 1, day, hour, minute, second) - at
      known.set(quarter, offset)
    }
    return offset
  }
}

import { Temporal } from 'temporal-polyfill'

export type Participant = { readonly name: string; readonly channelId: string }
export type Override = Participant & { readonly from: Date; readonly to: Date }

/** Who takes turns with whom. */
export type Rotation = {
  readonly timezone: string
  /** First handover, as a clock of the zone shows it: `2026-11-30T09:00`. */
  readonly startsAt: string
  /** Length of a turn by that clock: whole hours below a day, or whole days. */
  readonly shiftMs: number
  readonly participants: readonly Participant[]
  /** Of two at once the later one in the list counts. */
  readonly overrides: readonly Override[]
}

/** A time in which one person is on call. */
export type Shift = Override & { readonly isOverride: boolean }

/** So many are answered of a range at most. */
export const MAX_SHIFTS = 500

const HOUR_MS = 3_600_000

/**
 * The instant of a handover. Turns are counted by the clock on the wall: one at 09:00 is at 09:00 in summer and in
 * winter. A time of day that is skipped when clocks go forward is an hour later, one that comes twice is the first
 * (`compatible`, as calendars of RFC 5545 have it).
 */
const handoverOf = ({ startsAt, shiftMs, timezone }: Rotation, turn: number): number =>
  Temporal.PlainDateTime.from(startsAt)
    .add({ hours: (turn * shiftMs) / HOUR_MS })
    .toZonedDateTime(timezone, { disambiguation: 'compatible' }).epochMilliseconds

/** The turn of an instant, from 0; negative before the first handover. */
const turnAt = (rotation: Rotation, atMs: number): number => {
  const clock = Temporal.Instant.fromEpochMilliseconds(atMs)
    .toZonedDateTimeISO(rotation.timezone)
    .toPlainDateTime()
  const start = Temporal.PlainDateTime.from(rotation.startsAt)
  const shown = clock.since(start, { largestUnit: 'hours' }).total({ unit: 'milliseconds' })
  let turn = Math.floor(shown / rotation.shiftMs)
  // Clocks that were changed since show another time than has gone.
  while (handoverOf(rotation, turn + 1) <= atMs) turn += 1
  while (handoverOf(rotation, turn) > atMs) turn -= 1
  return turn
}

/** Whose turn it is, and until when; where clocks are changed a handover may lie on the one before. */
const turnShift = (rotation: Rotation, atMs: number): Shift | null => {
  const turn = turnAt(rotation, atMs)
  if (turn < 0) return null
  const participant = rotation.participants[turn % rotation.participants.length]!
  const [from, to] = [handoverOf(rotation, turn), handoverOf(rotation, turn + 1)]
  return { ...participant, from: new Date(from), to: new Date(to), isOverride: false }
}

/**
 * Who is on call at an instant, from when until when they are so without a break; null before the first handover, unless
 * somebody takes that time.
 */
export const shiftAt = (rotation: Rotation, atMs: number): Shift | null => {
  const covers = ({ from, to }: Override): boolean => from.getTime() <= atMs && atMs < to.getTime()
  const at = rotation.overrides.findLastIndex(covers)
  const own = at < 0 ? turnShift(rotation, atMs) : { ...rotation.overrides[at]!, isOverride: true }
  if (!own) return null
  // Cut by those that count more than it.
  let [from, to] = [own.from.getTime(), own.to.getTime()]
  for (const other of rotation.overrides.slice(at + 1)) {
    const [begins, ends] = [other.from.getTime(), other.to.getTime()]
    if (begins > atMs) to = Math.min(to, begins)
    if (ends <= atMs) from = Math.max(from, ends)
  }
  return { ...own, from: new Date(from), to: new Date(to) }
}

/** Who is on call between two instants, in order: each shift is whole, also where it begins before or ends after them. */
export const shiftsBetween = (rotation: Rotation, fromMs: number, toMs: number): Shift[] => {
  const shifts: Shift[] = []
  const begins = [handoverOf(rotation, 0), ...rotation.overrides.map(({ from }) => from.getTime())]
  let atMs = fromMs
  while (atMs < toMs && shifts.length < MAX_SHIFTS) {
    const shift = shiftAt(rotation, atMs)
    if (shift) {
      shifts.push(shift)
      atMs = shift.to.getTime()
    } else atMs = Math.min(toMs, ...begins.filter((each) => each > atMs)) // nobody until then
  }
  return shifts
}

import { wallClock } from '../../platform/time-zone.ts'

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

/** More than clocks were ever changed by at once: Samoa left out a day. */
const CHANGE_MS = 2 * 86_400_000

/**
 * When turns are handed over, between two instants. Turns are counted by the clock on the wall: one at 09:00 is at
 * 09:00 in summer and in winter. Made once a question: each answer is arithmetic.
 */
const turnsOf = ({ startsAt, shiftMs, timezone, participants }: Rotation, fromMs: number, toMs: number) => {
  const reachMs = shiftMs + CHANGE_MS
  const clock = wallClock(timezone, fromMs - reachMs, toMs + reachMs)
  const startMs = Date.parse(`${startsAt}Z`)
  const handoverOf = (turn: number): number => clock.instantOf(startMs + turn * shiftMs)

  /** The turn of an instant, from 0; negative before the first handover. */
  const turnAt = (atMs: number): number => {
    let turn = Math.floor((clock.shownAt(atMs) - startMs) / shiftMs)
    // Clocks that were changed since show another time than has gone.
    while (handoverOf(turn + 1) <= atMs) turn += 1
    while (handoverOf(turn) > atMs) turn -= 1
    return turn
  }

  return {
    firstMs: handoverOf(0),
    /** Whose turn it is, and until when; where clocks are changed a handover may lie on the one before. */
    shiftAt: (atMs: number): Shift | null => {
      const turn = turnAt(atMs)
      if (turn < 0) return null
      const participant = participants[turn % participants.length]!
      const [from, to] = [handoverOf(turn), handoverOf(turn + 1)]
      return { ...participant, from: new Date(from), to: new Date(to), isOverride: false }
    },
  }
}
/** A rotation that is asked who is on call between two instants, in milliseconds: a question asks it hundreds of times. */
const askable = (rotation: Rotation, fromMs: number, toMs: number) => {
  const turns = turnsOf(rotation, fromMs, toMs)
  const taken = rotation.overrides.map((override) => ({
    override,
    from: override.from.getTime(),
    to: override.to.getTime(),
  }))
  return {
    /** When somebody is on call who was not before, where nobody is. */
    begins: [turns.firstMs, ...taken.map(({ from }) => from)],
    shiftAt: (atMs: number): Shift | null => {
      const at = taken.findLastIndex((each) => each.from <= atMs && atMs < each.to)
      const own = at < 0 ? turns.shiftAt(atMs) : { ...taken[at]!.override, isOverride: true }
      if (!own) return null
      // Cut by those that count more than it.
      let [from, to] = [own.from.getTime(), own.to.getTime()]
      for (let other = at + 1; other < taken.length; other += 1) {
        const { from: begins, to: ends } = taken[other]!
        if (begins > atMs) to = Math.min(to, begins)
        if (ends <= atMs) from = Math.max(from, ends)
      }
      return { ...own, from: new Date(from), to: new Date(to) }
    },
  }
}

/**
 * Who is on call at an instant, from when until when they are so without a break; null before the first handover, unless
 * somebody takes that time.
 */
export const shiftAt = (rotation: Rotation, atMs: number): Shift | null =>
  askable(rotation, atMs, atMs).shiftAt(atMs)

/** Who is on call between two instants, in order: each shift is whole, also where it begins before or ends after them. */
export const shiftsBetween = (rotation: Rotation, fromMs: number, toMs: number): Shift[] => {
  const shifts: Shift[] = []
  const asked = askable(rotation, fromMs, toMs)
  let atMs = fromMs
  while (atMs < toMs && shifts.length < MAX_SHIFTS) {
    const shift = asked.shiftAt(atMs)
    if (shift) {
      shifts.push(shift)
      atMs = shift.to.getTime()
    } else atMs = Math.min(toMs, ...asked.begins.filter((each) => each > atMs)) // nobody until then
  }
  return shifts
}

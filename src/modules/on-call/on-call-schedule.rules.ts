import { Temporal } from 'temporal-polyfill'
import { z } from 'zod'
import { parseDuration } from '../../platform/duration.ts'
import { AppError } from '../../platform/errors.ts'
import { nameOf } from '../../platform/texts.ts'
import { requireZone } from '../../platform/time-zone.ts'
import { channelName } from '../notifications/channel-name.ts'

export const MAX_SCHEDULES = 200
export const MAX_PARTICIPANTS = 50
export const MAX_OVERRIDES = 100
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const MAX_SHIFT_MS = 28 * DAY_MS
/** Longer is a mistake, or another rotation. */
const MAX_OVERRIDE_MS = 90 * DAY_MS

const USUAL_CALENDAR_MS = 14 * DAY_MS
const MAX_CALENDAR_MS = 366 * DAY_MS

/** What `read` makes of a text; what it throws is told at the field. */
const readBy = <T>(read: (text: string) => T) =>
  z.string().transform((text, { addIssue }) => {
    try {
      return read(text)
    } catch (error) {
      if (!(error instanceof AppError || error instanceof RangeError)) throw error
      addIssue({ code: 'custom', message: error.message })
      return z.NEVER
    }
  })

const shift = readBy(parseDuration).refine(
  (ms) => ms <= MAX_SHIFT_MS && (ms < DAY_MS ? ms >= HOUR_MS && ms % HOUR_MS === 0 : ms % DAY_MS === 0),
  'whole hours below a day, or 1 to 28 whole days',
)
const localTime = z
  .string()
  .regex(
    /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$/,
    'a date and a time of day such as 2026-11-30T09:00, without a zone',
  )
  .pipe(readBy((text) => Temporal.PlainDateTime.from(text).toString({ smallestUnit: 'minute' })))
const participant = z.strictObject({ name: nameOf(100), channel: channelName })
/** A schedule's name, here and wherever one is named. */
export const scheduleName = nameOf(200)

const fields = {
  name: scheduleName,
  timezone: readBy(requireZone),
  startsAt: localTime,
  shift,
  participants: z.array(participant).min(1).max(MAX_PARTICIPANTS),
}
/** A schedule as people write it; channels by their names. */
export const newSchedule = z.object(fields)
/** What is not given is not there. */
export const changedSchedule = z.object(fields).partial()
export type ScheduleDefinition = z.output<typeof newSchedule>
export type ScheduleChange = z.output<typeof changedSchedule>

export const newOverride = participant
  .extend({ from: z.date(), to: z.date() })
  .refine(({ from, to }) => from < to, { path: ['to'], error: 'to is after from' })
  .refine(({ from, to }) => to.getTime() - from.getTime() <= MAX_OVERRIDE_MS, {
    path: ['to'],
    error: '90 days at most',
  })
export type NewOverride = z.output<typeof newOverride>

type Window = { readonly from?: Date | null | undefined; readonly to?: Date | null | undefined }

/** What is asked of a calendar: two weeks from now unless told. Throws VALIDATION_FAILED. */
export const calendarOf = ({ from, to }: Window, nowMs: number): { fromMs: number; toMs: number } => {
  const fromMs = from?.getTime() ?? nowMs
  const toMs = to?.getTime() ?? fromMs + USUAL_CALENDAR_MS
  if (toMs > fromMs && toMs - fromMs <= MAX_CALENDAR_MS) return { fromMs, toMs }
  throw new AppError('VALIDATION_FAILED', 'The window ends after it starts, and 366 days later at most.')
}

import { z } from 'zod'
import { formatDuration, parseDuration } from '../../platform/duration.ts'
import { AppError } from '../../platform/errors.ts'
import { labelName, nameOf } from '../../platform/texts.ts'
import { channelName } from '../notifications/channel-name.ts'
import { scheduleName } from '../on-call/on-call-schedule.rules.ts'
import { matchers } from './matcher.checks.ts'
import { usual } from './routing.ts'

export const MAX_ROUTES = 200
export const MAX_CHANNELS = 20
export const MAX_STEPS = 10
export const MAX_GROUP_LABELS = 10
export const MAX_POSITION = 10_000
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const WEEK_MS = 7 * DAY_MS

/** ISO 8601 as milliseconds; zero only where `zero` allows it or `minMs` is zero. */
export const duration = (minMs: number, maxMs: number, { zero = false } = {}) =>
  z.string().transform((text, { addIssue }) => {
    try {
      const ms = parseDuration(text, { zero: true })
      if ((ms >= minMs && ms <= maxMs) || (zero && ms === 0)) return ms
      const never = zero ? ', or PT0S for never' : ''
      addIssue({
        code: 'custom',
        message: `from ${formatDuration(minMs)} to ${formatDuration(maxMs)}${never}`,
      })
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      addIssue({ code: 'custom', message: error.message })
    }
    return z.NEVER
  })

const isUnique = (list: readonly string[]): boolean => new Set(list).size === list.length
const channels = z.array(channelName).max(MAX_CHANNELS).refine(isUnique, 'each channel may be there once')
const schedules = z.array(scheduleName).max(MAX_CHANNELS).refine(isUnique, 'each schedule may be there once')
export const labelNames = (most: number) =>
  z.array(labelName).max(most).refine(isUnique, 'each label may be there once')

const step = z
  .strictObject({
    after: duration(0, WEEK_MS),
    channels: channels.nullish().transform((given) => given ?? []),
    schedules: schedules.nullish().transform((given) => given ?? []),
  })
  .refine((given) => given.channels.length + given.schedules.length > 0, {
    path: ['channels'],
    error: 'a channel or a schedule is needed',
  })
const escalation = z
  .array(step)
  .max(MAX_STEPS)
  .refine(
    (steps) => steps.every(({ after }, n) => n === 0 || after > steps[n - 1]!.after),
    'each step comes after the one before',
  )

/** A route as people write it; channels by their names. What is null has its default. */
const fields = {
  name: nameOf(200),
  position: z.int().min(0).max(MAX_POSITION).nullish(),
  matchers: matchers(0)
    .nullish()
    .transform((given) => given ?? []),
  channels: channels.nullish().transform((given) => given ?? []),
  groupBy: labelNames(MAX_GROUP_LABELS)
    .nullish()
    .transform((given) => given ?? []),
  groupWait: duration(0, HOUR_MS)
    .nullish()
    .transform((ms) => ms ?? usual.waitMs),
  groupInterval: duration(1_000, DAY_MS)
    .nullish()
    .transform((ms) => ms ?? usual.intervalMs),
  repeatInterval: duration(60_000, WEEK_MS, { zero: true })
    .nullish()
    .transform((ms) => ms ?? usual.repeatMs),
  continues: z
    .boolean()
    .nullish()
    .transform((flag) => flag ?? false),
  escalation: escalation.nullish().transform((given) => given ?? []),
  enabled: z
    .boolean()
    .nullish()
    .transform((flag) => flag ?? true),
}
export const newRoute = z.object(fields)
/** What is not given is not there. */
export const changedRoute = z.object(fields).partial()

export type RouteInput = z.input<typeof newRoute>
export type RouteDefinition = z.output<typeof newRoute>
export type RouteChange = z.output<typeof changedRoute>

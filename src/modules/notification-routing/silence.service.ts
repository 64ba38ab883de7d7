import { z } from 'zod'
import { actorLabel } from '../../auth/actor.ts'
import type { Permit } from '../../auth/permit.ts'
import type { Clock } from '../../platform/clock.ts'
import { anyText } from '../../platform/texts.ts'
import { validate } from '../../platform/validate.ts'
import { found } from '../../platform/write-problems.ts'
import { matchers } from './matcher.checks.ts'
import { duration } from './notification-route.rules.ts'
import type { SilenceStore } from './silence.store.ts'
import type { Warnings } from './warnings.store.ts'

/** What is to be quiet for longer is no silence: its rule is wrong. */
const MAX_DAYS = 366
const MAX_MS = MAX_DAYS * 86_400_000
export const TOO_LONG = `at most ${MAX_DAYS} days`
export const isTooLong = (from: Date, to: Date): boolean => to.getTime() - from.getTime() > MAX_MS
/** Silences, and maintenance windows, that are not over: each is held against every incident that fires. */
export const MAX_QUIET = 500

/** A time from now or later on, as silences and maintenance windows have it: to an end, or for so long. */
export const span = <T extends z.ZodRawShape>(fields: T, now: Date) =>
  z
    .object({
      ...fields,
      startsAt: z.date().nullish(),
      endsAt: z.date().nullish(),
      for: duration(1_000, MAX_MS).nullish(),
    })
    .transform((given, { addIssue }) => {
      const { startsAt, endsAt, for: lengthMs } = given as Given
      const from = startsAt ?? now
      const to = endsAt ?? new Date(from.getTime() + (lengthMs ?? 0))
      const say = (message: string): void => addIssue({ code: 'custom', path: ['endsAt'], message })
      if ((endsAt == null) === (lengthMs == null)) say('give this or `for`')
      else if (to <= from) say('the end comes after the start')
      else if (to <= now) say('this is over already')
      else if (isTooLong(from, to)) say(TOO_LONG)
      const { for: _for, ...rest } = given as z.output<z.ZodObject<T>> & Given
      return { ...rest, startsAt: from, endsAt: to }
    })
type Given = {
  readonly startsAt?: Date | null
  readonly endsAt?: Date | null
  readonly for?: number | null
}
/** How long something lasts, as it is sent. */
export type Span = {
  readonly startsAt?: Date | null | undefined
  readonly endsAt?: Date | null | undefined
  readonly for?: string | null | undefined
}

const fields = { matchers: matchers(1), comment: anyText.trim().min(1).max(2_000) }
export type SilenceInput = Span & {
  readonly matchers: z.input<typeof fields.matchers>
  readonly comment: string
}
type Writes = Permit<'silence:write'>

/** Rules of silences: nobody is told that what they match fires while they last. */
export const createSilenceService = ({
  store,
  warnings,
  clock,
}: {
  readonly store: SilenceStore
  readonly warnings: Warnings
  readonly clock: Clock
}) => ({
  /** Throws ValidationError, also for a matcher that can never hold, and LimitError. */
  create: async (permit: Writes, input: SilenceInput) => {
    const now = new Date(clock.now())
    const given = validate(span(fields, now), input)
    const wanted = { ...given, createdBy: actorLabel(permit.actor) }
    const silence = await store.create(permit, wanted, MAX_QUIET, now)
    return { silence: silence!, warnings: await warnings(permit.tenant, given.matchers) }
  },

  /** Throws NotFoundError, and ConflictError for one that is over already. */
  expire: (permit: Writes, id: string) => found(store.expire(permit, id, new Date(clock.now())), 'silence'),
})

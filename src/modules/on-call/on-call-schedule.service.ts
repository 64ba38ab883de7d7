import type { z } from 'zod'
import type { Permit } from '../../auth/permit.ts'
import type { Clock } from '../../platform/clock.ts'
import { LimitError, NotFoundError } from '../../platform/problems.ts'
import { validate } from '../../platform/validate.ts'
import { expecting, found, taken } from '../../platform/write-problems.ts'
import {
  changedSchedule,
  MAX_OVERRIDES,
  MAX_SCHEDULES,
  newOverride,
  newSchedule,
} from './on-call-schedule.rules.ts'
import type { OnCallScheduleRow, OnCallScheduleStore } from './on-call-schedule.store.ts'
import type { Override } from './shifts.ts'

type Writes = Permit<'onCallSchedule:write'>
type Given = z.input<typeof newSchedule>
/** What is absent or null stays. */
export type ScheduleUpdate = { readonly [Field in keyof Given]?: Given[Field] | null | undefined } & {
  readonly id: string
  readonly expectedVersion?: number | null | undefined
}

const NOUN = 'on-call schedule'

/** Rules of on-call schedules. A change holds for whoever is told next. */
export const createOnCallScheduleService = ({
  store,
  clock,
}: {
  readonly store: OnCallScheduleStore
  readonly clock: Clock
}) => ({
  /** Throws ValidationError, ConflictError (the name is taken), LimitError. */
  create: async (permit: Writes, input: Given): Promise<OnCallScheduleRow> => {
    const schedule = validate(newSchedule, input)
    const made = await store.create(permit, schedule, MAX_SCHEDULES).catch(taken('a schedule', schedule.name))
    if (!made) throw new LimitError(`A tenant has at most ${MAX_SCHEDULES} on-call schedules.`)
    return made
  },

  /** Changes what is given. Throws as `create`, NotFoundError, and ConflictError for an older version. */
  update: (permit: Writes, { id, expectedVersion, ...input }: ScheduleUpdate): Promise<OnCallScheduleRow> => {
    const given = Object.fromEntries(Object.entries(input).filter(([, value]) => value != null))
    const schedule = validate(changedSchedule, given)
    const work = store.update(permit, id, schedule, expecting(expectedVersion, 'schedule'))
    return found(work.catch(taken('a schedule', schedule.name ?? '')), NOUN)
  },

  /** Somebody takes a time; what is over is forgotten. Throws ValidationError, NotFoundError, LimitError. */
  addOverride: (
    permit: Writes,
    { id, ...input }: z.input<typeof newOverride> & { readonly id: string },
  ): Promise<OnCallScheduleRow> => {
    const given = validate(newOverride, input)
    const now = new Date(clock.now())
    return found(
      store.override(permit, id, given, (overrides, added) => {
        const kept = [...overrides.filter(({ to }) => to > now), ...added]
        if (kept.length > MAX_OVERRIDES)
          throw new LimitError(`A schedule has at most ${MAX_OVERRIDES} overrides that are not over.`, ['id'])
        return kept
      }),
      NOUN,
    )
  },

  /** Takes back overrides of somebody from an instant on. Throws NotFoundError, also when there is none. */
  removeOverride: (
    permit: Writes,
    { id, name, from }: { readonly id: string; readonly name: string; readonly from: Date },
  ): Promise<OnCallScheduleRow> => {
    const isIt = (each: Override): boolean => each.name === name && each.from.getTime() === from.getTime()
    return found(
      store.override(permit, id, undefined, (overrides) => {
        if (!overrides.some(isIt))
          throw new NotFoundError('This schedule has no such override. Read its `overrides`.', ['from'])
        return overrides.filter((each) => !isIt(each))
      }),
      NOUN,
    )
  },

  /** Throws NotFoundError, and ConflictError while a route names it. */
  remove: (permit: Writes, id: string): Promise<OnCallScheduleRow> => found(store.remove(permit, id), NOUN),
})

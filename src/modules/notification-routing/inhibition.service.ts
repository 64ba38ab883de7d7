import { z } from 'zod'
import type { Permit } from '../../auth/permit.ts'
import { LimitError } from '../../platform/problems.ts'
import { nameOf } from '../../platform/texts.ts'
import { validate } from '../../platform/validate.ts'
import { expecting, found, givenOf, taken } from '../../platform/write-problems.ts'
import type { InhibitionRow, InhibitionStore } from './inhibition.store.ts'
import { matchers } from './matcher.checks.ts'
import { labelNames } from './notification-route.rules.ts'
import type { Warnings } from './warnings.store.ts'

/** Each is held against every incident that fires. */
const MAX_INHIBITIONS = 100
export const MAX_EQUAL = 10

const inhibition = z.object({
  name: nameOf(200),
  sourceMatchers: matchers(1),
  targetMatchers: matchers(1),
  equal: labelNames(MAX_EQUAL)
    .nullish()
    .transform((given) => given ?? []),
  enabled: z
    .boolean()
    .nullish()
    .transform((flag) => flag ?? true),
})
const changedInhibition = inhibition.partial()
export type InhibitionInput = z.input<typeof inhibition>
export type InhibitionUpdate = z.input<typeof changedInhibition> & {
  readonly id: string
  readonly expectedVersion?: number | null | undefined
}
type Writes = Permit<'notificationRoute:write'>

/** Rules of inhibitions: while an incident of the source fires, nobody is told that one of the target does. */
export const createInhibitionService = ({
  store,
  warnings,
}: {
  readonly store: InhibitionStore
  readonly warnings: Warnings
}) => ({
  /** Throws ValidationError (also for a matcher that can never hold), ConflictError, LimitError. */
  create: async (permit: Writes, input: InhibitionInput) => {
    const fields = validate(inhibition, input)
    const made = await store
      .create(permit, fields, MAX_INHIBITIONS)
      .catch(taken('an inhibition', fields.name))
    if (!made) throw new LimitError(`A tenant has at most ${MAX_INHIBITIONS} inhibitions.`)
    const asked = [...fields.sourceMatchers, ...fields.targetMatchers]
    return { inhibition: made, warnings: await warnings(permit.tenant, asked) }
  },

  /** Changes what is given. Throws as `create`, NotFoundError, and ConflictError for an older version. */
  update: async (permit: Writes, { id, expectedVersion, ...input }: InhibitionUpdate) => {
    const fields = givenOf(validate(changedInhibition, givenOf(input))) as z.output<typeof changedInhibition>
    const work = store.update(permit, id, fields as never, expecting(expectedVersion, 'inhibition'))
    const made = await found(work.catch(taken('an inhibition', fields.name ?? '')), 'inhibition')
    const asked = [...(fields.sourceMatchers ?? []), ...(fields.targetMatchers ?? [])]
    return { inhibition: made, warnings: await warnings(permit.tenant, asked) }
  },

  /** Throws NotFoundError. */
  remove: (permit: Writes, id: string): Promise<InhibitionRow> =>
    found(store.remove(permit, id), 'inhibition'),
})

import { z } from 'zod'
import { actorLabel } from '../../auth/actor.ts'
import type { Permit } from '../../auth/permit.ts'
import type { Clock } from '../../platform/clock.ts'
import { ValidationError } from '../../platform/problems.ts'
import { anyText } from '../../platform/texts.ts'
import { given, validate } from '../../platform/validate.ts'
import { found } from '../../platform/write-problems.ts'
import type { MaintenanceWindowRow, MaintenanceWindowStore } from './maintenance-window.store.ts'
import { isTooLong, MAX_QUIET, span, TOO_LONG, type Span } from './silence.service.ts'

const comment = anyText.trim().max(2_000)
const changes = z.object({
  startsAt: z.date().nullish(),
  endsAt: z.date().nullish(),
  comment: comment.nullish(),
})
type Writes = Permit<'silence:write'>
export type WindowInput = Span & {
  readonly nodeId?: string | null | undefined
  readonly streamId?: string | null | undefined
  readonly comment?: string | null | undefined
}
export type WindowUpdate = z.input<typeof changes> & { readonly id: string }

/** Rules of maintenance windows: nobody is told that incidents of the node or the stream fire while they last. */
export const createMaintenanceWindowService = ({
  store,
  clock,
}: {
  readonly store: MaintenanceWindowStore
  readonly clock: Clock
}) => ({
  /** Throws ValidationError, NotFoundError (the node or the stream), LimitError. */
  create: async (permit: Writes, { nodeId = null, streamId = null, ...input }: WindowInput) => {
    if (nodeId === null && streamId === null)
      throw new ValidationError('Give `nodeId`, `streamId` or both.', ['nodeId'])
    const now = new Date(clock.now())
    const fields = validate(span({ comment: comment.nullish() }, now), input)
    const createdBy = actorLabel(permit.actor)
    const text = (fields as { comment?: string | null }).comment ?? ''
    const { startsAt, endsAt } = fields
    return found(
      store.create(permit, { nodeId, streamId, startsAt, endsAt, comment: text, createdBy }, MAX_QUIET, now),
      'maintenance window',
    )
  },

  /** Changes what is given: an end that is now ends it. Throws ValidationError, NotFoundError, LimitError. */
  update: async (permit: Writes, { id, ...input }: WindowUpdate) => {
    const fields = given(validate(changes, input))
    const work = (row: Pick<MaintenanceWindowRow, 'startsAt' | 'endsAt'>) => {
      const [from, to] = [fields.startsAt ?? row.startsAt, fields.endsAt ?? row.endsAt]
      if (to < from) throw new ValidationError('endsAt: the end comes after the start.', ['endsAt'])
      if ((fields.startsAt || fields.endsAt) && isTooLong(from, to))
        throw new ValidationError(`endsAt: ${TOO_LONG}.`, ['endsAt'])
      return fields
    }
    const updated = store.update(permit, id, work, MAX_QUIET, new Date(clock.now()))
    return found(updated, 'maintenance window')
  },

  /** Throws NotFoundError. */
  remove: (permit: Writes, id: string) => found(store.remove(permit, id), 'maintenance window'),
})

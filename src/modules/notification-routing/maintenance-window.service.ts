import { z } from 'zod'
import { actorLabel } from '../../auth/actor.ts'
import type { Permit } from '../../auth/permit.ts'
import type { Clock } from '../../platform/clock.ts'
import { ValidationError } from '../../platform/problems.ts'
import { anyText } from '../../platform/texts.ts'
import { given, validate } from '../../platform/validate.ts'
import { found } from '../../platform/write-problems.ts'
import type { MaintenanceWindowStore } from './maintenance-window.store.ts'
import { span, type Span } from './silence.service.ts'

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
  /** Throws ValidationError, NotFoundError (the node or the stream). */
  create: async (permit: Writes, { nodeId = null, streamId = null, ...input }: WindowInput) => {
    if (nodeId === null && streamId === null)
      throw new ValidationError('Give `nodeId`, `streamId` or both.', ['nodeId'])
    const now = new Date(clock.now())
    const fields = validate(span({ comment: comment.nullish() }, now), input)
    const createdBy = actorLabel(permit.actor)
    const text = (fields as { comment?: string | null }).comment ?? ''
    const { startsAt, endsAt } = fields
    return found(
      store.create(permit, { nodeId, streamId, startsAt, endsAt, comment: text, createdBy }),
      'maintenance window',
    )
  },

  /** Changes what is given: an end that is now ends it. Throws ValidationError, NotFoundError. */
  update: async (permit: Writes, { id, ...input }: WindowUpdate) => {
    const fields = given(validate(changes, input))
    return found(
      store.update(permit, id, (row) => {
        const [from, to] = [fields.startsAt ?? row.startsAt, fields.endsAt ?? row.endsAt]
        if (to < from) throw new ValidationError('endsAt: the end comes after the start.', ['endsAt'])
        return fields
      }),
      'maintenance window',
    )
  },

  /** Throws NotFoundError. */
  remove: (permit: Writes, id: string) => found(store.remove(permit, id), 'maintenance window'),
})

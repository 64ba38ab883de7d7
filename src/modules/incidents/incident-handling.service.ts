import type { IncidentSeverity } from '../../../generated/prisma/enums.ts'
import type { Permit } from '../../auth/permit.ts'
import type { Clock } from '../../platform/clock.ts'
import { ConflictError, NotFoundError } from '../../platform/problems.ts'
import { validate } from '../../platform/validate.ts'
import type { IncidentHandlingStore, Merged } from './incident-handling.store.ts'
import { changing, incidentToChange, missing, type Expected } from './incident.change.ts'
import { optionalNote } from './incident.rules.ts'
import type { IncidentRow, IncidentStore } from './incident.store.ts'

type Given<T> = T | null | undefined
export type AssignInput = Expected & { readonly userId?: Given<string>; readonly note?: Given<string> }
export type ChangeSeverityInput = Expected & {
  readonly severity: IncidentSeverity
  readonly note?: Given<string>
}
export type MergeInput = { readonly id: string; readonly intoId: string; readonly note?: Given<string> }

/** Throws NotFoundError and ConflictError for two incidents of which the first can't be merged into the second. */
function requireMergeable(
  from: IncidentRow | undefined,
  into: IncidentRow | undefined,
): asserts from is IncidentRow {
  if (!from) throw missing('id')
  if (!into) throw missing('intoId')
  if (from.id === into.id)
    throw new ConflictError("An incident can't be merged into itself. Name another one.", ['intoId'])
  if (from.mergedIntoId !== null)
    throw new ConflictError('This incident is merged into another already.', ['id'])
  if (into.mergedIntoId !== null)
    throw new ConflictError('That incident is merged into another itself. Name that one.', ['intoId'])
  if (into.status === 'CLOSED')
    throw new ConflictError('That incident is CLOSED. Reopen it first, or name another one.', ['intoId'])
}

/** The rules of what people do with incidents beside changing their status and adding notes. */
export const createIncidentHandlingService = ({
  store,
  handling,
  clock,
}: {
  store: IncidentStore
  handling: IncidentHandlingStore
  clock: Clock
}) => {
  const now = (): Date => new Date(clock.now())

  return {
    /**
     * Assigns an incident to a member of the tenant, or to nobody; what is so already stays as it is. Throws
     * NotFoundError (also for who is no member), ConflictError, ValidationError.
     */
    assign: async (
      permit: Permit<'incident:write'>,
      input: AssignInput,
      at: Date = now(),
    ): Promise<IncidentRow> => {
      const note = validate(optionalNote, { note: input.note }).note || null
      const incident = await incidentToChange(store, permit.tenant, input)
      const assigneeId = input.userId ?? null
      const name = assigneeId === null ? null : await handling.memberName(permit.tenant, assigneeId)
      if (name === undefined)
        throw new NotFoundError('There is no member of the tenant with this id.', ['userId'])
      if (assigneeId === incident.assigneeId) return incident
      const event = { kind: 'ASSIGNED' as const, before: incident.assignee, after: name, note }
      return changing(store.change(permit, incident, { assigneeId, assignee: name }, event, at), 'userId')
    },

    /** Raises or lowers the severity; the same as before stays as it is. Throws as `assign`. */
    changeSeverity: async (
      permit: Permit<'incident:write'>,
      input: ChangeSeverityInput,
      at: Date = now(),
    ): Promise<IncidentRow> => {
      const note = validate(optionalNote, { note: input.note }).note || null
      const incident = await incidentToChange(store, permit.tenant, input)
      const { severity } = input
      if (severity === incident.severity) return incident
      const event = { kind: 'SEVERITY_CHANGED' as const, before: incident.severity, after: severity, note }
      return changing(store.change(permit, incident, { severity }, event, at), 'severity')
    },

    /** Merges an incident into another one of the tenant. Throws NotFoundError, ConflictError, ValidationError. */
    merge: async (
      permit: Permit<'incident:write'>,
      { id, intoId, note }: MergeInput,
      at: Date = now(),
    ): Promise<Merged> => {
      const given = validate(optionalNote, { note }).note || null
      const merged = await handling.merge(permit, { id, intoId, note: given }, requireMergeable, at)
      return merged!
    },
  }
}

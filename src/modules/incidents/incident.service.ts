import type { IncidentStatus } from '../../../generated/prisma/enums.ts'
import { actorLabel } from '../../auth/actor.ts'
import type { Permit } from '../../auth/permit.ts'
import type { Clock } from '../../platform/clock.ts'
import { uuidv7 } from '../../platform/ids.ts'
import { isUniqueViolation } from '../../platform/postgres/errors.ts'
import { ConflictError } from '../../platform/problems.ts'
import { validate } from '../../platform/validate.ts'
import { changing, incidentToChange, missing, type Expected } from './incident.change.ts'
import {
  effectsOf,
  newIncident,
  optionalNote,
  requiredNote,
  transitions,
  type OpenIncidentInput,
} from './incident.rules.ts'
import type { IncidentRow, IncidentStore } from './incident.store.ts'

export type ChangeStatusInput = Expected & {
  status: IncidentStatus
  note?: string | null | undefined
}

/**
 * The rules of an incident's life. `at` is when something happened (the demo tells its history), now unless
 * given.
 */
export const createIncidentService = ({ store, clock }: { store: IncidentStore; clock: Clock }) => {
  const now = (): Date => new Date(clock.now())

  return {
    /**
     * Opens an incident; with the fingerprint of an unfinished one, that one re-fires instead. Throws
     * ValidationError.
     */
    open: async (
      permit: Permit<'incident:write'>,
      input: OpenIncidentInput,
      at: Date = now(),
    ): Promise<IncidentRow> => {
      const { title, description, severity, source, key, labels } = validate(newIncident, input)
      const incident = {
        title,
        severity,
        description: description ?? '',
        source: source ?? 'manual',
        fingerprint: key ?? uuidv7(),
        labels: labels ?? {},
      }
      const attempt = () => store.open(permit, incident, at)
      const opened = await attempt().catch((error: unknown) => {
        if (isUniqueViolation(error)) return attempt() // another opened it in between: now it re-fires
        throw error
      })
      return opened!
    },

    /**
     * Moves an incident along the transitions. Of two that start from the same version one wins. Throws
     * NotFoundError, ConflictError (transition not allowed, or somebody was faster), ValidationError.
     */
    changeStatus: async (
      permit: Permit<'incident:write'>,
      input: ChangeStatusInput,
      at: Date = now(),
    ): Promise<IncidentRow> => {
      const { note } = validate(optionalNote, { note: input.note })
      const incident = await incidentToChange(store, permit.tenant, input)
      const { status: from } = incident
      const { status: to } = input
      if (!transitions[from].includes(to))
        throw new ConflictError(
          `An incident that is ${from} can become ${transitions[from].join(' or ')}, not ${to}.`,
          ['status'],
        )
      const effects = effectsOf(incident, to, actorLabel(permit.actor), at)
      const event = { kind: 'STATUS_CHANGED' as const, before: from, after: to, note: note || null }
      const change = store.change(permit, incident, { status: to, ...effects }, event, at)
      return changing(
        change.catch((error: unknown) => {
          if (!isUniqueViolation(error)) throw error
          throw new ConflictError('Another unfinished incident has the same fingerprint. Work on that one.', [
            'status',
          ])
        }),
        'status',
      )
    },

    /** Adds a note to the timeline. Throws NotFoundError, ValidationError. */
    addNote: async (
      permit: Permit<'incident:write'>,
      input: { id: string; note: string },
      at: Date = now(),
    ): Promise<IncidentRow> => {
      const { note } = validate(requiredNote, { note: input.note })
      const noted = await store.addNote(permit, input.id, note, at)
      if (!noted) throw missing()
      return noted
    },
  }
}

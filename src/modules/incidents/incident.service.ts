import type { IncidentStatus } from '../../../generated/prisma/enums.ts'
import { actorLabel } from '../../auth/actor.ts'
import type { Permit } from '../../auth/permit.ts'
import type { Clock } from '../../platform/clock.ts'
import { uuidv7 } from '../../platform/ids.ts'
import { isUniqueViolation } from '../../platform/postgres/errors.ts'
import { ConflictError, NotFoundError } from '../../platform/problems.ts'
import { validate } from '../../platform/validate.ts'
import {
  newIncident,
  optionalNote,
  requiredNote,
  transitions,
  type OpenIncidentInput,
} from './incident.rules.ts'
import type { IncidentRow, IncidentStore } from './incident.store.ts'

export type ChangeStatusInput = {
  id: string
  status: IncidentStatus
  expectedVersion?: number | null | undefined
  note?: string | null | undefined
}

const missing = (): NotFoundError => new NotFoundError('There is no incident with this id.', ['id'])

/**
 * What a new status changes beside the status itself. Who took an incident first, and when it was resolved,
 * stays.
 */
const effectsOf = (incident: IncidentRow, to: IncidentStatus, by: string, at: Date) => {
  const finished = to === 'RESOLVED' || to === 'CLOSED'
  // Another program's clock may be ahead of this one's: nothing ends before it began.
  const endedAt = at < incident.firstSeenAt ? incident.firstSeenAt : at
  return {
    resolvedAt: finished ? (incident.resolvedAt ?? endedAt) : null,
    resolvedBy: finished ? (incident.resolvedBy ?? by) : null,
    ...(to === 'INVESTIGATING' && !incident.acknowledgedAt && { acknowledgedAt: at, acknowledgedBy: by }),
  }
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
      const { title, description, severity, source, fingerprint, labels } = validate(newIncident, input)
      const incident = {
        title,
        severity,
        description: description ?? '',
        source: source ?? 'manual',
        fingerprint: fingerprint ?? uuidv7(),
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
      const incident = await store.reads.find(permit.tenant, { id: input.id })
      if (!incident) throw missing()
      const { status: from, version } = incident
      const { status: to, expectedVersion } = input
      if (expectedVersion != null && expectedVersion !== version)
        throw new ConflictError(`Version ${version} is newer than yours. Read the incident again.`, [
          'expectedVersion',
        ])
      if (!transitions[from].includes(to))
        throw new ConflictError(
          `An incident that is ${from} can become ${transitions[from].join(' or ')}, not ${to}.`,
          ['status'],
        )
      const effects = effectsOf(incident, to, actorLabel(permit.actor), at)
      const event = { kind: 'STATUS_CHANGED' as const, before: from, after: to, note: note || null }
      const changing = store.change(permit, incident, { status: to, ...effects }, event, at)
      const changed = await changing.catch((error: unknown) => {
        if (!isUniqueViolation(error)) throw error
        throw new ConflictError('Another unfinished incident has the same fingerprint. Work on that one.', [
          'status',
        ])
      })
      if (!changed)
        throw new ConflictError('Somebody else changed this incident just now. Read it again.', ['status'])
      return changed
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

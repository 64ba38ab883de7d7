import { z } from 'zod'
import type { IncidentStatus } from '../../../generated/prisma/enums.ts'
import { actorLabel } from '../../auth/actor.ts'
import type { Permit } from '../../auth/permit.ts'
import type { Clock } from '../../platform/clock.ts'
import { uuidv7 } from '../../platform/ids.ts'
import { isUniqueViolation } from '../../platform/postgres/errors.ts'
import { ConflictError, NotFoundError } from '../../platform/problems.ts'
import { anyText } from '../../platform/texts.ts'
import { validate } from '../../platform/validate.ts'
import type { IncidentRow, IncidentStore } from './incident.store.ts'

/** Where an incident may go from where it is. Going back to OPEN or INVESTIGATING from RESOLVED or CLOSED is reopening. */
const transitions: Readonly<Record<IncidentStatus, readonly IncidentStatus[]>> = {
  OPEN: ['INVESTIGATING', 'RESOLVED', 'SUPPRESSED'],
  INVESTIGATING: ['RESOLVED', 'SUPPRESSED'],
  RESOLVED: ['CLOSED', 'OPEN', 'INVESTIGATING'],
  CLOSED: ['OPEN'],
  SUPPRESSED: ['OPEN', 'RESOLVED'],
}

const newIncident = z.object({
  title: anyText.trim().min(1).max(300),
  description: anyText.max(20_000).nullish(),
  severity: z.enum(['LOW', 'MEDIUM', 'HIGH', 'CRITICAL']),
  source: anyText.min(1).max(100).nullish(),
  fingerprint: anyText.min(1).max(200).nullish(),
  labels: z.record(anyText.max(100), anyText.max(1_000)).nullish(),
})
const noteText = z.object({ note: anyText.trim().min(1).max(20_000) })
const optionalNote = z.object({ note: anyText.trim().max(20_000).nullish() })

export type OpenIncidentInput = z.input<typeof newIncident>
export type ChangeStatusInput = {
  id: string
  status: IncidentStatus
  expectedVersion?: number | null | undefined
  note?: string | null | undefined
}

/** The rules of an incident's life. `announce` is told after each commit, so that the outbox is emptied at once. */
export const createIncidentService = (deps: { store: IncidentStore; clock: Clock; announce: () => void }) => {
  const { store, announce } = deps
  const now = (): Date => new Date(deps.clock.now())
  const announced = <T>(result: T): T => {
    announce()
    return result
  }

  return {
    /**
     * Opens an incident; with the fingerprint of an unfinished one, that one re-fires instead. `at` is when it began (the
     * demo's history), now unless told. Throws ValidationError.
     */
    open: async (
      { tenant, actor }: Permit<'incident:write'>,
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
      const attempt = () => store.open(tenant, actor, incident, at)
      return announced(
        await attempt().catch((error: unknown) => {
          if (isUniqueViolation(error)) return attempt() // another opened it in between: now it re-fires
          throw error
        }),
      )
    },

    /**
     * Moves an incident along the transitions. Of two that start from the same version one wins. Throws NotFoundError,
     * ConflictError (transition not allowed, or somebody was faster), ValidationError.
     */
    changeStatus: async (
      { tenant, actor }: Permit<'incident:write'>,
      input: ChangeStatusInput,
      at: Date = now(),
    ): Promise<IncidentRow> => {
      const { note } = validate(optionalNote, { note: input.note })
      const before = await store.find(tenant, input.id)
      if (!before) throw new NotFoundError('There is no such incident.', ['id'])
      const to = input.status
      if (input.expectedVersion != null && input.expectedVersion !== before.version)
        throw new ConflictError(`Version ${before.version} is newer than yours. Read the incident again.`, [
          'expectedVersion',
        ])
      if (!transitions[before.status].includes(to))
        throw new ConflictError(
          `An incident that is ${before.status} can become ${transitions[before.status].join(' or ')}, not ${to}.`,
          ['status'],
        )
      const finished = to === 'RESOLVED' || to === 'CLOSED'
      // Another program's clock may be ahead of this one's: nothing ends before it began.
      const endedAt = at < before.firstSeenAt ? before.firstSeenAt : at
      const data = {
        status: to,
        resolvedAt: finished ? (before.resolvedAt ?? endedAt) : null,
        resolvedBy: finished ? (before.resolvedBy ?? actorLabel(actor)) : null,
        ...(to === 'INVESTIGATING' && !before.acknowledgedAt
          ? { acknowledgedAt: at, acknowledgedBy: actorLabel(actor) }
          : {}),
      }
      const event = {
        kind: 'STATUS_CHANGED' as const,
        before: before.status,
        after: to,
        note: note || null,
      }
      const changed = await store.change(tenant, actor, before, data, event, at).catch((error: unknown) => {
        if (isUniqueViolation(error))
          throw new ConflictError('Another unfinished incident has the same fingerprint. Work on that one.', [
            'status',
          ])
        throw error
      })
      if (!changed)
        throw new ConflictError('Somebody else changed this incident just now. Read it again.', ['status'])
      return announced(changed)
    },

    /** Adds a line to the timeline. Throws NotFoundError, ValidationError. */
    addNote: async (
      { tenant, actor }: Permit<'incident:write'>,
      input: { id: string; note: string },
      at: Date = now(),
    ): Promise<IncidentRow> => {
      const { note } = validate(noteText, { note: input.note })
      const noted = await store.addNote(tenant, actor, input.id, note, at)
      if (!noted) throw new NotFoundError('There is no such incident.', ['id'])
      return announced(noted)
    },
  }
}

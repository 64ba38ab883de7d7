import { AppError } from '../platform/errors.ts'
import type { Logger } from '../platform/logger.ts'
import { degradationsBetween } from './degradations.ts'
import {
  incidentByFingerprint,
  incidentOf,
  incidentsBetween,
  stepsOf,
  type DemoIncident,
  type IncidentStep,
} from './incidents.ts'
import type { World } from './world.ts'

export type IncidentStatus = 'OPEN' | 'INVESTIGATING' | 'RESOLVED' | 'CLOSED' | 'SUPPRESSED'

/** Times are real Unix milliseconds: in the past while the history is filled, otherwise now. */
export type IncidentCalls = {
  /** Opens it, or answers the unfinished one with the same fingerprint. */
  readonly openIncident: (incident: DemoIncident, at: number) => Promise<{ readonly id: string }>
  readonly changeStatus: (id: string, status: 'INVESTIGATING' | 'RESOLVED', at: number) => Promise<void>
  readonly addNote: (id: string, text: string, at: number) => Promise<void>
  /**
   * An incident with this fingerprint in any status. With it a history that is filled again opens nothing
   * twice.
   */
  readonly findIncident?: (
    fingerprint: string,
  ) => Promise<{ readonly id: string; readonly status: IncidentStatus } | undefined>
  /**
   * Unfinished incidents whose fingerprint starts with `demo:`. With it a restart resolves what the last run
   * left open.
   */
  readonly unfinishedIncidents?: () => Promise<
    readonly {
      readonly id: string
      readonly fingerprint: string
      readonly status: IncidentStatus
      /** Unix milliseconds. */
      readonly openedAt: number
    }[]
  >
}

export type IncidentDesk = {
  /**
   * Tells the incidents that began in [fromMs, toMs) up to `toMs`, and carries on with those already open.
   */
  readonly history: (fromMs: number, toMs: number) => Promise<void>
  /**
   * Takes over what an earlier run left open: still in trouble is kept, over is resolved at the next call.
   */
  readonly adopt: () => Promise<void>
  /**
   * Opens what is in trouble at this world time and takes the steps that are due. One failing call doesn't
   * stop the others.
   */
  readonly live: (worldMs: number, nowMs: number) => Promise<void>
}

type Tracked = { readonly id: string; steps: readonly IncidentStep[] }

/**
 * Somebody else moved or removed the incident: the demo lets go of it. Every other failure is tried again.
 */
const isTakenOver = (error: unknown): boolean =>
  error instanceof AppError &&
  ['CONFLICT', 'NOT_FOUND', 'VALIDATION_FAILED', 'BAD_REQUEST'].includes(error.code)

/**
 * Steps that an incident found in this status still has before it. Its notes are left out: some may be there
 * already.
 */
const stepsLeft = (steps: readonly IncidentStep[], status: IncidentStatus): IncidentStep[] =>
  steps.filter((step) => step.kind === 'status' && (step.status === 'RESOLVED' || status === 'OPEN'))

/** Turns degradations into calls of the incident service, and remembers which incident is which. */
export const createIncidentDesk = (deps: { world: World; log: Logger } & IncidentCalls): IncidentDesk => {
  const { world, log } = deps
  const tracked = new Map<string, Tracked>()
  // Fingerprints of troubles under way whose incident is finished, so that it isn't opened a second time.
  const settled = new Set<string>()

  /**
   * Takes the steps due at `worldMs`; each is written with its own time, or with `nowMs` when that is given.
   */
  const advance = async (fingerprint: string, worldMs: number, nowMs?: number): Promise<void> => {
    const incident = tracked.get(fingerprint)
    if (!incident) return
    try {
      for (let step = incident.steps[0]; step && step.at <= worldMs; step = incident.steps[0]) {
        const at = nowMs ?? step.at
        if (step.kind === 'note') await deps.addNote(incident.id, step.text, at)
        else await deps.changeStatus(incident.id, step.status, at)
        incident.steps = incident.steps.slice(1)
      }
    } catch (error) {
      if (!isTakenOver(error)) throw error
      log.info({ fingerprint }, 'demo incident was changed by somebody else, leaving it to them')
      incident.steps = []
    }
    if (incident.steps.length > 0) return
    tracked.delete(fingerprint)
    settled.add(fingerprint)
  }

  const history = async (fromMs: number, toMs: number): Promise<void> => {
    for (const { fingerprint, openedAt } of incidentsBetween(world, fromMs, toMs, 'history')) {
      const whole = incidentByFingerprint(world, fingerprint, openedAt)
      if (!whole || tracked.has(fingerprint) || settled.has(fingerprint)) continue
      const known = await deps.findIncident?.(fingerprint)
      if (known && known.status !== 'OPEN' && known.status !== 'INVESTIGATING') continue
      const { id } = known ?? (await deps.openIncident(whole, openedAt))
      tracked.set(fingerprint, {
        id,
        steps: known ? stepsLeft(stepsOf(whole), known.status) : stepsOf(whole),
      })
    }
    for (const fingerprint of tracked.keys()) await advance(fingerprint, toMs)
  }

  const adopt = async (): Promise<void> => {
    for (const left of (await deps.unfinishedIncidents?.()) ?? []) {
      if (tracked.has(left.fingerprint) || !left.fingerprint.startsWith('demo:')) continue
      // At another speed the trouble's world time is not near the opening: then there is no telling, and it
      // is over.
      const whole = incidentByFingerprint(world, left.fingerprint, left.openedAt)
      const steps = whole
        ? stepsOf(whole)
        : (['INVESTIGATING', 'RESOLVED'] as const).map((status): IncidentStep => ({
            at: left.openedAt,
            kind: 'status',
            status,
          }))
      tracked.set(left.fingerprint, { id: left.id, steps: stepsLeft(steps, left.status) })
    }
  }

  const live = async (worldMs: number, nowMs: number): Promise<void> => {
    const due = degradationsBetween(world, worldMs, worldMs + 1, 'live')
      .map(incidentOf)
      .filter(({ openedAt }) => openedAt <= worldMs)
    const failures: unknown[] = []
    const attempt = async (action: () => Promise<void>) => {
      try {
        await action()
      } catch (error) {
        failures.push(error)
      }
    }
    for (const incident of due) {
      const { fingerprint } = incident
      if (tracked.has(fingerprint) || settled.has(fingerprint)) continue
      await attempt(async () => {
        const { id } = await deps.openIncident(incident, nowMs)
        tracked.set(fingerprint, { id, steps: stepsOf(incident) })
      })
    }
    for (const fingerprint of tracked.keys()) await attempt(() => advance(fingerprint, worldMs, nowMs))
    for (const fingerprint of settled) {
      if (!due.some((incident) => incident.fingerprint === fingerprint)) settled.delete(fingerprint)
    }
    if (failures.length > 0) throw new AggregateError(failures, 'the incident service refused some calls')
  }

  return { history, adopt, live }
}

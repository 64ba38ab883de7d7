import type { RecordingStatus } from '../../../generated/prisma/enums.ts'
import { isPast } from './lifecycle.rules.ts'
import { saidAfter, saidBefore, type Told } from './said.rules.ts'

/** That a recording runs, is complete, or ended without a usable file. */
export type RecordingFact = {
  readonly status: RecordingStatus
  readonly at: Date
  readonly sizeBytes?: bigint | null
  readonly manifestPath?: string | null
}
export type RecordingState = {
  readonly status: RecordingStatus
  readonly startedAt: Date
  readonly endedAt: Date | null
  readonly sizeBytes?: bigint | null
  readonly sizeAt?: Date | null
  readonly manifestPath?: string | null
  readonly pathAt?: Date | null
}

const stages: Readonly<Record<RecordingStatus, number>> = { RECORDING: 0, FAILED: 1, FINISHED: 1 }
const stepOf = (status: RecordingStatus, at: Date): Told => {
  const good = status === 'FINISHED'
  return { status, good, stage: stages[status], at, weight: good ? 1 : 0 }
}

/**
 * What a fact makes of a recording; null when it changes nothing: it runs already, or later facts told its end
 * and its file. What has ended does not run again. Clocks may disagree: nothing ends before it began.
 */
export const recordingAfter = (known: RecordingState, told: RecordingFact) => {
  const { startedAt, endedAt } = known
  const from = stepOf(known.status, endedAt ?? startedAt)
  const fact = stepOf(told.status, told.at < startedAt ? startedAt : told.at)
  const before = {
    size: saidBefore(known.sizeBytes, known.sizeAt, from),
    path: saidBefore(known.manifestPath, known.pathAt, from),
  }
  const size = saidAfter(before.size, { from, fact, value: told.sizeBytes })
  const path = saidAfter(before.path, { from, fact, value: told.manifestPath })
  const moves = isPast(from, fact)
  if (told.status === 'RECORDING' || (!moves && size === before.size && path === before.path)) return null
  const { status, at } = moves ? { status: told.status, at: fact.at } : { status: known.status, at: from.at }
  return {
    status,
    endedAt: at,
    durationMs: at.getTime() - startedAt.getTime(),
    sizeBytes: size.value,
    sizeAt: size.at,
    manifestPath: path.value,
    pathAt: path.at,
  }
}

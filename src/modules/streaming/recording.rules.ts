import type { RecordingStatus } from '../../../generated/prisma/enums.ts'
import { isPast, type Step } from './lifecycle.rules.ts'

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
}

const stages: Readonly<Record<RecordingStatus, number>> = { RECORDING: 0, FAILED: 1, FINISHED: 1 }
const stepOf = (status: RecordingStatus, at: Date): Step => ({
  stage: stages[status],
  at,
  weight: status === 'FINISHED' ? 1 : 0,
})

/**
 * What a fact makes of a recording; null when it changes nothing: it runs already, or a later fact told its
 * end. What has ended does not run again. Clocks may disagree: nothing ends before it began.
 */
export const recordingAfter = ({ status, startedAt, endedAt }: RecordingState, fact: RecordingFact) => {
  const at = fact.at < startedAt ? startedAt : fact.at
  if (fact.status === 'RECORDING' || !isPast(stepOf(status, endedAt ?? startedAt), stepOf(fact.status, at)))
    return null
  return {
    status: fact.status,
    endedAt: at,
    durationMs: at.getTime() - startedAt.getTime(),
    sizeBytes: fact.sizeBytes ?? null,
    manifestPath: fact.manifestPath ?? null,
  }
}

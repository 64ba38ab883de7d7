import { z } from 'zod'
import type { ClipStatus } from '../../../generated/prisma/enums.ts'
import { ValidationError } from '../../platform/problems.ts'
import { days, retention } from '../../platform/retention.ts'
import { nameOf } from '../../platform/texts.ts'
import { isPast, type Step } from './lifecycle.rules.ts'

/** An excerpt and no copy of a broadcast: that is a recording. */
const MAX_DURATION_MS = 6n * 3_600_000n

const title = nameOf(200)
export const newClip = z.object({
  title,
  startsAt: z.date(),
  durationMs: z.bigint().min(1_000n).max(MAX_DURATION_MS),
  retentionUntil: z.date().nullish(),
})
/** What is absent stays; null for `retentionUntil` keeps the clip. */
export const clipChange = z.object({ title: title.optional(), retentionUntil: z.date().nullish() })

/** Whether a clip was kept long enough. Without a time it is kept for ever. */
export const isOver = ({ retentionUntil }: { readonly retentionUntil: Date | null }, now: Date): boolean =>
  retentionUntil !== null && retentionUntil <= now

/** Throws ValidationError: who wants a clip removed now deletes it. */
export const assertToCome = (retentionUntil: Date | null | undefined, now: Date): void => {
  if (isOver({ retentionUntil: retentionUntil ?? null }, now))
    throw new ValidationError('retentionUntil: that is over already. Name a time to come.', [
      'retentionUntil',
    ])
}

const refuse = (field: 'startsAt' | 'durationMs', why: string): never => {
  throw new ValidationError(`${field}: ${why}`, [field])
}

/**
 * A clip shows what was sent: it is over by now, and not older than facts are kept. Whether the stream was on
 * the air then the media server knows best, whose facts come later. Throws ValidationError.
 */
export const assertSent = (clip: { startsAt: Date; durationMs: bigint }, now: Date): void => {
  const startsMs = clip.startsAt.getTime()
  const nowMs = now.getTime()
  if (startsMs >= nowMs) refuse('startsAt', 'that is still to come. Name a time that is over.')
  if (startsMs < nowMs - retention.raw)
    refuse('startsAt', `that is longer ago than ${days(retention.raw)} days. Name a later time.`)
  if (startsMs + Number(clip.durationMs) > nowMs)
    refuse('durationMs', `at most ${nowMs - startsMs} ms are over by now.`)
}

/** That a clip was asked for, is being cut, is there, or failed. */
export type ClipFact = {
  readonly status: ClipStatus
  readonly at: Date
  /** In percent, of one that is being cut. */
  readonly progress?: number
  readonly sizeBytes?: bigint
  readonly storagePath?: string
  /** Why it failed, for people. */
  readonly failure?: string
}
export type ClipState = { readonly status: ClipStatus; readonly statusAt: Date; readonly progress: number }

const stages: Readonly<Record<ClipStatus, number>> = { REQUESTED: 0, PROCESSING: 1, FAILED: 2, READY: 2 }
const stepOf = ({ status, statusAt, progress }: ClipState): Step => ({
  stage: stages[status],
  at: statusAt,
  weight: status === 'READY' ? 101 : progress,
})

const progressOf = ({ status, progress = 0 }: ClipFact): number =>
  status === 'READY' ? 100 : status === 'REQUESTED' ? 0 : progress

/**
 * What a fact makes of a clip; null when it changes nothing. A clip that is ready or failed is cut no more; of
 * READY and FAILED the later one holds. READY needs no REQUESTED before it.
 */
export const clipAfter = (known: ClipState, fact: ClipFact) => {
  const { status, at: statusAt, sizeBytes = null, storagePath = null } = fact
  const state: ClipState = { status, statusAt, progress: progressOf(fact) }
  if (!isPast(stepOf(known), stepOf(state))) return null
  const failure = status === 'FAILED' ? (fact.failure ?? 'No reason was told.') : null
  return { ...state, sizeBytes, storagePath, failure }
}

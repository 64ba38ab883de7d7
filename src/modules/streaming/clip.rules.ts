import { z } from 'zod'
import type { ClipStatus } from '../../../generated/prisma/enums.ts'
import { ValidationError } from '../../platform/problems.ts'
import { days, retention } from '../../platform/retention.ts'
import { nameOf } from '../../platform/texts.ts'
import { isPast } from './lifecycle.rules.ts'
import { saidAfter, saidBefore, type Told } from './said.rules.ts'

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
type Step = { readonly status: ClipStatus; readonly statusAt: Date; readonly progress: number }
export type ClipState = Step & {
  readonly sizeBytes?: bigint | null
  readonly sizeAt?: Date | null
  readonly storagePath?: string | null
  readonly pathAt?: Date | null
  readonly failure?: string | null
  readonly failureAt?: Date | null
}

const stages: Readonly<Record<ClipStatus, number>> = { REQUESTED: 0, PROCESSING: 1, FAILED: 2, READY: 2 }
const stepOf = ({ status, statusAt, progress }: Step): Told => {
  const good = status === 'READY'
  return { status, good, stage: stages[status], at: statusAt, weight: good ? 101 : progress }
}

const progressOf = ({ status, progress = 0 }: ClipFact): number =>
  status === 'READY' ? 100 : status === 'REQUESTED' ? 0 : progress

const NO_REASON = 'No reason was told.'

/**
 * What a fact makes of a clip; null when it changes nothing. A clip that is ready or failed is cut no more; of
 * READY and FAILED the later one holds. READY needs no REQUESTED before it.
 */
export const clipAfter = (known: ClipState, told: ClipFact) => {
  const step = { status: told.status, statusAt: told.at, progress: progressOf(told) }
  const [from, fact] = [stepOf(known), stepOf(step)]
  const reason = known.failure === NO_REASON ? null : known.failure
  const before = {
    size: saidBefore(known.sizeBytes, known.sizeAt, from),
    path: saidBefore(known.storagePath, known.pathAt, from),
    failure: saidBefore(reason, known.failureAt, from),
  }
  const size = saidAfter(before.size, { from, fact, value: told.sizeBytes })
  const path = saidAfter(before.path, { from, fact, value: told.storagePath })
  const failure = saidAfter(before.failure, {
    from,
    fact,
    value: told.status === 'FAILED' ? told.failure : null,
  })
  const moves = isPast(from, fact)
  if (!moves && size === before.size && path === before.path && failure === before.failure) return null
  const { status, statusAt, progress } = moves ? step : known
  return {
    status,
    statusAt,
    progress,
    sizeBytes: size.value,
    sizeAt: size.at,
    storagePath: path.value,
    pathAt: path.at,
    failure: status === 'FAILED' ? (failure.value ?? NO_REASON) : null,
    failureAt: failure.at,
  }
}

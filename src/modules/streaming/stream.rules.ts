import { z } from 'zod'
import { RecordingMode, type StreamStatus } from '../../../generated/prisma/enums.ts'
import { anyText, nameOf } from '../../platform/texts.ts'

/**
 * What a stream is called by in samples. Ingest and `createStream` hold to the same, so that whatever is
 * counted can have its stream.
 */
export const internalName = nameOf(128)

const title = nameOf(200)
export const DESCRIPTION_CHARACTERS = 5_000
const description = anyText.max(DESCRIPTION_CHARACTERS)
const maxViewers = z.number().int().min(1)
const recordingMode = z.enum(RecordingMode)

export const newStream = z.object({
  title,
  internalName: internalName.nullish(),
  description: description.nullish(),
  isPublic: z.boolean().nullish(),
  maxViewers: maxViewers.nullish(),
  recordingMode: recordingMode.nullish(),
})
export type CreateStreamInput = z.input<typeof newStream>

/** What is absent stays. Null clears what can be empty, and is refused for what can't. */
export const streamChange = z.object({
  title: title.optional(),
  description: description
    .nullable()
    .transform((text) => text ?? '')
    .optional(),
  isPublic: z.boolean().optional(),
  maxViewers: maxViewers.nullish(),
  recordingMode: recordingMode.optional(),
})
/** `null` is for the schema to refuse where nothing can be cleared. */
export type UpdateStreamInput = {
  [K in keyof z.input<typeof streamChange>]?: z.input<typeof streamChange>[K] | null
}

/** Where a stream is in its life, and since when. `statusAt` is when the status was set or last told again. */
export type StreamState = {
  readonly status: StreamStatus
  readonly statusAt: Date
  /** Of the latest broadcast. */
  readonly startedAt: Date | null
  readonly endedAt: Date | null
}

/**
 * What its broadcaster may do in each state. ENDED is left by `start` alone: an encoder that goes on sending
 * does not bring back what was ended on purpose.
 */
export const acts: Readonly<Record<'start' | 'end', Partial<Record<StreamStatus, StreamStatus>>>> = {
  start: { OFFLINE: 'LIVE', ENDED: 'LIVE' },
  end: { OFFLINE: 'ENDED', LIVE: 'ENDED' },
}

const latest = (a: Date, b: Date): Date => (a < b ? b : a)

/** The state after a move to another status. Clocks may disagree: nothing ends before it began. */
export const moved = (state: StreamState, status: StreamStatus, at: Date): StreamState => {
  const statusAt = latest(at, state.statusAt)
  if (status === 'LIVE') return { status, statusAt, startedAt: at, endedAt: null }
  if (state.status !== 'LIVE') return { ...state, status, statusAt }
  return { ...state, status, statusAt, endedAt: latest(at, state.startedAt ?? at) }
}

/** That an encoder sends, or does not. */
export type StreamFact = { readonly status: 'LIVE' | 'OFFLINE'; readonly at: Date }

/**
 * The state after a fact, in whatever order and however often facts come; null when it changes nothing. The
 * later one wins, and of two of the same moment LIVE. The same status told again moves `statusAt` on, so that
 * what lies before it and comes after it is known to be over.
 */
export const afterFact = (state: StreamState, { status, at }: StreamFact): StreamState | null => {
  if (state.status === 'ENDED' || at < state.statusAt) return null
  const isLater = at > state.statusAt
  if (status === state.status) return isLater ? { ...state, statusAt: at } : null
  return isLater || status === 'LIVE' ? moved(state, status, at) : null
}

import type { ClipRow } from '../modules/streaming/clip.store.ts'
import { rowUuid, unit } from './random.ts'

/** One item of `POST /ingest/stream_events`, as the demo's media server tells it of a clip or a recording. */
export type MediaEvent = {
  readonly event_id: string
  /** Unix milliseconds. */
  readonly time: number
  readonly internal_name: string
  readonly event_type: 'clip_lifecycle' | 'recording_lifecycle'
  readonly status: string
  readonly clip_id?: string
  readonly recording_id?: string
  readonly progress?: number
  readonly size_bytes?: number
  readonly path?: string
  readonly message?: string
}

const SEED = 7
const WAITS_MS = 6_000
const TAKES_MS = 20_000
/** Progress is told in so many steps. */
const STEPS = 5
const RECORDING_MS = 1_800_000
/** Of 3 megabits a second. */
const BYTES_A_MS = 375
/** One clip of about seven fails, in this step. */
const FAILS = 0.15
const FAILS_AT = 2

type Clip = Pick<ClipRow, 'id' | 'createdAt' | 'progress' | 'durationMs' | 'status'>
type Recording = { readonly id: string; readonly startedAt: Date }

const chanceOf = (id: string): number => unit(SEED, Number.parseInt(id.slice(-8), 16))

/**
 * What the media server has to tell of a clip at `nowMs`, of how far it is since it was asked for; undefined when that is known. The
 * same stage told again is the same event.
 */
export const clipStageAt = (clip: Clip, internalName: string, nowMs: number): MediaEvent | undefined => {
  const worked = nowMs - clip.createdAt.getTime() - WAITS_MS
  if (worked < 0) return undefined
  const step = Math.floor((worked / TAKES_MS) * STEPS)
  const failed = chanceOf(clip.id) < FAILS && step >= FAILS_AT
  const stage = failed ? 'failed' : step >= STEPS ? 'ready' : 'processing'
  const progress = stage === 'ready' ? 100 : Math.min(step, failed ? FAILS_AT : STEPS - 1) * (100 / STEPS)
  if (stage === 'processing' && clip.status === 'PROCESSING' && progress <= clip.progress) return undefined
  return {
    event_id: rowUuid(SEED, 'stream_events', `${clip.id}|${stage}|${progress}`, 0),
    time: nowMs,
    internal_name: internalName,
    event_type: 'clip_lifecycle',
    status: stage,
    clip_id: clip.id,
    progress,
    ...(stage === 'ready' && {
      size_bytes: Number(clip.durationMs) * BYTES_A_MS,
      path: `clips/${clip.id}.mp4`,
    }),
    ...(stage === 'failed' && { message: 'The encoder sent no video in this time.' }),
  }
}

/** That a recording is as long as recordings get, and so is finished; undefined for one that goes on. */
export const recordingEndOf = (
  { id, startedAt }: Recording,
  internalName: string,
  nowMs: number,
): MediaEvent | undefined => {
  if (nowMs - startedAt.getTime() < RECORDING_MS) return undefined
  return {
    event_id: rowUuid(SEED, 'stream_events', `${id}|finished`, 0),
    time: nowMs,
    internal_name: internalName,
    event_type: 'recording_lifecycle',
    status: 'finished',
    recording_id: id,
    size_bytes: (nowMs - startedAt.getTime()) * BYTES_A_MS,
    path: `recordings/${id}.m3u8`,
  }
}

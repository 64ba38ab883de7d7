import { NIL_UUID } from '../../platform/ids.ts'
import type { ClipFact } from './clip.rules.ts'
import type { RecordingFact } from './recording.rules.ts'
import type { streamEvents } from './stream-events.dataset.ts'
import type { StreamFact } from './stream.rules.ts'

export type StreamEventRow = ReturnType<typeof streamEvents.toRow>

type Words<Status extends string> = Readonly<Record<string, Status>>

/** What media servers call the states, by the event's `status`. Names of the streams' servers in use. */
const onAir: Words<StreamFact['status']> = {
  live: 'LIVE',
  online: 'LIVE',
  offline: 'OFFLINE',
  ended: 'OFFLINE',
  terminated: 'OFFLINE',
}
const ofClips: Words<ClipFact['status']> = {
  requested: 'REQUESTED',
  queued: 'REQUESTED',
  processing: 'PROCESSING',
  progress: 'PROCESSING',
  ready: 'READY',
  done: 'READY',
  completed: 'READY',
  failed: 'FAILED',
}
const ofRecordings: Words<RecordingFact['status']> = {
  recording: 'RECORDING',
  started: 'RECORDING',
  finished: 'FINISHED',
  completed: 'FINISHED',
  stopped: 'FINISHED',
  failed: 'FAILED',
}
const said = <Status extends string>(words: Words<Status>, status: string): Status | undefined => {
  const word = status.toLowerCase()
  return Object.hasOwn(words, word) ? words[word] : undefined
}

/** That an encoder sends, or does not; undefined for an event that says neither. */
export const streamFactOf = ({ event_type, status, time }: StreamEventRow): StreamFact | undefined => {
  const known: Words<StreamFact['status']> = { stream_start: 'LIVE', stream_end: 'OFFLINE' }
  const told = event_type === 'stream_lifecycle_update' ? said(onAir, status) : said(known, event_type)
  return told && { status: told, at: new Date(time) }
}

/** How far a clip is; undefined for an event of no clip. */
export const clipFactOf = (row: StreamEventRow): (ClipFact & { readonly id: string }) | undefined => {
  const status = row.event_type === 'clip_lifecycle' ? said(ofClips, row.status) : undefined
  if (!status || row.clip_id === NIL_UUID) return undefined
  return {
    id: row.clip_id,
    status,
    at: new Date(row.time),
    progress: row.progress,
    ...(Number(row.size_bytes) > 0 && { sizeBytes: BigInt(row.size_bytes) }),
    ...(row.path !== '' && { storagePath: row.path }),
    ...(row.message !== '' && { failure: row.message }),
  }
}

/** How far a recording is; undefined for an event of none. */
export const recordingFactOf = (
  row: StreamEventRow,
): (RecordingFact & { readonly id: string }) | undefined => {
  const told: Words<RecordingFact['status']> = { recording_complete: 'FINISHED' }
  const status = ['recording_lifecycle', 'dvr_lifecycle'].includes(row.event_type)
    ? said(ofRecordings, row.status)
    : said(told, row.event_type)
  if (!status || row.recording_id === NIL_UUID) return undefined
  return {
    id: row.recording_id,
    status,
    at: new Date(row.time),
    sizeBytes: Number(row.size_bytes) > 0 ? BigInt(row.size_bytes) : null,
    manifestPath: row.path === '' ? null : row.path,
  }
}

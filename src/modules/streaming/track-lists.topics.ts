import { z } from 'zod'
import { defineEventTopic } from '../../platform/bus/topics.ts'

const measured = z.number().nullable()

/** A list that was stored. Null for what was not measured. */
const stored = z.object({
  eventId: z.guid(),
  time: z.iso.datetime(),
  internalName: z.string(),
  nodeName: z.string(),
  trackCount: measured,
  videoTrackCount: measured,
  audioTrackCount: measured,
  tracks: z.string(),
  width: measured,
  height: measured,
  fps: measured,
  bitrateKbps: measured,
  codec: z.string(),
  audioChannels: measured,
  audioSampleRate: measured,
  audioCodec: z.string(),
  audioBitrateKbps: measured,
  qualityTier: z.string(),
})

/** Every track list of a tenant, while somebody subscribes: about 1 MB of Redis, 33 of the longest lists. */
export const trackListStoredTopic = defineEventTopic({
  name: 'track-lists-stored',
  version: 1,
  payload: stored,
  keep: 1_000,
  watchedSeconds: 600,
})

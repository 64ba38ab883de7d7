import { live } from '../../ingest/live.ts'
import { newestOf, recent } from '../../ingest/newest.ts'
import { streamHealthSamples } from './stream-health.dataset.ts'
import type { StreamHealthSample } from './stream-health-sample.ts'
import { streamHealthTopic } from './stream-health.topics.ts'

type HealthRow = ReturnType<typeof streamHealthSamples.toRow>

const sampleOf = (row: HealthRow): StreamHealthSample => ({
  eventId: row.event_id,
  timeMs: row.time,
  internalName: row.internal_name,
  nodeId: row.node_id,
  bitrateKbps: row.bitrate_kbps ?? null,
  fps: row.fps ?? null,
  gopSize: row.gop_size ?? null,
  width: row.width ?? null,
  height: row.height ?? null,
  bufferSizeMs: row.buffer_size ?? null,
  bufferUsedMs: row.buffer_used ?? null,
  bufferState: row.buffer_state,
  packetsSent: row.packets_sent ?? null,
  packetsLost: row.packets_lost ?? null,
  packetsRetransmitted: row.packets_retransmitted ?? null,
  codec: row.codec,
  profile: row.profile,
  frameJitterMs: row.frame_jitter_ms ?? null,
  keyframeStabilityMs: row.keyframe_stability_ms ?? null,
  issues: row.issues,
  healthScore: row.health_score ?? null,
  audioCodec: row.audio_codec,
  audioChannels: row.audio_channels ?? null,
  audioSampleRate: row.audio_sample_rate ?? null,
  audioBitrateKbps: row.audio_bitrate ?? null,
})

/** Samples that were stored, as the newest of each stream; history is left out. */
export const streamHealthLive = live(streamHealthSamples, streamHealthTopic, (rows, nowMs) => {
  const newest = newestOf(recent(rows, nowMs), ({ internal_name }) => internal_name)
  return newest.size > 0 ? { samples: Array.from(newest.values(), sampleOf) } : undefined
})

import { liveFacts } from '../../ingest/live.ts'
import { trackListEvents } from './track-lists.dataset.ts'
import { trackListStoredTopic } from './track-lists.topics.ts'

/** Tells of every track list that was stored. */
export const trackListsLive = liveFacts(trackListEvents, trackListStoredTopic, (row) => ({
  eventId: row.event_id,
  time: new Date(row.time).toISOString(),
  internalName: row.internal_name,
  nodeName: row.node_id,
  trackCount: row.track_count ?? null,
  videoTrackCount: row.video_track_count ?? null,
  audioTrackCount: row.audio_track_count ?? null,
  tracks: row.track_list,
  width: row.width ?? null,
  height: row.height ?? null,
  fps: row.fps ?? null,
  bitrateKbps: row.bitrate_kbps ?? null,
  codec: row.codec,
  audioChannels: row.audio_channels ?? null,
  audioSampleRate: row.audio_sample_rate ?? null,
  audioCodec: row.audio_codec,
  audioBitrateKbps: row.audio_bitrate ?? null,
  qualityTier: row.quality_tier,
}))

import { defineMeasure } from '../../ingest/measure.ts'
import { streamEvents } from './stream-events.dataset.ts'
import { streamHealthSamples } from './stream-health.dataset.ts'
import { trackListEvents } from './track-lists.dataset.ts'

/** What alert rules can ask of streams. */
export const streamingMeasures = [
  defineMeasure(streamEvents, {
    labels: ['internal_name', 'node_id', 'event_type', 'status'],
    texts: ['message'],
    values: ['progress', 'size_bytes'],
    stepMs: 5_000,
  }),
  defineMeasure(streamHealthSamples, {
    labels: ['internal_name', 'node_id', 'buffer_state', 'codec', 'profile', 'audio_codec'],
    texts: ['issues'],
    values: [
      'bitrate_kbps',
      'fps',
      'gop_size',
      'buffer_size',
      'buffer_used',
      'packets_sent',
      'packets_lost',
      'packets_retransmitted',
      'frame_jitter_ms',
      'keyframe_stability_ms',
      'health_score',
      'audio_bitrate',
    ],
    stepMs: 10_000,
  }),
  defineMeasure(trackListEvents, {
    labels: ['internal_name', 'node_id', 'codec', 'audio_codec', 'quality_tier'],
    values: ['track_count', 'video_track_count', 'audio_track_count', 'fps', 'bitrate_kbps', 'height'],
    stepMs: 5_000,
  }),
]

import { defineDataset } from '../../ingest/dataset.ts'
import { document, number, text, thousandth, time, whole } from '../../ingest/fields.ts'
import { nameOfStream } from './stream-name.field.ts'

/** More tracks than any stream has. */
const tracks = () => whole(0, 65_535).optional()

/** Which tracks a stream has on an edge node, from an instant on. A number that is left out was not measured. */
export const trackListEvents = defineDataset({
  name: 'track_list_events',
  fields: {
    time: time(),
    internal_name: nameOfStream,
    node_id: text(128).default(''),
    track_count: tracks(),
    video_track_count: tracks(),
    audio_track_count: tracks(),
    // By the names of the tracks, as media servers tell them: what is told of a hundred.
    track_list: document({ chars: 32_768, depth: 8 }),
    // Of the first video track.
    width: whole(0, 65_535).optional(),
    height: whole(0, 65_535).optional(),
    fps: number(0, 10_000, thousandth).optional(),
    // Uncompressed 8K has 100 Gbit/s.
    bitrate_kbps: whole(0, 1_000_000_000).optional(),
    // Closed sets in practice (H264, 1080p60); the columns are LowCardinality.
    codec: text(64).default(''),
    // Of the first audio track.
    audio_channels: whole(0, 65_535).optional(),
    audio_sample_rate: whole(0, 10_000_000).optional(),
    audio_codec: text(64).default(''),
    // In kilobits a second.
    audio_bitrate: whole(0, 1_000_000_000).optional(),
    quality_tier: text(64).default(''),
  },
  // As media servers have them. Their bitrate of the sound is in bits a second, so it has no alias.
  aliases: {
    time: ['timestamp'],
    width: ['primary_width'],
    height: ['primary_height'],
    fps: ['primary_fps'],
    bitrate_kbps: ['primary_video_bitrate'],
    codec: ['primary_video_codec'],
    audio_channels: ['primary_audio_channels'],
    audio_sample_rate: ['primary_audio_sample_rate'],
    audio_codec: ['primary_audio_codec'],
  },
})

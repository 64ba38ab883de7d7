import { defineDataset } from '../../ingest/dataset.ts'
import { document, field, number, text, thousandth, time, whole } from '../../ingest/fields.ts'
import { nameOfStream } from './stream-name.field.ts'

export const bufferStates = ['FULL', 'EMPTY', 'DRY', 'RECOVER'] as const
/** As media servers send it. */
export type BufferState = (typeof bufferStates)[number]

/** Empty for unknown, also where it is sent so. */
const bufferState = field(
  'a buffer state: FULL, EMPTY, DRY or RECOVER',
  (value): BufferState | '' | undefined =>
    value === '' ? value : bufferStates.find((state) => state === value),
)

const MAX_UINT32 = 2 ** 32 - 1
/** A sample is of some seconds: a thousand billion packets in them are a mistake, and a year's sum fits into 64 bits. */
const packets = () => whole(0, 1e12).optional()

/** How well a stream comes in on an edge node, at an instant. A number that is left out was not measured. */
export const streamHealthSamples = defineDataset({
  name: 'stream_health_samples',
  fields: {
    time: time(),
    internal_name: nameOfStream,
    node_id: text(128).default(''),
    // Uncompressed 8K has 100 Gbit/s.
    bitrate_kbps: whole(0, 1_000_000_000).optional(),
    fps: number(0, 10_000, thousandth).optional(),
    gop_size: whole(0, 1_000_000).optional(),
    width: whole(0, 65_535).optional(),
    height: whole(0, 65_535).optional(),
    // Both in milliseconds.
    buffer_size: whole(0, MAX_UINT32).optional(),
    buffer_used: whole(0, MAX_UINT32).optional(),
    buffer_state: bufferState.default(''),
    packets_sent: packets(),
    packets_lost: packets(),
    packets_retransmitted: packets(),
    // Closed sets in practice (H264, High); the columns are LowCardinality.
    codec: text(64).default(''),
    profile: text(64).default(''),
    // A day: a clock that jumps is seen, and a sum stays a number.
    frame_jitter_ms: number(0, 86_400_000, thousandth).optional(),
    keyframe_stability_ms: number(0, 86_400_000, thousandth).optional(),
    issues: text(4_096).default(''),
    health_score: number(0, 100, thousandth).optional(),
    audio_codec: text(64).default(''),
    audio_channels: whole(0, 65_535).optional(),
    audio_sample_rate: whole(0, 10_000_000).optional(),
    audio_bitrate: whole(0, 1_000_000_000).optional(),
    // What a media server tells of a hundred tracks.
    track_metadata: document({ chars: 32_768, depth: 8 }),
  },
})

import { defineDataset } from '../../ingest/dataset.ts'
import { document, text, time, uint64, uuid, whole } from '../../ingest/fields.ts'
import { NIL_UUID } from '../../platform/ids.ts'
import { nameOfStream } from './stream-name.field.ts'

/**
 * What a media server tells of a stream: that its encoder sends or stops, how far a clip or a recording is, and
 * whatever else.
 */
export const streamEvents = defineDataset({
  name: 'stream_events',
  fields: {
    time: time(),
    internal_name: nameOfStream,
    node_id: text(128).default(''),
    // What moves a state is in stream-events.rules.ts; any other is kept and shown.
    event_type: text(64, 1),
    status: text(64).default(''),
    clip_id: uuid().default(NIL_UUID),
    recording_id: uuid().default(NIL_UUID),
    progress: whole(0, 100).default(0),
    // 10 TB: more than a file of a broadcast has, and sums of a day have room.
    size_bytes: uint64(10n ** 13n).default(0),
    path: text(1_024).default(''),
    message: text(2_000).default(''),
    event_data: document({ chars: 32_768, depth: 8 }),
  },
  aliases: { time: ['timestamp'] },
})

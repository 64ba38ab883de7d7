import { defineDataset } from '../../ingest/dataset.ts'
import { field, text, time, uint64, whole } from '../../ingest/fields.ts'
import { network } from '../../ingest/network.field.ts'
import { nameOfStream } from '../streaming/stream-name.field.ts'
import { connectionEventTypes } from './connection-event-type.ts'
import { country, latitude, longitude } from '../../ingest/places.fields.ts'

const eventType = field('connect or disconnect', (value) =>
  connectionEventTypes.find((type) => typeof value === 'string' && value.toLowerCase() === type),
)

/** A viewer connected to a stream or left it. */
export const connectionEvents = defineDataset({
  name: 'connection_events',
  fields: {
    time: time(),
    internal_name: nameOfStream,
    session_id: text(256).default(''),
    event_type: eventType,
    node_id: text(128).default(''),
    // A closed set in practice (hls, webrtc, ...); the column is LowCardinality.
    connector: text(64).default(''),
    address: network.default(''),
    // Browsers send about 150 characters, televisions up to twice that.
    user_agent: text(512).default(''),
    country_code: country.default('ZZ'),
    city: text(128).default(''),
    latitude: latitude.default(0),
    longitude: longitude.default(0),
    // Of a disconnect; 0 for not known. Nobody watches for a year.
    session_duration_s: whole(0, 31_536_000).default(0),
    // 10 TB: a week of 130 Mbit/s. Sums of a tenant stay far below 2^64.
    bytes_transferred: uint64(10n ** 13n).default(0),
  },
  // As media servers have them.
  aliases: {
    time: ['timestamp'],
    address: ['connection_addr'],
    session_duration_s: ['session_duration'],
  },
})

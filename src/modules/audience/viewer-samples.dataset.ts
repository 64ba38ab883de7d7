import { defineDataset } from '../../ingest/dataset.ts'
import { number, text, thousandth, time, uint64, whole } from '../../ingest/fields.ts'
import { nameOfStream } from '../streaming/stream-name.field.ts'
import { country, latitude, longitude } from '../../ingest/places.fields.ts'

/** Number of viewers of a stream on an edge node, from a country, over a connection type, at an instant. */
export const viewerSamples = defineDataset({
  name: 'viewer_samples',
  fields: {
    time: time(),
    internal_name: nameOfStream,
    node_id: text(128).default(''),
    // A closed set in practice (hls, webrtc, ...); the column is LowCardinality.
    connection_type: text(64).default(''),
    country_code: country.default('ZZ'),
    // The longest place name of the world has 85 letters.
    city: text(128).default(''),
    latitude: latitude.default(0),
    longitude: longitude.default(0),
    // More than any live stream has had. The sums over all keys of a tenant stay far below 2^53.
    viewer_count: whole(0, 100_000_000),
    // Scores whose scale is the player's own; one beyond a million is a mistake. What is left out was not measured.
    connection_quality: number(0, 1_000_000, thousandth).optional(),
    buffer_health: number(0, 1_000_000, thousandth).optional(),
    // Bits per second of all these viewers. All of the internet carries less than a petabit.
    bandwidth: uint64(10n ** 15n).optional(),
  },
  // The columns of these names have 0 for what was left out.
  columns: {
    connection_quality: 'connection_score',
    buffer_health: 'buffer_score',
    bandwidth: 'bandwidth_bps',
  },
})

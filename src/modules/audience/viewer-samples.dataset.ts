import { defineDataset } from '../../ingest/dataset.ts'
import { field, number, text, time, uint64, whole } from '../../ingest/fields.ts'
import { internalName } from '../streaming/stream.rules.ts'

/** A tenth of a degree is about 11 km: enough for a map of an audience, too little to find a home. */
const tenth = (degrees: number): number => Math.round(degrees * 10) / 10

const twoLetters = /^[a-z]{2}$/i
const country = field('two letters of ISO 3166-1, or ZZ for unknown', (value) => {
  if (value === '') return 'ZZ'
  return typeof value === 'string' && twoLetters.test(value) ? value.toUpperCase() : undefined
})

/** Nearly all names are plain, and tested a million times. */
const plain = /^[\w.+-]{1,128}$/
const nameOfStream = field('a name of 1 to 128 characters, without control and invisible ones', (value) => {
  if (typeof value !== 'string') return undefined
  return plain.test(value) ? value : internalName.safeParse(value).data
})

/** Number of viewers of a stream on an edge node, from a country, over a connection type, at an instant. */
export const viewerSamples = defineDataset({
  name: 'viewer_samples',
  fields: {
    time: time(),
    // Names become a part of every sort key and of every live message: 128 holds every name in use by far.
    internal_name: nameOfStream,
    node_id: text(128).default(''),
    // A closed set in practice (hls, webrtc, ...); the column is LowCardinality.
    connection_type: text(64).default(''),
    country_code: country.default('ZZ'),
    // The longest place name of the world has 85 letters.
    city: text(128).default(''),
    latitude: number(-90, 90, tenth).default(0),
    longitude: number(-180, 180, tenth).default(0),
    // More than any live stream has had. The sums over all keys of a tenant stay far below 2^53.
    viewer_count: whole(0, 100_000_000),
    // Scores whose scale is the player's own. Float32 holds more, a score beyond a million is a mistake.
    connection_quality: number(0, 1_000_000).default(0),
    buffer_health: number(0, 1_000_000).default(0),
    // Bits per second. All of the internet carries less than a petabit.
    bandwidth: uint64(10n ** 15n).default(0),
  },
})

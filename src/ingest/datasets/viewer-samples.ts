import { z } from 'zod'
import type { Dataset, Row } from '../dataset.ts'
import { eventId, field, number, text, time, uint64, whole } from '../fields.ts'

/** One degree's tenth is about 11 km: enough for a map of an audience, too little to find a home. */
const tenth = (degrees: number): number => Math.round(degrees * 10) / 10

const twoLetters = /^[a-z]{2}$/i
const country = field('two letters of ISO 3166-1, or ZZ for unknown', (value) => {
  if (value === '') return 'ZZ'
  return typeof value === 'string' && twoLetters.test(value) ? value.toUpperCase() : undefined
})

const schema = z.strictObject({
  event_id: eventId().optional(),
  time: time(),
  // Names become a part of every sort key and of every live message: 128 holds every name in use by far.
  internal_name: text(128, 1),
  viewer_count: whole(0, 4_294_967_295),
  node_id: text(128).default(''),
  // A closed set in practice (hls, webrtc, ...); the column is LowCardinality.
  connection_type: text(64).default(''),
  country_code: country.default('ZZ'),
  // The longest place name of the world has 85 letters.
  city: text(128).default(''),
  latitude: number(-90, 90, tenth).default(0),
  longitude: number(-180, 180, tenth).default(0),
  // Scores whose scale is the player's own. Float32 holds more, a score beyond a million is a mistake.
  connection_quality: number(0, 1_000_000).default(0),
  buffer_health: number(0, 1_000_000).default(0),
  bandwidth: uint64().default(0),
})

type ViewerSample = z.output<typeof schema>

/** The latest sample of one key: internal name, node, country, connection type, Unix ms of the sample, viewers. */
export type ViewerDigestRow = readonly [
  internalName: string,
  nodeId: string,
  countryCode: string,
  connectionType: string,
  timeMs: number,
  viewerCount: number,
]
export type ViewerDigest = readonly ViewerDigestRow[]

/** "Now" looks back 60 s; ten minutes leave room for skewed clocks and keep an import of history off the bus. */
const LIVE_HORIZON_MS = 10 * 60_000

const live = (rows: readonly Row[], nowMs: number): ViewerDigest | undefined => {
  const latest = new Map<string, ViewerDigestRow>()
  for (const row of rows) {
    const [, , timeMs, internalName, nodeId, connectionType, countryCode, , , , viewerCount] = row as [
      string,
      string,
      number,
      string,
      string,
      string,
      string,
      string,
      number,
      number,
      number,
    ]
    if (timeMs < nowMs - LIVE_HORIZON_MS) continue
    const key = JSON.stringify([internalName, nodeId, countryCode, connectionType])
    // The later of two samples of one instant wins, as the greatest ingested_at does in a query.
    if (timeMs >= (latest.get(key)?.[4] ?? 0)) {
      latest.set(key, [internalName, nodeId, countryCode, connectionType, timeMs, viewerCount])
    }
  }
  return latest.size > 0 ? [...latest.values()] : undefined
}

/** How many watch a stream on an edge node, from a country, over a connection type, at an instant. */
export const viewerSamples: Dataset<ViewerSample> = {
  name: 'viewer_samples',
  table: 'viewer_samples',
  columns: [
    'tenant_id',
    'event_id',
    'time',
    'internal_name',
    'node_id',
    'connection_type',
    'country_code',
    'city',
    'latitude',
    'longitude',
    'viewer_count',
    'connection_quality',
    'buffer_health',
    'bandwidth',
  ],
  schema,
  toLine: (tenant, item, id) =>
    JSON.stringify([
      tenant,
      id,
      item.time,
      item.internal_name,
      item.node_id,
      item.connection_type,
      item.country_code,
      item.city,
      item.latitude,
      item.longitude,
      item.viewer_count,
      item.connection_quality,
      item.buffer_health,
      item.bandwidth,
    ]),
  live,
}

import { z } from 'zod'
import type { ClickHouse, QueryOptions } from '../../platform/clickhouse/client.ts'
import { defineQuery, measured, whole } from '../../platform/clickhouse/query.ts'
import { createSampleDocuments } from '../../platform/clickhouse/sample-documents.ts'
import { p, scoped, sql, type Sql } from '../../platform/clickhouse/sql.ts'
import type { Clock } from '../../platform/clock.ts'
import { freshWindow } from '../../platform/freshness.ts'
import type { TenantId } from '../../platform/ids.ts'
import type { SampleDocuments } from '../../platform/samples.ts'
import type { StreamHealthSample } from './stream-health-sample.ts'

export const sampleColumns = sql`
  event_id, toUnixTimestamp64Milli(time) AS at, internal_name, node_id, bitrate_kbps, fps, gop_size, width, height,
  buffer_size, buffer_used, buffer_state, packets_sent, packets_lost, packets_retransmitted, codec, profile, frame_jitter_ms, keyframe_stability_ms,
  issues, health_score, audio_codec, audio_channels, audio_sample_rate, audio_bitrate`

export const sampleRow = z
  .object({
    event_id: z.string(),
    at: whole,
    internal_name: z.string(),
    node_id: z.string(),
    bitrate_kbps: measured,
    fps: measured,
    gop_size: measured,
    width: measured,
    height: measured,
    buffer_size: measured,
    buffer_used: measured,
    buffer_state: z.string(),
    packets_sent: measured,
    packets_lost: measured,
    packets_retransmitted: measured,
    codec: z.string(),
    profile: z.string(),
    frame_jitter_ms: measured,
    keyframe_stability_ms: measured,
    issues: z.string(),
    health_score: measured,
    audio_codec: z.string(),
    audio_channels: measured,
    audio_sample_rate: measured,
    audio_bitrate: measured,
  })
  .transform((row): StreamHealthSample => ({
    eventId: row.event_id,
    timeMs: row.at,
    internalName: row.internal_name,
    nodeId: row.node_id,
    bitrateKbps: row.bitrate_kbps,
    fps: row.fps,
    gopSize: row.gop_size,
    width: row.width,
    height: row.height,
    bufferSizeMs: row.buffer_size,
    bufferUsedMs: row.buffer_used,
    bufferState: row.buffer_state,
    packetsSent: row.packets_sent,
    packetsLost: row.packets_lost,
    packetsRetransmitted: row.packets_retransmitted,
    codec: row.codec,
    profile: row.profile,
    frameJitterMs: row.frame_jitter_ms,
    keyframeStabilityMs: row.keyframe_stability_ms,
    issues: row.issues,
    healthScore: row.health_score,
    audioCodec: row.audio_codec,
    audioChannels: row.audio_channels,
    audioSampleRate: row.audio_sample_rate,
    audioBitrateKbps: row.audio_bitrate,
  }))

export type StreamHealthQueries = {
  /**
   * The newest sample of each stream named that is not older than the freshness window. Throws as
   * ClickHouse.query.
   */
  currentHealth(
    tenant: TenantId,
    internalNames: readonly string[],
    options?: QueryOptions,
  ): Promise<ReadonlyMap<string, StreamHealthSample>>
  /** The same of every stream of the tenant: what a live state starts from. */
  healthSnapshot(tenant: TenantId): Promise<readonly StreamHealthSample[]>
  /** What samples say of their tracks. */
  readonly trackMetadata: SampleDocuments
}

const everyStream = sql``
const none: ReadonlyMap<string, StreamHealthSample> = new Map()

export const createStreamHealthQueries = (deps: {
  readonly clickHouse: ClickHouse
  readonly clock: Clock
}): StreamHealthQueries => {
  const newest = (tenant: TenantId, held: Sql, options?: QueryOptions) => {
    const query = defineQuery({
      name: 'streaming.currentHealth',
      tenant,
      sql: sql`
        SELECT ${sampleColumns} FROM stream_health_samples
        WHERE ${scoped(tenant, freshWindow(deps.clock.now()), { hours: true })} ${held}
        ORDER BY time DESC, UUIDToNum(event_id) DESC LIMIT 1 BY internal_name`,
      row: sampleRow,
    })
    return deps.clickHouse.query(query, options)
  }
  return {
    currentHealth: async (tenant, internalNames, options) => {
      if (internalNames.length === 0) return none
      const held = sql`AND internal_name IN (${p.texts(internalNames)})`
      const rows = await newest(tenant, held, options)
      return new Map(rows.map((row) => [row.internalName, row]))
    },
    healthSnapshot: (tenant) => newest(tenant, everyStream),
    trackMetadata: createSampleDocuments(deps.clickHouse, {
      name: 'streaming.trackMetadata',
      table: sql`stream_health_samples`,
      of: sql`internal_name`,
      document: sql`track_metadata`,
    }),
  }
}

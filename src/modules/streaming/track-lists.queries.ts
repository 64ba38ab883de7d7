import { z } from 'zod'
import type { ClickHouse } from '../../platform/clickhouse/client.ts'
import { factReadsBy, type FactReadsBy } from '../../platform/clickhouse/fact-reads.ts'
import { filterSql } from '../../platform/clickhouse/filter.ts'
import { instant, measured } from '../../platform/clickhouse/query.ts'
import { p, scoped, sql } from '../../platform/clickhouse/sql.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Filter } from '../../platform/filter-tree.ts'
import type { TimeRange } from '../../platform/time-range.ts'

export type TrackListAsk = {
  readonly filter: Filter
  readonly range: TimeRange
  /** Only the lists of these streams; of all unless given. */
  readonly internalNames?: readonly string[] | undefined
}

const listRow = z
  .object({
    event_id: z.string(),
    at: instant,
    internal_name: z.string(),
    node_id: z.string(),
    track_count: measured,
    video_track_count: measured,
    audio_track_count: measured,
    track_list: z.string(),
    width: measured,
    height: measured,
    fps: measured,
    bitrate_kbps: measured,
    codec: z.string(),
    audio_channels: measured,
    audio_sample_rate: measured,
    audio_codec: z.string(),
    audio_bitrate: measured,
    quality_tier: z.string(),
  })
  .transform((row) => ({
    eventId: row.event_id,
    time: row.at,
    internalName: row.internal_name,
    nodeName: row.node_id,
    trackCount: row.track_count,
    videoTrackCount: row.video_track_count,
    audioTrackCount: row.audio_track_count,
    /** JSON text of one object. */
    tracks: row.track_list,
    width: row.width,
    height: row.height,
    fps: row.fps,
    bitrateKbps: row.bitrate_kbps,
    codec: row.codec,
    audioChannels: row.audio_channels,
    audioSampleRate: row.audio_sample_rate,
    audioCodec: row.audio_codec,
    audioBitrateKbps: row.audio_bitrate,
    qualityTier: row.quality_tier,
  }))

export type TrackList = z.output<typeof listRow>

const columns = {
  internalName: sql`internal_name`,
  nodeName: sql`node_id`,
  codec: sql`codec`,
  qualityTier: sql`quality_tier`,
}

/** The lists of tracks that there were, of the tenant and of each of some streams by their internal names. */
export const createTrackListQueries = (deps: {
  readonly clickHouse: ClickHouse
  readonly clock: Clock
}): FactReadsBy<TrackListAsk, TrackList> =>
  factReadsBy({
    ...deps,
    name: 'streaming.trackList',
    table: 'track_list_events',
    select: sql`event_id, toUnixTimestamp64Milli(time) AS at, internal_name, node_id, track_count, video_track_count,
                audio_track_count, track_list, width, height, fps, bitrate_kbps, codec, audio_channels,
                audio_sample_rate, audio_codec, audio_bitrate, quality_tier`,
    row: listRow,
    from: sql`track_list_events`,
    where: (tenant, { filter, range, internalNames }) => {
      const always = scoped(tenant, range, { hours: true })
      const held = internalNames ? sql`${always} AND internal_name IN (${p.texts(internalNames)})` : always
      return sql`${held} AND (${filterSql(filter, columns)})`
    },
    by: sql`internal_name`,
    keyOf: ({ internalName }) => internalName,
    of: (ask, internalNames) => ({ ...ask, internalNames }),
  })

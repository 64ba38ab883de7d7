-- Track lists: which tracks a stream has on an edge node, from an instant on.
--
-- The sort key serves: WHERE tenant_id = ? AND time in a range [AND internal_name IN (?)]
--                      ORDER BY time DESC, event_id DESC LIMIT 50         (the newest page, and the pages before it)
-- and changes from one list to the next: WHERE tenant_id = ? AND internal_name IN (?) AND time in a range.
--
-- What a media server does not say is NULL: no sound and "not measured" are two answers.
CREATE TABLE IF NOT EXISTS track_list_events
(
    tenant_id UUID,
    event_id UUID CODEC(ZSTD(1)),
    time DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    internal_name String CODEC(ZSTD(1)),
    node_id LowCardinality(String),
    track_count Nullable(UInt16) CODEC(ZSTD(1)),
    video_track_count Nullable(UInt16) CODEC(ZSTD(1)),
    audio_track_count Nullable(UInt16) CODEC(ZSTD(1)),
    -- JSON text of one object: the tracks by their names.
    track_list String CODEC(ZSTD(3)),
    -- Of the first video track.
    width Nullable(UInt32) CODEC(ZSTD(1)),
    height Nullable(UInt32) CODEC(ZSTD(1)),
    fps Nullable(Decimal(18, 3)) CODEC(ZSTD(1)),
    bitrate_kbps Nullable(UInt32) CODEC(ZSTD(1)),
    codec LowCardinality(String),
    -- Of the first audio track.
    audio_channels Nullable(UInt16) CODEC(ZSTD(1)),
    audio_sample_rate Nullable(UInt32) CODEC(ZSTD(1)),
    audio_codec LowCardinality(String),
    -- Kilobits a second.
    audio_bitrate Nullable(UInt32) CODEC(ZSTD(1)),
    -- As the media server calls it, such as 1080p60; empty for none.
    quality_tier LowCardinality(String),
    ingested_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') CODEC(Delta, ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (tenant_id, toStartOfHour(time), internal_name, time)
TTL toDateTime(time) + INTERVAL 90 DAY
SETTINGS non_replicated_deduplication_window = 10000;

-- Stream health samples: how well a stream comes in on an edge node, at an instant.
--
-- The sort key serves, all of one tenant and a range of hours (long ranges go to the rollup):
--   health now        WHERE tenant_id = ? AND time > now - 60 s [AND internal_name IN (?)]
--   series, intervals WHERE tenant_id = ? AND internal_name IN (?) AND time in a range
--   issues            WHERE tenant_id = ? AND internal_name IN (?) AND issues != '' ORDER BY time DESC, event_id DESC LIMIT 50
-- The hour stands before the stream for the same reason as in viewer_samples: the last minute lies in the last few granules.
--
-- What an encoder does not say is NULL: 0 frames a second and "not measured" are two answers. Fractions are decimals, so
-- that their sums are the same in whatever order rows are added up.
CREATE TABLE IF NOT EXISTS stream_health_samples
(
    tenant_id UUID,
    event_id UUID CODEC(ZSTD(1)),
    time DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    internal_name String CODEC(ZSTD(1)),
    node_id LowCardinality(String),
    bitrate_kbps Nullable(UInt32) CODEC(ZSTD(1)),
    fps Nullable(Decimal(18, 3)) CODEC(ZSTD(1)),
    -- Frames from one keyframe to the next.
    gop_size Nullable(UInt32) CODEC(ZSTD(1)),
    width Nullable(UInt32) CODEC(ZSTD(1)),
    height Nullable(UInt32) CODEC(ZSTD(1)),
    -- Both in milliseconds.
    buffer_size Nullable(UInt32) CODEC(ZSTD(1)),
    buffer_used Nullable(UInt32) CODEC(ZSTD(1)),
    -- FULL, EMPTY, DRY, RECOVER, or empty for unknown.
    buffer_state LowCardinality(String),
    -- Since the sample before.
    packets_sent Nullable(UInt64) CODEC(ZSTD(1)),
    packets_lost Nullable(UInt64) CODEC(ZSTD(1)),
    packets_retransmitted Nullable(UInt64) CODEC(ZSTD(1)),
    codec LowCardinality(String),
    profile LowCardinality(String),
    frame_jitter_ms Nullable(Decimal(18, 3)) CODEC(ZSTD(1)),
    keyframe_stability_ms Nullable(Decimal(18, 3)) CODEC(ZSTD(1)),
    -- In words; empty for none.
    issues String CODEC(ZSTD(1)),
    -- 0 to 100.
    health_score Nullable(Decimal(18, 3)) CODEC(ZSTD(1)),
    audio_codec LowCardinality(String),
    audio_channels Nullable(UInt16) CODEC(ZSTD(1)),
    audio_sample_rate Nullable(UInt32) CODEC(ZSTD(1)),
    -- Kilobits a second.
    audio_bitrate Nullable(UInt32) CODEC(ZSTD(1)),
    -- JSON text of one object.
    track_metadata String CODEC(ZSTD(3)),
    ingested_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') CODEC(Delta, ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (tenant_id, toStartOfHour(time), internal_name, time)
TTL toDateTime(time) + INTERVAL 30 DAY
SETTINGS non_replicated_deduplication_window = 10000;

-- Per stream and five minutes. Of each measure its sum and how many samples have it, never a mean or a ratio: all that is
-- kept is a sum, a minimum or a maximum, so it doesn't matter how rows were cut into insert blocks or parts.
-- Packets are those of samples that say both how many were sent and how many were lost: one is divided by the other.
--
-- The sort key serves: WHERE tenant_id = ? AND internal_name IN (?) AND time in a range, grouped by stream and bucket.
CREATE TABLE IF NOT EXISTS stream_health_5m
(
    tenant_id UUID,
    internal_name String CODEC(ZSTD(1)),
    -- Start of the five minutes.
    time DateTime('UTC') CODEC(Delta, ZSTD(1)),
    samples SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    health_scores SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    health_score_sum SimpleAggregateFunction(sum, Decimal(38, 3)) CODEC(ZSTD(1)),
    health_score_min SimpleAggregateFunction(min, Nullable(Decimal(18, 3))) CODEC(ZSTD(1)),
    health_score_max SimpleAggregateFunction(max, Nullable(Decimal(18, 3))) CODEC(ZSTD(1)),
    bitrates SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    bitrate_sum SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    fps_count SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    fps_sum SimpleAggregateFunction(sum, Decimal(38, 3)) CODEC(ZSTD(1)),
    jitters SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    jitter_sum SimpleAggregateFunction(sum, Decimal(38, 3)) CODEC(ZSTD(1)),
    keyframe_stabilities SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    keyframe_stability_sum SimpleAggregateFunction(sum, Decimal(38, 3)) CODEC(ZSTD(1)),
    packets_sent SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    packets_lost SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    buffer_full SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    buffer_empty SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    buffer_dry SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    buffer_recover SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    -- Samples that name an issue.
    with_issues SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1))
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (tenant_id, internal_name, time)
TTL time + INTERVAL 180 DAY
SETTINGS non_replicated_deduplication_window = 10000;

CREATE MATERIALIZED VIEW IF NOT EXISTS stream_health_5m_mv TO stream_health_5m AS
SELECT
    tenant_id,
    internal_name,
    toStartOfFiveMinutes(toDateTime(raw.time, 'UTC')) AS time,
    count() AS samples,
    count(raw.health_score) AS health_scores,
    sum(ifNull(raw.health_score, 0)) AS health_score_sum,
    min(raw.health_score) AS health_score_min,
    max(raw.health_score) AS health_score_max,
    count(raw.bitrate_kbps) AS bitrates,
    sum(ifNull(raw.bitrate_kbps, 0)) AS bitrate_sum,
    count(raw.fps) AS fps_count,
    sum(ifNull(raw.fps, 0)) AS fps_sum,
    count(raw.frame_jitter_ms) AS jitters,
    sum(ifNull(raw.frame_jitter_ms, 0)) AS jitter_sum,
    count(raw.keyframe_stability_ms) AS keyframe_stabilities,
    sum(ifNull(raw.keyframe_stability_ms, 0)) AS keyframe_stability_sum,
    sum(if(isNull(raw.packets_lost), 0, ifNull(raw.packets_sent, 0))) AS packets_sent,
    sum(if(isNull(raw.packets_sent), 0, ifNull(raw.packets_lost, 0))) AS packets_lost,
    countIf(raw.buffer_state = 'FULL') AS buffer_full,
    countIf(raw.buffer_state = 'EMPTY') AS buffer_empty,
    countIf(raw.buffer_state = 'DRY') AS buffer_dry,
    countIf(raw.buffer_state = 'RECOVER') AS buffer_recover,
    countIf(raw.issues != '') AS with_issues
FROM stream_health_samples AS raw
GROUP BY tenant_id, internal_name, time;

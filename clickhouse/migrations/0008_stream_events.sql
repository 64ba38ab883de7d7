-- Events of streams: that an encoder sends or stops, how far a clip or a recording is, and what else a media server tells.
--
-- The sort key serves: WHERE tenant_id = ? AND time in a range [AND internal_name IN (?)]
--                      ORDER BY time DESC, event_id DESC LIMIT 50         (the newest page, and the pages before it)
CREATE TABLE IF NOT EXISTS stream_events
(
    tenant_id UUID,
    event_id UUID CODEC(ZSTD(1)),
    time DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    internal_name LowCardinality(String),
    node_id LowCardinality(String),
    event_type LowCardinality(String),
    -- As the media server calls it.
    status LowCardinality(String),
    -- The nil UUID for none.
    clip_id UUID CODEC(ZSTD(1)),
    recording_id UUID CODEC(ZSTD(1)),
    -- In percent.
    progress UInt8 CODEC(T64, ZSTD(1)),
    size_bytes UInt64 CODEC(T64, ZSTD(1)),
    path String CODEC(ZSTD(1)),
    message String CODEC(ZSTD(1)),
    -- JSON text of one object.
    event_data String CODEC(ZSTD(3)),
    ingested_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') CODEC(Delta, ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (tenant_id, toStartOfHour(time), internal_name, time)
TTL toDateTime(time) + INTERVAL 90 DAY
SETTINGS non_replicated_deduplication_window = 10000;

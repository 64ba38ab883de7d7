-- Connection events: a viewer connected to a stream or left it, one row each.
--
-- The sort key serves: WHERE tenant_id = ? AND time in a range [AND internal_name IN (?)]
--                      ORDER BY time DESC, event_id DESC LIMIT 50         (the newest page, and the pages before it)
-- and series whose buckets are no whole hours of UTC. The hour comes before the stream so that a page reads backwards hour by
-- hour and stops when it is full.
CREATE TABLE IF NOT EXISTS connection_events
(
    tenant_id UUID,
    event_id UUID CODEC(ZSTD(1)),
    time DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    internal_name String CODEC(ZSTD(1)),
    -- Empty for none.
    session_id String CODEC(ZSTD(1)),
    -- connect or disconnect.
    event_type LowCardinality(String),
    node_id LowCardinality(String),
    -- Protocol of the player: hls, webrtc, ...
    connector LowCardinality(String),
    -- Network of the client (/24, /48), never its address; empty for unknown.
    address String CODEC(ZSTD(1)),
    user_agent String CODEC(ZSTD(1)),
    country_code LowCardinality(String),
    city String CODEC(ZSTD(1)),
    -- In tenths of a degree.
    latitude Float32 CODEC(ZSTD(1)),
    longitude Float32 CODEC(ZSTD(1)),
    -- Of a disconnect; 0 for not known.
    session_duration_s UInt32 CODEC(T64, ZSTD(1)),
    bytes_transferred UInt64 CODEC(T64, ZSTD(1)),
    ingested_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') CODEC(Delta, ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (tenant_id, toStartOfHour(time), internal_name, time)
TTL toDateTime(time) + INTERVAL 90 DAY
SETTINGS non_replicated_deduplication_window = 10000;

-- Joins, leaves, sessions, bytes and session lengths per stream, country, connector and hour. Sessions are a state that is
-- merged: those of a day are not the sum of those of its hours. Of the mean length both parts are kept, and it is divided
-- when it is asked for.
-- The sort key serves: WHERE tenant_id = ? [AND internal_name IN (?)] AND time in a range, grouped by stream, country, connector
-- or step.
CREATE TABLE IF NOT EXISTS connections_1h
(
    tenant_id UUID,
    internal_name String CODEC(ZSTD(1)),
    country_code LowCardinality(String),
    connector LowCardinality(String),
    -- Start of the bucket.
    time DateTime('UTC') CODEC(Delta, ZSTD(1)),
    joins SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    leaves SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    -- Of the events that have a session.
    sessions AggregateFunction(uniqCombined64If, String, UInt8),
    bytes SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    session_seconds SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    -- Leaves whose session has a known length.
    timed_sessions SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1))
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (tenant_id, internal_name, country_code, connector, time)
TTL time + INTERVAL 365 DAY
SETTINGS non_replicated_deduplication_window = 10000;

CREATE MATERIALIZED VIEW IF NOT EXISTS connections_1h_mv TO connections_1h AS
SELECT
    tenant_id,
    internal_name,
    country_code,
    connector,
    toStartOfHour(toDateTime(rows.time, 'UTC')) AS time,
    countIf(event_type = 'connect') AS joins,
    countIf(event_type = 'disconnect') AS leaves,
    uniqCombined64IfState(session_id, session_id != '') AS sessions,
    sum(bytes_transferred) AS bytes,
    sumIf(session_duration_s, event_type = 'disconnect') AS session_seconds,
    countIf(event_type = 'disconnect' AND session_duration_s > 0) AS timed_sessions
FROM connection_events AS rows
GROUP BY tenant_id, internal_name, country_code, connector, time;

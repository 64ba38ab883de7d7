-- Viewer samples: how many watch a stream on an edge node, from a country, over a connection type, at an instant.
--
-- The sort key serves these two queries, both of one tenant and a short range (long ranges go to the rollup):
--   viewers now      WHERE tenant_id = ? AND time > now - 60 s                    (all streams)
--   series by stream WHERE tenant_id = ? AND internal_name IN (?) AND time in a range, step below 5 minutes
-- The hour stands before the stream: sorted by stream first, the last minute of ten thousand small streams would lie
-- in every granule of the month; sorted by hour first, it lies in the last few. A series reads one run an hour.
CREATE TABLE IF NOT EXISTS viewer_samples
(
    tenant_id UUID,
    -- Made by the producer or by ingest; names the row in the insert's deduplication token.
    event_id UUID CODEC(ZSTD(1)),
    time DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    internal_name String CODEC(ZSTD(1)),
    node_id LowCardinality(String),
    connection_type LowCardinality(String),
    -- ISO 3166-1 alpha-2 in upper case, ZZ for unknown.
    country_code LowCardinality(String),
    city String CODEC(ZSTD(1)),
    -- Degrees, rounded to 0.1 before they get here.
    latitude Float32 CODEC(ZSTD(1)),
    longitude Float32 CODEC(ZSTD(1)),
    viewer_count UInt32 CODEC(T64, ZSTD(1)),
    connection_quality Float32 CODEC(ZSTD(1)),
    buffer_health Float32 CODEC(ZSTD(1)),
    -- Bits per second.
    bandwidth UInt64 CODEC(T64, ZSTD(1)),
    ingested_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') CODEC(Delta, ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (tenant_id, toStartOfHour(time), internal_name, time)
TTL toDateTime(time) + INTERVAL 90 DAY
SETTINGS non_replicated_deduplication_window = 10000;

-- Per key and five minutes: what a series with a step of five minutes or its multiples needs, minute by minute.
-- Everything kept is a sum or a maximum, so it doesn't matter how rows were cut into insert blocks or parts.
-- The maps are keyed by the minute inside the bucket, 0 to 4. sumMap drops a minute whose sum is 0 (all its samples said
-- 0 viewers), so minute_counts alone tells which minutes have samples.
--
-- The sort key serves: WHERE tenant_id = ? AND internal_name IN (?) AND time in a range, grouped by key and bucket.
CREATE TABLE IF NOT EXISTS viewer_samples_5m
(
    tenant_id UUID,
    internal_name String CODEC(ZSTD(1)),
    -- Start of the five minutes.
    time DateTime('UTC') CODEC(Delta, ZSTD(1)),
    country_code LowCardinality(String),
    connection_type LowCardinality(String),
    node_id LowCardinality(String),
    samples SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    minute_counts SimpleAggregateFunction(sumMap, Tuple(Array(UInt8), Array(UInt64))) CODEC(ZSTD(1)),
    minute_sums SimpleAggregateFunction(sumMap, Tuple(Array(UInt8), Array(UInt64))) CODEC(ZSTD(1)),
    minute_peaks SimpleAggregateFunction(maxMap, Tuple(Array(UInt8), Array(UInt64))) CODEC(ZSTD(1))
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (tenant_id, internal_name, time, country_code, connection_type, node_id)
TTL time + INTERVAL 180 DAY
SETTINGS non_replicated_deduplication_window = 10000;

CREATE MATERIALIZED VIEW IF NOT EXISTS viewer_samples_5m_mv TO viewer_samples_5m AS
SELECT
    tenant_id,
    internal_name,
    toStartOfFiveMinutes(toDateTime(raw.time, 'UTC')) AS time,
    country_code,
    connection_type,
    node_id,
    count() AS samples,
    sumMap([toUInt8(toMinute(raw.time) % 5)], [toUInt64(1)]) AS minute_counts,
    sumMap([toUInt8(toMinute(raw.time) % 5)], [toUInt64(viewer_count)]) AS minute_sums,
    maxMap([toUInt8(toMinute(raw.time) % 5)], [toUInt64(viewer_count)]) AS minute_peaks
FROM viewer_samples AS raw
GROUP BY tenant_id, internal_name, time, country_code, connection_type, node_id;

-- Samples of edge nodes: how much a node does and how well it is, at an instant.
--
-- The sort key serves, all of one tenant and a range of hours (long ranges go to the rollups):
--   load now          WHERE tenant_id = ? AND time > now - 60 s [AND node_id IN (?)]
--   series, intervals WHERE tenant_id = ? [AND node_id IN (?)] AND time in a range
-- The hour stands before the node for the same reason as in viewer_samples: the last minute lies in the last few granules.
--
-- What a node does not say is NULL: 0 % and "not measured" are two answers. Percentages are decimals, so that their sums
-- are the same in whatever order rows are added up.
CREATE TABLE IF NOT EXISTS node_samples
(
    tenant_id UUID,
    event_id UUID CODEC(ZSTD(1)),
    time DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    -- The slug of the node.
    node_id LowCardinality(String),
    cpu_percent Nullable(Decimal(18, 3)) CODEC(ZSTD(1)),
    memory_percent Nullable(Decimal(18, 3)) CODEC(ZSTD(1)),
    disk_percent Nullable(Decimal(18, 3)) CODEC(ZSTD(1)),
    -- In bytes.
    ram_max Nullable(UInt64) CODEC(ZSTD(1)),
    ram_current Nullable(UInt64) CODEC(ZSTD(1)),
    -- In bits a second: of the video, and of the whole network.
    bandwidth_in Nullable(UInt64) CODEC(ZSTD(1)),
    bandwidth_out Nullable(UInt64) CODEC(ZSTD(1)),
    up_speed Nullable(UInt64) CODEC(ZSTD(1)),
    down_speed Nullable(UInt64) CODEC(ZSTD(1)),
    connections_current Nullable(UInt32) CODEC(ZSTD(1)),
    stream_count Nullable(UInt32) CODEC(ZSTD(1)),
    -- 0 to 100.
    health_score Nullable(UInt8) CODEC(ZSTD(1)),
    is_healthy Nullable(Bool) CODEC(ZSTD(1)),
    -- In tenths of a degree.
    latitude Nullable(Float32) CODEC(ZSTD(1)),
    longitude Nullable(Float32) CODEC(ZSTD(1)),
    tags Array(LowCardinality(String)),
    -- JSON text of one object.
    metadata String CODEC(ZSTD(3)),
    ingested_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') CODEC(Delta, ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (tenant_id, toStartOfHour(time), node_id, time)
TTL toDateTime(time) + INTERVAL 30 DAY
SETTINGS non_replicated_deduplication_window = 10000;

-- Per node and five minutes. Of each measure how many samples have it, its sum, its least and its most, never a mean: it
-- doesn't matter how rows were cut into insert blocks or parts.
--
-- The sort key serves: WHERE tenant_id = ? [AND node_id IN (?)] AND time in a range, grouped by node and bucket.
CREATE TABLE IF NOT EXISTS node_samples_5m
(
    tenant_id UUID,
    node_id LowCardinality(String),
    -- Start of the five minutes.
    time DateTime('UTC') CODEC(Delta, ZSTD(1)),
    samples SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    cpu_count SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    cpu_sum SimpleAggregateFunction(sum, Decimal(38, 3)) CODEC(ZSTD(1)),
    cpu_min SimpleAggregateFunction(min, Nullable(Decimal(18, 3))) CODEC(ZSTD(1)),
    cpu_max SimpleAggregateFunction(max, Nullable(Decimal(18, 3))) CODEC(ZSTD(1)),
    memory_count SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    memory_sum SimpleAggregateFunction(sum, Decimal(38, 3)) CODEC(ZSTD(1)),
    memory_min SimpleAggregateFunction(min, Nullable(Decimal(18, 3))) CODEC(ZSTD(1)),
    memory_max SimpleAggregateFunction(max, Nullable(Decimal(18, 3))) CODEC(ZSTD(1)),
    disk_count SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    disk_sum SimpleAggregateFunction(sum, Decimal(38, 3)) CODEC(ZSTD(1)),
    disk_min SimpleAggregateFunction(min, Nullable(Decimal(18, 3))) CODEC(ZSTD(1)),
    disk_max SimpleAggregateFunction(max, Nullable(Decimal(18, 3))) CODEC(ZSTD(1)),
    bandwidth_in_count SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    bandwidth_in_sum SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    bandwidth_in_min SimpleAggregateFunction(min, Nullable(UInt64)) CODEC(ZSTD(1)),
    bandwidth_in_max SimpleAggregateFunction(max, Nullable(UInt64)) CODEC(ZSTD(1)),
    bandwidth_out_count SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    bandwidth_out_sum SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    bandwidth_out_min SimpleAggregateFunction(min, Nullable(UInt64)) CODEC(ZSTD(1)),
    bandwidth_out_max SimpleAggregateFunction(max, Nullable(UInt64)) CODEC(ZSTD(1)),
    connections_count SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    connections_sum SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    connections_min SimpleAggregateFunction(min, Nullable(UInt64)) CODEC(ZSTD(1)),
    connections_max SimpleAggregateFunction(max, Nullable(UInt64)) CODEC(ZSTD(1)),
    streams_count SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    streams_sum SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    streams_min SimpleAggregateFunction(min, Nullable(UInt64)) CODEC(ZSTD(1)),
    streams_max SimpleAggregateFunction(max, Nullable(UInt64)) CODEC(ZSTD(1)),
    health_score_count SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    health_score_sum SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    health_score_min SimpleAggregateFunction(min, Nullable(UInt64)) CODEC(ZSTD(1)),
    health_score_max SimpleAggregateFunction(max, Nullable(UInt64)) CODEC(ZSTD(1))
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (tenant_id, node_id, time)
TTL time + INTERVAL 180 DAY
SETTINGS non_replicated_deduplication_window = 10000;

CREATE MATERIALIZED VIEW IF NOT EXISTS node_samples_5m_mv TO node_samples_5m AS
SELECT
    tenant_id,
    node_id,
    toStartOfFiveMinutes(toDateTime(raw.time, 'UTC')) AS time,
    count() AS samples,
    count(raw.cpu_percent) AS cpu_count,
    sum(ifNull(raw.cpu_percent, 0)) AS cpu_sum,
    min(raw.cpu_percent) AS cpu_min,
    max(raw.cpu_percent) AS cpu_max,
    count(raw.memory_percent) AS memory_count,
    sum(ifNull(raw.memory_percent, 0)) AS memory_sum,
    min(raw.memory_percent) AS memory_min,
    max(raw.memory_percent) AS memory_max,
    count(raw.disk_percent) AS disk_count,
    sum(ifNull(raw.disk_percent, 0)) AS disk_sum,
    min(raw.disk_percent) AS disk_min,
    max(raw.disk_percent) AS disk_max,
    count(raw.bandwidth_in) AS bandwidth_in_count,
    sum(ifNull(raw.bandwidth_in, 0)) AS bandwidth_in_sum,
    min(raw.bandwidth_in) AS bandwidth_in_min,
    max(raw.bandwidth_in) AS bandwidth_in_max,
    count(raw.bandwidth_out) AS bandwidth_out_count,
    sum(ifNull(raw.bandwidth_out, 0)) AS bandwidth_out_sum,
    min(raw.bandwidth_out) AS bandwidth_out_min,
    max(raw.bandwidth_out) AS bandwidth_out_max,
    count(raw.connections_current) AS connections_count,
    sum(ifNull(raw.connections_current, 0)) AS connections_sum,
    min(raw.connections_current) AS connections_min,
    max(raw.connections_current) AS connections_max,
    count(raw.stream_count) AS streams_count,
    sum(ifNull(raw.stream_count, 0)) AS streams_sum,
    min(raw.stream_count) AS streams_min,
    max(raw.stream_count) AS streams_max,
    count(raw.health_score) AS health_score_count,
    sum(ifNull(raw.health_score, 0)) AS health_score_sum,
    min(raw.health_score) AS health_score_min,
    max(raw.health_score) AS health_score_max
FROM node_samples AS raw
GROUP BY tenant_id, node_id, time;

-- The same by the hour, for a year.
CREATE TABLE IF NOT EXISTS node_samples_1h
(
    tenant_id UUID,
    node_id LowCardinality(String),
    -- Start of the hour.
    time DateTime('UTC') CODEC(Delta, ZSTD(1)),
    samples SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    cpu_count SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    cpu_sum SimpleAggregateFunction(sum, Decimal(38, 3)) CODEC(ZSTD(1)),
    cpu_min SimpleAggregateFunction(min, Nullable(Decimal(18, 3))) CODEC(ZSTD(1)),
    cpu_max SimpleAggregateFunction(max, Nullable(Decimal(18, 3))) CODEC(ZSTD(1)),
    memory_count SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    memory_sum SimpleAggregateFunction(sum, Decimal(38, 3)) CODEC(ZSTD(1)),
    memory_min SimpleAggregateFunction(min, Nullable(Decimal(18, 3))) CODEC(ZSTD(1)),
    memory_max SimpleAggregateFunction(max, Nullable(Decimal(18, 3))) CODEC(ZSTD(1)),
    disk_count SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    disk_sum SimpleAggregateFunction(sum, Decimal(38, 3)) CODEC(ZSTD(1)),
    disk_min SimpleAggregateFunction(min, Nullable(Decimal(18, 3))) CODEC(ZSTD(1)),
    disk_max SimpleAggregateFunction(max, Nullable(Decimal(18, 3))) CODEC(ZSTD(1)),
    bandwidth_in_count SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    bandwidth_in_sum SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    bandwidth_in_min SimpleAggregateFunction(min, Nullable(UInt64)) CODEC(ZSTD(1)),
    bandwidth_in_max SimpleAggregateFunction(max, Nullable(UInt64)) CODEC(ZSTD(1)),
    bandwidth_out_count SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    bandwidth_out_sum SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    bandwidth_out_min SimpleAggregateFunction(min, Nullable(UInt64)) CODEC(ZSTD(1)),
    bandwidth_out_max SimpleAggregateFunction(max, Nullable(UInt64)) CODEC(ZSTD(1)),
    connections_count SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    connections_sum SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    connections_min SimpleAggregateFunction(min, Nullable(UInt64)) CODEC(ZSTD(1)),
    connections_max SimpleAggregateFunction(max, Nullable(UInt64)) CODEC(ZSTD(1)),
    streams_count SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    streams_sum SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    streams_min SimpleAggregateFunction(min, Nullable(UInt64)) CODEC(ZSTD(1)),
    streams_max SimpleAggregateFunction(max, Nullable(UInt64)) CODEC(ZSTD(1)),
    health_score_count SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    health_score_sum SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    health_score_min SimpleAggregateFunction(min, Nullable(UInt64)) CODEC(ZSTD(1)),
    health_score_max SimpleAggregateFunction(max, Nullable(UInt64)) CODEC(ZSTD(1))
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (tenant_id, node_id, time)
TTL time + INTERVAL 365 DAY
SETTINGS non_replicated_deduplication_window = 10000;

CREATE MATERIALIZED VIEW IF NOT EXISTS node_samples_1h_mv TO node_samples_1h AS
SELECT
    tenant_id,
    node_id,
    toStartOfHour(toDateTime(raw.time, 'UTC')) AS time,
    count() AS samples,
    count(raw.cpu_percent) AS cpu_count,
    sum(ifNull(raw.cpu_percent, 0)) AS cpu_sum,
    min(raw.cpu_percent) AS cpu_min,
    max(raw.cpu_percent) AS cpu_max,
    count(raw.memory_percent) AS memory_count,
    sum(ifNull(raw.memory_percent, 0)) AS memory_sum,
    min(raw.memory_percent) AS memory_min,
    max(raw.memory_percent) AS memory_max,
    count(raw.disk_percent) AS disk_count,
    sum(ifNull(raw.disk_percent, 0)) AS disk_sum,
    min(raw.disk_percent) AS disk_min,
    max(raw.disk_percent) AS disk_max,
    count(raw.bandwidth_in) AS bandwidth_in_count,
    sum(ifNull(raw.bandwidth_in, 0)) AS bandwidth_in_sum,
    min(raw.bandwidth_in) AS bandwidth_in_min,
    max(raw.bandwidth_in) AS bandwidth_in_max,
    count(raw.bandwidth_out) AS bandwidth_out_count,
    sum(ifNull(raw.bandwidth_out, 0)) AS bandwidth_out_sum,
    min(raw.bandwidth_out) AS bandwidth_out_min,
    max(raw.bandwidth_out) AS bandwidth_out_max,
    count(raw.connections_current) AS connections_count,
    sum(ifNull(raw.connections_current, 0)) AS connections_sum,
    min(raw.connections_current) AS connections_min,
    max(raw.connections_current) AS connections_max,
    count(raw.stream_count) AS streams_count,
    sum(ifNull(raw.stream_count, 0)) AS streams_sum,
    min(raw.stream_count) AS streams_min,
    max(raw.stream_count) AS streams_max,
    count(raw.health_score) AS health_score_count,
    sum(ifNull(raw.health_score, 0)) AS health_score_sum,
    min(raw.health_score) AS health_score_min,
    max(raw.health_score) AS health_score_max
FROM node_samples AS raw
GROUP BY tenant_id, node_id, time;

-- Printed from a freshly migrated database by `vitest run src/platform/clickhouse/migrate.stores.test.ts --update`.
-- Do not edit: write a migration.

CREATE TABLE log_events
(
    `tenant_id` UUID,
    `event_id` UUID CODEC(ZSTD(1)),
    `time` DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
    `project_id` UUID CODEC(ZSTD(1)),
    `environment_id` UUID CODEC(ZSTD(1)),
    `service` LowCardinality(String),
    `host` LowCardinality(String),
    `level` LowCardinality(String),
    `message` String CODEC(ZSTD(1)),
    `trace_id` String CODEC(ZSTD(1)),
    `attributes` Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    `ingested_at` DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
    INDEX trace_id_bloom trace_id TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX message_folded replaceAll(caseFoldUTF8(message), 'ı', 'i') TYPE ngrambf_v1(3, 32768, 3, 0) GRANULARITY 1
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (tenant_id, toStartOfHour(time), level, service, time)
TTL toDateTime(time) + toIntervalDay(90)
SETTINGS non_replicated_deduplication_window = 10000, index_granularity = 8192;

CREATE TABLE log_levels_1m
(
    `tenant_id` UUID,
    `level` LowCardinality(String),
    `service` LowCardinality(String),
    `project_id` UUID CODEC(ZSTD(1)),
    `environment_id` UUID CODEC(ZSTD(1)),
    `host` LowCardinality(String),
    `time` DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
    `events` SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1))
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (tenant_id, level, service, project_id, environment_id, host, time)
TTL time + toIntervalDay(180)
SETTINGS non_replicated_deduplication_window = 10000, index_granularity = 8192;

CREATE MATERIALIZED VIEW log_levels_1m_mv TO log_levels_1m
(
    `tenant_id` UUID,
    `level` LowCardinality(String),
    `service` LowCardinality(String),
    `project_id` UUID,
    `environment_id` UUID,
    `host` LowCardinality(String),
    `time` DateTime('UTC'),
    `events` UInt64
)
AS SELECT
    tenant_id,
    level,
    service,
    project_id,
    environment_id,
    host,
    toStartOfMinute(toDateTime(lines.time, 'UTC')) AS time,
    count() AS events
FROM log_events AS lines
GROUP BY
    tenant_id,
    level,
    service,
    project_id,
    environment_id,
    host,
    time;

CREATE TABLE product_events
(
    `tenant_id` UUID,
    `event_id` UUID CODEC(ZSTD(1)),
    `time` DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
    `project_id` UUID CODEC(ZSTD(1)),
    `environment_id` UUID CODEC(ZSTD(1)),
    `event_type` LowCardinality(String),
    `user_id` String CODEC(ZSTD(1)),
    `session_id` String CODEC(ZSTD(1)),
    `properties` String CODEC(ZSTD(3)),
    `ingested_at` DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') CODEC(Delta(8), ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (tenant_id, toStartOfHour(time), event_type, time)
TTL toDateTime(time) + toIntervalDay(90)
SETTINGS non_replicated_deduplication_window = 10000, index_granularity = 8192;

CREATE TABLE product_events_1h
(
    `tenant_id` UUID,
    `event_type` LowCardinality(String),
    `project_id` UUID CODEC(ZSTD(1)),
    `environment_id` UUID CODEC(ZSTD(1)),
    `time` DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
    `events` SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    `users` AggregateFunction(uniqCombined64If, String, UInt8)
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (tenant_id, event_type, project_id, environment_id, time)
TTL time + toIntervalDay(365)
SETTINGS non_replicated_deduplication_window = 10000, index_granularity = 8192;

CREATE MATERIALIZED VIEW product_events_1h_mv TO product_events_1h
(
    `tenant_id` UUID,
    `event_type` LowCardinality(String),
    `project_id` UUID,
    `environment_id` UUID,
    `time` DateTime('UTC'),
    `events` UInt64,
    `users` AggregateFunction(uniqCombined64If, String, UInt8)
)
AS SELECT
    tenant_id,
    event_type,
    project_id,
    environment_id,
    toStartOfHour(toDateTime(rows.time, 'UTC')) AS time,
    count() AS events,
    uniqCombined64IfState(user_id, user_id != '') AS users
FROM product_events AS rows
GROUP BY
    tenant_id,
    event_type,
    project_id,
    environment_id,
    time;

CREATE TABLE product_events_1m
(
    `tenant_id` UUID,
    `event_type` LowCardinality(String),
    `project_id` UUID CODEC(ZSTD(1)),
    `environment_id` UUID CODEC(ZSTD(1)),
    `time` DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
    `events` SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    `users` AggregateFunction(uniqCombined64If, String, UInt8)
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (tenant_id, event_type, project_id, environment_id, time)
TTL time + toIntervalDay(180)
SETTINGS non_replicated_deduplication_window = 10000, index_granularity = 8192;

CREATE MATERIALIZED VIEW product_events_1m_mv TO product_events_1m
(
    `tenant_id` UUID,
    `event_type` LowCardinality(String),
    `project_id` UUID,
    `environment_id` UUID,
    `time` DateTime('UTC'),
    `events` UInt64,
    `users` AggregateFunction(uniqCombined64If, String, UInt8)
)
AS SELECT
    tenant_id,
    event_type,
    project_id,
    environment_id,
    toStartOfMinute(toDateTime(rows.time, 'UTC')) AS time,
    count() AS events,
    uniqCombined64IfState(user_id, user_id != '') AS users
FROM product_events AS rows
GROUP BY
    tenant_id,
    event_type,
    project_id,
    environment_id,
    time;

CREATE TABLE schema_migrations
(
    `name` String,
    `checksum` String,
    `state` LowCardinality(String),
    `recorded_at` DateTime64(6, 'UTC') DEFAULT now64(6, 'UTC')
)
ENGINE = MergeTree
ORDER BY (name, recorded_at)
SETTINGS index_granularity = 8192;

CREATE TABLE viewer_samples
(
    `tenant_id` UUID,
    `event_id` UUID CODEC(ZSTD(1)),
    `time` DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
    `internal_name` String CODEC(ZSTD(1)),
    `node_id` LowCardinality(String),
    `connection_type` LowCardinality(String),
    `country_code` LowCardinality(String),
    `city` String CODEC(ZSTD(1)),
    `latitude` Float32 CODEC(ZSTD(1)),
    `longitude` Float32 CODEC(ZSTD(1)),
    `viewer_count` UInt32 CODEC(T64, ZSTD(1)),
    `connection_quality` Float32 CODEC(ZSTD(1)),
    `buffer_health` Float32 CODEC(ZSTD(1)),
    `bandwidth` UInt64 CODEC(T64, ZSTD(1)),
    `ingested_at` DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') CODEC(Delta(8), ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (tenant_id, toStartOfHour(time), internal_name, time)
TTL toDateTime(time) + toIntervalDay(90)
SETTINGS non_replicated_deduplication_window = 10000, index_granularity = 8192;

CREATE TABLE viewer_samples_5m
(
    `tenant_id` UUID,
    `internal_name` String CODEC(ZSTD(1)),
    `time` DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
    `country_code` LowCardinality(String),
    `connection_type` LowCardinality(String),
    `node_id` LowCardinality(String),
    `samples` SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    `minute_counts` SimpleAggregateFunction(sumMap, Tuple(
        Array(UInt8),
        Array(UInt64))) CODEC(ZSTD(1)),
    `minute_sums` SimpleAggregateFunction(sumMap, Tuple(
        Array(UInt8),
        Array(UInt64))) CODEC(ZSTD(1)),
    `minute_peaks` SimpleAggregateFunction(maxMap, Tuple(
        Array(UInt8),
        Array(UInt64))) CODEC(ZSTD(1))
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (tenant_id, internal_name, time, country_code, connection_type, node_id)
TTL time + toIntervalDay(180)
SETTINGS non_replicated_deduplication_window = 10000, index_granularity = 8192;

CREATE MATERIALIZED VIEW viewer_samples_5m_mv TO viewer_samples_5m
(
    `tenant_id` UUID,
    `internal_name` String,
    `time` DateTime('UTC'),
    `country_code` LowCardinality(String),
    `connection_type` LowCardinality(String),
    `node_id` LowCardinality(String),
    `samples` UInt64,
    `minute_counts` Tuple(
        Array(UInt8),
        Array(UInt64)),
    `minute_sums` Tuple(
        Array(UInt8),
        Array(UInt64)),
    `minute_peaks` Tuple(
        Array(UInt8),
        Array(UInt64))
)
AS SELECT
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
GROUP BY
    tenant_id,
    internal_name,
    time,
    country_code,
    connection_type,
    node_id;

-- Printed from a freshly migrated database by `vitest run src/platform/clickhouse/migrate.stores.test.ts --update`.
-- Do not edit: write a migration.

CREATE TABLE connection_events
(
    `tenant_id` UUID,
    `event_id` UUID CODEC(ZSTD(1)),
    `time` DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
    `internal_name` String CODEC(ZSTD(1)),
    `session_id` String CODEC(ZSTD(1)),
    `event_type` LowCardinality(String),
    `node_id` LowCardinality(String),
    `connector` LowCardinality(String),
    `address` String CODEC(ZSTD(1)),
    `user_agent` String CODEC(ZSTD(1)),
    `country_code` LowCardinality(String),
    `city` String CODEC(ZSTD(1)),
    `latitude` Float32 CODEC(ZSTD(1)),
    `longitude` Float32 CODEC(ZSTD(1)),
    `session_duration_s` UInt32 CODEC(T64, ZSTD(1)),
    `bytes_transferred` UInt64 CODEC(T64, ZSTD(1)),
    `ingested_at` DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') CODEC(Delta(8), ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (tenant_id, toStartOfHour(time), internal_name, time)
TTL toDateTime(time) + toIntervalDay(90)
SETTINGS non_replicated_deduplication_window = 10000, index_granularity = 8192;

CREATE TABLE connections_1h
(
    `tenant_id` UUID,
    `internal_name` String CODEC(ZSTD(1)),
    `country_code` LowCardinality(String),
    `connector` LowCardinality(String),
    `time` DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
    `joins` SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    `leaves` SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    `sessions` AggregateFunction(uniqCombined64If, String, UInt8),
    `bytes` SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    `session_seconds` SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    `timed_sessions` SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1))
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (tenant_id, internal_name, country_code, connector, time)
TTL time + toIntervalDay(365)
SETTINGS non_replicated_deduplication_window = 10000, index_granularity = 8192;

CREATE MATERIALIZED VIEW connections_1h_mv TO connections_1h
(
    `tenant_id` UUID,
    `internal_name` String,
    `country_code` LowCardinality(String),
    `connector` LowCardinality(String),
    `time` DateTime('UTC'),
    `joins` UInt64,
    `leaves` UInt64,
    `sessions` AggregateFunction(uniqCombined64If, String, UInt8),
    `bytes` UInt64,
    `session_seconds` UInt64,
    `timed_sessions` UInt64
)
AS SELECT
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
    countIf((event_type = 'disconnect') AND (session_duration_s > 0)) AS timed_sessions
FROM connection_events AS rows
GROUP BY
    tenant_id,
    internal_name,
    country_code,
    connector,
    time;

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

CREATE TABLE metric_points
(
    `tenant_id` UUID,
    `event_id` UUID CODEC(ZSTD(1)),
    `time` DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
    `project_id` UUID CODEC(ZSTD(1)),
    `environment_id` UUID CODEC(ZSTD(1)),
    `service` LowCardinality(String),
    `host` LowCardinality(String),
    `name` LowCardinality(String),
    `kind` LowCardinality(String),
    `unit` LowCardinality(String),
    `value` Float64 CODEC(ZSTD(1)),
    `labels` Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    `ingested_at` DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
    `series_id` UInt64 MATERIALIZED sipHash64(project_id, environment_id, service, host, name, mapSort(labels)) CODEC(ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (tenant_id, toStartOfHour(time), name, series_id, time)
TTL toDateTime(time) + toIntervalDay(90)
SETTINGS non_replicated_deduplication_window = 10000, index_granularity = 8192;

CREATE TABLE metric_points_10s
(
    `tenant_id` UUID,
    `name` LowCardinality(String),
    `service` LowCardinality(String),
    `host` LowCardinality(String),
    `project_id` UUID CODEC(ZSTD(1)),
    `environment_id` UUID CODEC(ZSTD(1)),
    `series_id` UInt64 CODEC(ZSTD(1)),
    `kind` LowCardinality(String),
    `unit` LowCardinality(String),
    `time` DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
    `labels` SimpleAggregateFunction(any, Map(String, String)) CODEC(ZSTD(1)),
    `points` SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    `value_sum` AggregateFunction(sumKahan, Float64),
    `value_min` SimpleAggregateFunction(min, Float64) CODEC(ZSTD(1)),
    `value_max` SimpleAggregateFunction(max, Float64) CODEC(ZSTD(1)),
    `value_last` AggregateFunction(argMax, Float64, Tuple(
        DateTime64(3, 'UTC'),
        Float64)),
    `last_time` SimpleAggregateFunction(max, DateTime64(3, 'UTC')) CODEC(Delta(8), ZSTD(1)),
    `bins` SimpleAggregateFunction(sumMap, Map(Int32, UInt64)) CODEC(ZSTD(1))
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (tenant_id, name, service, host, project_id, environment_id, series_id, kind, unit, time)
TTL time + toIntervalDay(180)
SETTINGS non_replicated_deduplication_window = 10000, index_granularity = 8192;

CREATE MATERIALIZED VIEW metric_points_10s_mv TO metric_points_10s
(
    `tenant_id` UUID,
    `name` LowCardinality(String),
    `service` LowCardinality(String),
    `host` LowCardinality(String),
    `project_id` UUID,
    `environment_id` UUID,
    `series_id` UInt64,
    `kind` LowCardinality(String),
    `unit` LowCardinality(String),
    `time` DateTime('UTC'),
    `labels` Map(String, String),
    `points` UInt64,
    `value_sum` AggregateFunction(sumKahan, Float64),
    `value_min` Float64,
    `value_max` Float64,
    `value_last` AggregateFunction(argMax, Float64, Tuple(
        DateTime64(3, 'UTC'),
        Float64)),
    `last_time` DateTime64(3, 'UTC'),
    `bins` Map(Int32, UInt64)
)
AS SELECT
    tenant_id,
    name,
    service,
    host,
    project_id,
    environment_id,
    series_id,
    kind,
    unit,
    toStartOfInterval(toDateTime(rows.time, 'UTC'), toIntervalSecond(10)) AS time,
    any(rows.labels) AS labels,
    count() AS points,
    sumKahanState(rows.value) AS value_sum,
    min(rows.value) AS value_min,
    max(rows.value) AS value_max,
    argMaxState(rows.value, (rows.time, rows.value)) AS value_last,
    max(rows.time) AS last_time,
    sumMap(if(kind = 'COUNTER', CAST(map(), 'Map(Int32, UInt64)'), map(if(rows.value = 0, 0, toInt32(sign(rows.value) * (ceil(log2(abs(rows.value)) * 32) + 40000))), toUInt64(1)))) AS bins
FROM metric_points AS rows
GROUP BY
    tenant_id,
    name,
    service,
    host,
    project_id,
    environment_id,
    series_id,
    kind,
    unit,
    time;

CREATE TABLE metric_points_1m
(
    `tenant_id` UUID,
    `name` LowCardinality(String),
    `service` LowCardinality(String),
    `host` LowCardinality(String),
    `project_id` UUID CODEC(ZSTD(1)),
    `environment_id` UUID CODEC(ZSTD(1)),
    `series_id` UInt64 CODEC(ZSTD(1)),
    `kind` LowCardinality(String),
    `unit` LowCardinality(String),
    `time` DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
    `labels` SimpleAggregateFunction(any, Map(String, String)) CODEC(ZSTD(1)),
    `points` SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    `value_sum` AggregateFunction(sumKahan, Float64),
    `value_min` SimpleAggregateFunction(min, Float64) CODEC(ZSTD(1)),
    `value_max` SimpleAggregateFunction(max, Float64) CODEC(ZSTD(1)),
    `value_last` AggregateFunction(argMax, Float64, Tuple(
        DateTime64(3, 'UTC'),
        Float64)),
    `last_time` SimpleAggregateFunction(max, DateTime64(3, 'UTC')) CODEC(Delta(8), ZSTD(1)),
    `bins` SimpleAggregateFunction(sumMap, Map(Int32, UInt64)) CODEC(ZSTD(1))
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (tenant_id, name, service, host, project_id, environment_id, series_id, kind, unit, time)
TTL time + toIntervalDay(180)
SETTINGS non_replicated_deduplication_window = 10000, index_granularity = 8192;

CREATE MATERIALIZED VIEW metric_points_1m_mv TO metric_points_1m
(
    `tenant_id` UUID,
    `name` LowCardinality(String),
    `service` LowCardinality(String),
    `host` LowCardinality(String),
    `project_id` UUID,
    `environment_id` UUID,
    `series_id` UInt64,
    `kind` LowCardinality(String),
    `unit` LowCardinality(String),
    `time` DateTime('UTC'),
    `labels` Map(String, String),
    `points` UInt64,
    `value_sum` AggregateFunction(sumKahan, Float64),
    `value_min` Float64,
    `value_max` Float64,
    `value_last` AggregateFunction(argMax, Float64, Tuple(
        DateTime64(3, 'UTC'),
        Float64)),
    `last_time` DateTime64(3, 'UTC'),
    `bins` Map(Int32, UInt64)
)
AS SELECT
    tenant_id,
    name,
    service,
    host,
    project_id,
    environment_id,
    series_id,
    kind,
    unit,
    toStartOfMinute(toDateTime(rows.time, 'UTC')) AS time,
    any(rows.labels) AS labels,
    count() AS points,
    sumKahanState(rows.value) AS value_sum,
    min(rows.value) AS value_min,
    max(rows.value) AS value_max,
    argMaxState(rows.value, (rows.time, rows.value)) AS value_last,
    max(rows.time) AS last_time,
    sumMap(if(kind = 'COUNTER', CAST(map(), 'Map(Int32, UInt64)'), map(if(rows.value = 0, 0, toInt32(sign(rows.value) * (ceil(log2(abs(rows.value)) * 32) + 40000))), toUInt64(1)))) AS bins
FROM metric_points AS rows
GROUP BY
    tenant_id,
    name,
    service,
    host,
    project_id,
    environment_id,
    series_id,
    kind,
    unit,
    time;

CREATE TABLE node_samples
(
    `tenant_id` UUID,
    `event_id` UUID CODEC(ZSTD(1)),
    `time` DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
    `node_id` LowCardinality(String),
    `cpu_percent` Nullable(Decimal(18, 3)) CODEC(ZSTD(1)),
    `memory_percent` Nullable(Decimal(18, 3)) CODEC(ZSTD(1)),
    `disk_percent` Nullable(Decimal(18, 3)) CODEC(ZSTD(1)),
    `ram_max` Nullable(UInt64) CODEC(ZSTD(1)),
    `ram_current` Nullable(UInt64) CODEC(ZSTD(1)),
    `bandwidth_in` Nullable(UInt64) CODEC(ZSTD(1)),
    `bandwidth_out` Nullable(UInt64) CODEC(ZSTD(1)),
    `up_speed` Nullable(UInt64) CODEC(ZSTD(1)),
    `down_speed` Nullable(UInt64) CODEC(ZSTD(1)),
    `connections_current` Nullable(UInt32) CODEC(ZSTD(1)),
    `stream_count` Nullable(UInt32) CODEC(ZSTD(1)),
    `health_score` Nullable(UInt8) CODEC(ZSTD(1)),
    `is_healthy` Nullable(Bool) CODEC(ZSTD(1)),
    `latitude` Nullable(Float32) CODEC(ZSTD(1)),
    `longitude` Nullable(Float32) CODEC(ZSTD(1)),
    `tags` Array(LowCardinality(String)),
    `metadata` String CODEC(ZSTD(3)),
    `ingested_at` DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') CODEC(Delta(8), ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (tenant_id, toStartOfHour(time), node_id, time)
TTL toDateTime(time) + toIntervalDay(30)
SETTINGS non_replicated_deduplication_window = 10000, index_granularity = 8192;

CREATE TABLE node_samples_1h
(
    `tenant_id` UUID,
    `node_id` LowCardinality(String),
    `time` DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
    `samples` SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    `cpu_count` SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    `cpu_sum` SimpleAggregateFunction(sum, Decimal(38, 3)) CODEC(ZSTD(1)),
    `cpu_min` SimpleAggregateFunction(min, Nullable(Decimal(18, 3))) CODEC(ZSTD(1)),
    `cpu_max` SimpleAggregateFunction(max, Nullable(Decimal(18, 3))) CODEC(ZSTD(1)),
    `memory_count` SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    `memory_sum` SimpleAggregateFunction(sum, Decimal(38, 3)) CODEC(ZSTD(1)),
    `memory_min` SimpleAggregateFunction(min, Nullable(Decimal(18, 3))) CODEC(ZSTD(1)),
    `memory_max` SimpleAggregateFunction(max, Nullable(Decimal(18, 3))) CODEC(ZSTD(1)),
    `disk_count` SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    `disk_sum` SimpleAggregateFunction(sum, Decimal(38, 3)) CODEC(ZSTD(1)),
    `disk_min` SimpleAggregateFunction(min, Nullable(Decimal(18, 3))) CODEC(ZSTD(1)),
    `disk_max` SimpleAggregateFunction(max, Nullable(Decimal(18, 3))) CODEC(ZSTD(1)),
    `bandwidth_in_count` SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    `bandwidth_in_sum` SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    `bandwidth_in_min` SimpleAggregateFunction(min, Nullable(UInt64)) CODEC(ZSTD(1)),
    `bandwidth_in_max` SimpleAggregateFunction(max, Nullable(UInt64)) CODEC(ZSTD(1)),
    `bandwidth_out_count` SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    `bandwidth_out_sum` SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    `bandwidth_out_min` SimpleAggregateFunction(min, Nullable(UInt64)) CODEC(ZSTD(1)),
    `bandwidth_out_max` SimpleAggregateFunction(max, Nullable(UInt64)) CODEC(ZSTD(1)),
    `connections_count` SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    `connections_sum` SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    `connections_min` SimpleAggregateFunction(min, Nullable(UInt64)) CODEC(ZSTD(1)),
    `connections_max` SimpleAggregateFunction(max, Nullable(UInt64)) CODEC(ZSTD(1)),
    `streams_count` SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    `streams_sum` SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    `streams_min` SimpleAggregateFunction(min, Nullable(UInt64)) CODEC(ZSTD(1)),
    `streams_max` SimpleAggregateFunction(max, Nullable(UInt64)) CODEC(ZSTD(1)),
    `health_score_count` SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    `health_score_sum` SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    `health_score_min` SimpleAggregateFunction(min, Nullable(UInt64)) CODEC(ZSTD(1)),
    `health_score_max` SimpleAggregateFunction(max, Nullable(UInt64)) CODEC(ZSTD(1))
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (tenant_id, node_id, time)
TTL time + toIntervalDay(365)
SETTINGS non_replicated_deduplication_window = 10000, index_granularity = 8192;

CREATE MATERIALIZED VIEW node_samples_1h_mv TO node_samples_1h
(
    `tenant_id` UUID,
    `node_id` LowCardinality(String),
    `time` DateTime('UTC'),
    `samples` UInt64,
    `cpu_count` UInt64,
    `cpu_sum` Decimal(38, 3),
    `cpu_min` Nullable(Decimal(18, 3)),
    `cpu_max` Nullable(Decimal(18, 3)),
    `memory_count` UInt64,
    `memory_sum` Decimal(38, 3),
    `memory_min` Nullable(Decimal(18, 3)),
    `memory_max` Nullable(Decimal(18, 3)),
    `disk_count` UInt64,
    `disk_sum` Decimal(38, 3),
    `disk_min` Nullable(Decimal(18, 3)),
    `disk_max` Nullable(Decimal(18, 3)),
    `bandwidth_in_count` UInt64,
    `bandwidth_in_sum` UInt64,
    `bandwidth_in_min` Nullable(UInt64),
    `bandwidth_in_max` Nullable(UInt64),
    `bandwidth_out_count` UInt64,
    `bandwidth_out_sum` UInt64,
    `bandwidth_out_min` Nullable(UInt64),
    `bandwidth_out_max` Nullable(UInt64),
    `connections_count` UInt64,
    `connections_sum` UInt64,
    `connections_min` Nullable(UInt32),
    `connections_max` Nullable(UInt32),
    `streams_count` UInt64,
    `streams_sum` UInt64,
    `streams_min` Nullable(UInt32),
    `streams_max` Nullable(UInt32),
    `health_score_count` UInt64,
    `health_score_sum` UInt64,
    `health_score_min` Nullable(UInt8),
    `health_score_max` Nullable(UInt8)
)
AS SELECT
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
GROUP BY
    tenant_id,
    node_id,
    time;

CREATE TABLE node_samples_5m
(
    `tenant_id` UUID,
    `node_id` LowCardinality(String),
    `time` DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
    `samples` SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    `cpu_count` SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    `cpu_sum` SimpleAggregateFunction(sum, Decimal(38, 3)) CODEC(ZSTD(1)),
    `cpu_min` SimpleAggregateFunction(min, Nullable(Decimal(18, 3))) CODEC(ZSTD(1)),
    `cpu_max` SimpleAggregateFunction(max, Nullable(Decimal(18, 3))) CODEC(ZSTD(1)),
    `memory_count` SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    `memory_sum` SimpleAggregateFunction(sum, Decimal(38, 3)) CODEC(ZSTD(1)),
    `memory_min` SimpleAggregateFunction(min, Nullable(Decimal(18, 3))) CODEC(ZSTD(1)),
    `memory_max` SimpleAggregateFunction(max, Nullable(Decimal(18, 3))) CODEC(ZSTD(1)),
    `disk_count` SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    `disk_sum` SimpleAggregateFunction(sum, Decimal(38, 3)) CODEC(ZSTD(1)),
    `disk_min` SimpleAggregateFunction(min, Nullable(Decimal(18, 3))) CODEC(ZSTD(1)),
    `disk_max` SimpleAggregateFunction(max, Nullable(Decimal(18, 3))) CODEC(ZSTD(1)),
    `bandwidth_in_count` SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    `bandwidth_in_sum` SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    `bandwidth_in_min` SimpleAggregateFunction(min, Nullable(UInt64)) CODEC(ZSTD(1)),
    `bandwidth_in_max` SimpleAggregateFunction(max, Nullable(UInt64)) CODEC(ZSTD(1)),
    `bandwidth_out_count` SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    `bandwidth_out_sum` SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    `bandwidth_out_min` SimpleAggregateFunction(min, Nullable(UInt64)) CODEC(ZSTD(1)),
    `bandwidth_out_max` SimpleAggregateFunction(max, Nullable(UInt64)) CODEC(ZSTD(1)),
    `connections_count` SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    `connections_sum` SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    `connections_min` SimpleAggregateFunction(min, Nullable(UInt64)) CODEC(ZSTD(1)),
    `connections_max` SimpleAggregateFunction(max, Nullable(UInt64)) CODEC(ZSTD(1)),
    `streams_count` SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    `streams_sum` SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    `streams_min` SimpleAggregateFunction(min, Nullable(UInt64)) CODEC(ZSTD(1)),
    `streams_max` SimpleAggregateFunction(max, Nullable(UInt64)) CODEC(ZSTD(1)),
    `health_score_count` SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    `health_score_sum` SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    `health_score_min` SimpleAggregateFunction(min, Nullable(UInt64)) CODEC(ZSTD(1)),
    `health_score_max` SimpleAggregateFunction(max, Nullable(UInt64)) CODEC(ZSTD(1))
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (tenant_id, node_id, time)
TTL time + toIntervalDay(180)
SETTINGS non_replicated_deduplication_window = 10000, index_granularity = 8192;

CREATE MATERIALIZED VIEW node_samples_5m_mv TO node_samples_5m
(
    `tenant_id` UUID,
    `node_id` LowCardinality(String),
    `time` DateTime('UTC'),
    `samples` UInt64,
    `cpu_count` UInt64,
    `cpu_sum` Decimal(38, 3),
    `cpu_min` Nullable(Decimal(18, 3)),
    `cpu_max` Nullable(Decimal(18, 3)),
    `memory_count` UInt64,
    `memory_sum` Decimal(38, 3),
    `memory_min` Nullable(Decimal(18, 3)),
    `memory_max` Nullable(Decimal(18, 3)),
    `disk_count` UInt64,
    `disk_sum` Decimal(38, 3),
    `disk_min` Nullable(Decimal(18, 3)),
    `disk_max` Nullable(Decimal(18, 3)),
    `bandwidth_in_count` UInt64,
    `bandwidth_in_sum` UInt64,
    `bandwidth_in_min` Nullable(UInt64),
    `bandwidth_in_max` Nullable(UInt64),
    `bandwidth_out_count` UInt64,
    `bandwidth_out_sum` UInt64,
    `bandwidth_out_min` Nullable(UInt64),
    `bandwidth_out_max` Nullable(UInt64),
    `connections_count` UInt64,
    `connections_sum` UInt64,
    `connections_min` Nullable(UInt32),
    `connections_max` Nullable(UInt32),
    `streams_count` UInt64,
    `streams_sum` UInt64,
    `streams_min` Nullable(UInt32),
    `streams_max` Nullable(UInt32),
    `health_score_count` UInt64,
    `health_score_sum` UInt64,
    `health_score_min` Nullable(UInt8),
    `health_score_max` Nullable(UInt8)
)
AS SELECT
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
GROUP BY
    tenant_id,
    node_id,
    time;

CREATE TABLE platform_events
(
    `tenant_id` UUID,
    `event_id` UUID CODEC(ZSTD(1)),
    `time` DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
    `project_id` UUID CODEC(ZSTD(1)),
    `environment_id` UUID CODEC(ZSTD(1)),
    `service` LowCardinality(String),
    `host` LowCardinality(String),
    `type` LowCardinality(String),
    `version` String CODEC(ZSTD(1)),
    `message` String CODEC(ZSTD(1)),
    `body` String CODEC(ZSTD(3)),
    `ingested_at` DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') CODEC(Delta(8), ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (tenant_id, toStartOfHour(time), type, service, time)
TTL toDateTime(time) + toIntervalDay(90)
SETTINGS non_replicated_deduplication_window = 10000, index_granularity = 8192;

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

CREATE TABLE routing_events
(
    `tenant_id` UUID,
    `event_id` UUID CODEC(ZSTD(1)),
    `time` DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
    `internal_name` String CODEC(ZSTD(1)),
    `selected_node` LowCardinality(String),
    `status` LowCardinality(String),
    `details` String CODEC(ZSTD(1)),
    `score` Nullable(Decimal(18, 3)) CODEC(ZSTD(1)),
    `client_address` String CODEC(ZSTD(1)),
    `client_country` LowCardinality(String),
    `client_region` LowCardinality(String),
    `client_city` String CODEC(ZSTD(1)),
    `client_latitude` Nullable(Float32) CODEC(ZSTD(1)),
    `client_longitude` Nullable(Float32) CODEC(ZSTD(1)),
    `node_latitude` Nullable(Float32) CODEC(ZSTD(1)),
    `node_longitude` Nullable(Float32) CODEC(ZSTD(1)),
    `distance_km` Nullable(Decimal(18, 3)) CODEC(ZSTD(1)),
    `node_scores` String CODEC(ZSTD(3)),
    `routing_metadata` String CODEC(ZSTD(3)),
    `ingested_at` DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') CODEC(Delta(8), ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (tenant_id, toStartOfHour(time), internal_name, time)
TTL toDateTime(time) + toIntervalDay(90)
SETTINGS non_replicated_deduplication_window = 10000, index_granularity = 8192;

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

CREATE TABLE stream_events
(
    `tenant_id` UUID,
    `event_id` UUID CODEC(ZSTD(1)),
    `time` DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
    `internal_name` LowCardinality(String),
    `node_id` LowCardinality(String),
    `event_type` LowCardinality(String),
    `status` LowCardinality(String),
    `clip_id` UUID CODEC(ZSTD(1)),
    `recording_id` UUID CODEC(ZSTD(1)),
    `progress` UInt8 CODEC(T64, ZSTD(1)),
    `size_bytes` UInt64 CODEC(T64, ZSTD(1)),
    `path` String CODEC(ZSTD(1)),
    `message` String CODEC(ZSTD(1)),
    `event_data` String CODEC(ZSTD(3)),
    `ingested_at` DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') CODEC(Delta(8), ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (tenant_id, toStartOfHour(time), internal_name, time)
TTL toDateTime(time) + toIntervalDay(90)
SETTINGS non_replicated_deduplication_window = 10000, index_granularity = 8192;

CREATE TABLE stream_health_5m
(
    `tenant_id` UUID,
    `internal_name` String CODEC(ZSTD(1)),
    `time` DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
    `samples` SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    `health_scores` SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    `health_score_sum` SimpleAggregateFunction(sum, Decimal(38, 3)) CODEC(ZSTD(1)),
    `health_score_min` SimpleAggregateFunction(min, Nullable(Decimal(18, 3))) CODEC(ZSTD(1)),
    `health_score_max` SimpleAggregateFunction(max, Nullable(Decimal(18, 3))) CODEC(ZSTD(1)),
    `bitrates` SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    `bitrate_sum` SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    `fps_count` SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    `fps_sum` SimpleAggregateFunction(sum, Decimal(38, 3)) CODEC(ZSTD(1)),
    `jitters` SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    `jitter_sum` SimpleAggregateFunction(sum, Decimal(38, 3)) CODEC(ZSTD(1)),
    `keyframe_stabilities` SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    `keyframe_stability_sum` SimpleAggregateFunction(sum, Decimal(38, 3)) CODEC(ZSTD(1)),
    `packets_sent` SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    `packets_lost` SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    `buffer_full` SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    `buffer_empty` SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    `buffer_dry` SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    `buffer_recover` SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    `with_issues` SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1))
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (tenant_id, internal_name, time)
TTL time + toIntervalDay(180)
SETTINGS non_replicated_deduplication_window = 10000, index_granularity = 8192;

CREATE MATERIALIZED VIEW stream_health_5m_mv TO stream_health_5m
(
    `tenant_id` UUID,
    `internal_name` String,
    `time` DateTime('UTC'),
    `samples` UInt64,
    `health_scores` UInt64,
    `health_score_sum` Decimal(38, 3),
    `health_score_min` Nullable(Decimal(18, 3)),
    `health_score_max` Nullable(Decimal(18, 3)),
    `bitrates` UInt64,
    `bitrate_sum` UInt64,
    `fps_count` UInt64,
    `fps_sum` Decimal(38, 3),
    `jitters` UInt64,
    `jitter_sum` Decimal(38, 3),
    `keyframe_stabilities` UInt64,
    `keyframe_stability_sum` Decimal(38, 3),
    `packets_sent` UInt64,
    `packets_lost` UInt64,
    `buffer_full` UInt64,
    `buffer_empty` UInt64,
    `buffer_dry` UInt64,
    `buffer_recover` UInt64,
    `with_issues` UInt64
)
AS SELECT
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
GROUP BY
    tenant_id,
    internal_name,
    time;

CREATE TABLE stream_health_samples
(
    `tenant_id` UUID,
    `event_id` UUID CODEC(ZSTD(1)),
    `time` DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
    `internal_name` String CODEC(ZSTD(1)),
    `node_id` LowCardinality(String),
    `bitrate_kbps` Nullable(UInt32) CODEC(ZSTD(1)),
    `fps` Nullable(Decimal(18, 3)) CODEC(ZSTD(1)),
    `gop_size` Nullable(UInt32) CODEC(ZSTD(1)),
    `width` Nullable(UInt32) CODEC(ZSTD(1)),
    `height` Nullable(UInt32) CODEC(ZSTD(1)),
    `buffer_size` Nullable(UInt32) CODEC(ZSTD(1)),
    `buffer_used` Nullable(UInt32) CODEC(ZSTD(1)),
    `buffer_state` LowCardinality(String),
    `packets_sent` Nullable(UInt64) CODEC(ZSTD(1)),
    `packets_lost` Nullable(UInt64) CODEC(ZSTD(1)),
    `packets_retransmitted` Nullable(UInt64) CODEC(ZSTD(1)),
    `codec` LowCardinality(String),
    `profile` LowCardinality(String),
    `frame_jitter_ms` Nullable(Decimal(18, 3)) CODEC(ZSTD(1)),
    `keyframe_stability_ms` Nullable(Decimal(18, 3)) CODEC(ZSTD(1)),
    `issues` String CODEC(ZSTD(1)),
    `health_score` Nullable(Decimal(18, 3)) CODEC(ZSTD(1)),
    `audio_codec` LowCardinality(String),
    `audio_channels` Nullable(UInt16) CODEC(ZSTD(1)),
    `audio_sample_rate` Nullable(UInt32) CODEC(ZSTD(1)),
    `audio_bitrate` Nullable(UInt32) CODEC(ZSTD(1)),
    `track_metadata` String CODEC(ZSTD(3)),
    `ingested_at` DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') CODEC(Delta(8), ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (tenant_id, toStartOfHour(time), internal_name, time)
TTL toDateTime(time) + toIntervalDay(30)
SETTINGS non_replicated_deduplication_window = 10000, index_granularity = 8192;

CREATE TABLE track_list_events
(
    `tenant_id` UUID,
    `event_id` UUID CODEC(ZSTD(1)),
    `time` DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
    `internal_name` String CODEC(ZSTD(1)),
    `node_id` LowCardinality(String),
    `track_count` Nullable(UInt16) CODEC(ZSTD(1)),
    `video_track_count` Nullable(UInt16) CODEC(ZSTD(1)),
    `audio_track_count` Nullable(UInt16) CODEC(ZSTD(1)),
    `track_list` String CODEC(ZSTD(3)),
    `width` Nullable(UInt32) CODEC(ZSTD(1)),
    `height` Nullable(UInt32) CODEC(ZSTD(1)),
    `fps` Nullable(Decimal(18, 3)) CODEC(ZSTD(1)),
    `bitrate_kbps` Nullable(UInt32) CODEC(ZSTD(1)),
    `codec` LowCardinality(String),
    `audio_channels` Nullable(UInt16) CODEC(ZSTD(1)),
    `audio_sample_rate` Nullable(UInt32) CODEC(ZSTD(1)),
    `audio_codec` LowCardinality(String),
    `audio_bitrate` Nullable(UInt32) CODEC(ZSTD(1)),
    `quality_tier` LowCardinality(String),
    `ingested_at` DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') CODEC(Delta(8), ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (tenant_id, toStartOfHour(time), internal_name, time)
TTL toDateTime(time) + toIntervalDay(90)
SETTINGS non_replicated_deduplication_window = 10000, index_granularity = 8192;

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
    `connection_score` Nullable(Decimal(18, 3)) DEFAULT toDecimal64(nullIf(round(toFloat64(connection_quality), 3), 0) + 0.0001, 3) CODEC(ZSTD(1)),
    `buffer_score` Nullable(Decimal(18, 3)) DEFAULT toDecimal64(nullIf(round(toFloat64(buffer_health), 3), 0) + 0.0001, 3) CODEC(ZSTD(1)),
    `bandwidth_bps` Nullable(UInt64) DEFAULT nullIf(bandwidth, 0) CODEC(ZSTD(1)),
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

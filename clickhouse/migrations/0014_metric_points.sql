-- Points of metrics, one row each: a gauge as it was read, the running total of a counter, one observation of a histogram.
--
-- The sort key serves: WHERE tenant_id = ? AND name = ? AND time in a range [AND service = ?]     (steps below ten seconds)
-- and the increases of counters at every step: of each series its points by time, which no rollup can hold (see below).
CREATE TABLE IF NOT EXISTS metric_points
(
    tenant_id UUID,
    event_id UUID CODEC(ZSTD(1)),
    time DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    -- The nil UUID for none.
    project_id UUID CODEC(ZSTD(1)),
    environment_id UUID CODEC(ZSTD(1)),
    service LowCardinality(String),
    host LowCardinality(String),
    name LowCardinality(String),
    -- GAUGE, COUNTER or HISTOGRAM.
    kind LowCardinality(String),
    -- As UCUM writes it; empty for none.
    unit LowCardinality(String),
    value Float64 CODEC(ZSTD(1)),
    labels Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    ingested_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    -- A series is a name with all that it is told apart by, in whatever order the labels were sent.
    series_id UInt64 MATERIALIZED sipHash64(project_id, environment_id, service, host, name, mapSort(labels)) CODEC(ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (tenant_id, toStartOfHour(time), name, series_id, time)
TTL toDateTime(time) + INTERVAL 90 DAY
SETTINGS non_replicated_deduplication_window = 10000;

-- Points per series and ten seconds, and per minute, counted from the Unix epoch. The sum is Kahan's, whose error doesn't
-- grow with the number of rows; the last value is that of the latest time and, of several at that time, the largest.
-- Both tables are made of the rows, and none of what they hold depends on how rows were cut into insert blocks.
--
-- bins counts points by size: the value v lies in bin ceil(32 log2 |v|) + 40000, with the sign of v, and 0 in bin 0. Those
-- are the buckets of OpenTelemetry's exponential histogram at scale 5, or a DDSketch (Masson, Rim, Lee: VLDB 2019) of relative
-- accuracy 1.1 %, in a sparse form: merging adds counts, so a percentile is the same whatever the order and from whichever
-- table. quantilesTDigest bounds no error and depends on the order; quantilesDD refuses (with the whole insert) a bucket whose
-- values are 10^30 apart or more. Counters have none: percentiles of running totals say nothing.
--
-- Increases of counters are not here. A view sees one insert block, and a row that comes late may lie between any two that
-- were there: what a reset adds depends on both of its neighbours, so a state that may be merged in any order has to keep
-- all points. deltaSumTimestamp keeps the first and the last of them, and is wrong where blocks overlap.
--
-- The sort key serves: WHERE tenant_id = ? AND name = ? [AND service = ?] AND time in a range, grouped by step and label.
CREATE TABLE IF NOT EXISTS metric_points_10s
(
    tenant_id UUID,
    name LowCardinality(String),
    service LowCardinality(String),
    host LowCardinality(String),
    project_id UUID CODEC(ZSTD(1)),
    environment_id UUID CODEC(ZSTD(1)),
    series_id UInt64 CODEC(ZSTD(1)),
    kind LowCardinality(String),
    unit LowCardinality(String),
    -- Start of the bucket.
    time DateTime('UTC') CODEC(Delta, ZSTD(1)),
    -- The same in all rows of a series.
    labels SimpleAggregateFunction(any, Map(String, String)) CODEC(ZSTD(1)),
    points SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    value_sum AggregateFunction(sumKahan, Float64),
    value_min SimpleAggregateFunction(min, Float64) CODEC(ZSTD(1)),
    value_max SimpleAggregateFunction(max, Float64) CODEC(ZSTD(1)),
    value_last AggregateFunction(argMax, Float64, Tuple(DateTime64(3, 'UTC'), Float64)),
    last_time SimpleAggregateFunction(max, DateTime64(3, 'UTC')) CODEC(Delta, ZSTD(1)),
    bins SimpleAggregateFunction(sumMap, Map(Int32, UInt64)) CODEC(ZSTD(1))
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (tenant_id, name, service, host, project_id, environment_id, series_id, kind, unit, time)
TTL time + INTERVAL 180 DAY
SETTINGS non_replicated_deduplication_window = 10000;

CREATE MATERIALIZED VIEW IF NOT EXISTS metric_points_10s_mv TO metric_points_10s AS
SELECT
    tenant_id,
    name,
    service,
    host,
    project_id,
    environment_id,
    series_id,
    kind,
    unit,
    toStartOfInterval(toDateTime(rows.time, 'UTC'), INTERVAL 10 SECOND) AS time,
    any(rows.labels) AS labels,
    count() AS points,
    sumKahanState(rows.value) AS value_sum,
    min(rows.value) AS value_min,
    max(rows.value) AS value_max,
    argMaxState(rows.value, (rows.time, rows.value)) AS value_last,
    max(rows.time) AS last_time,
    sumMap(if(kind = 'COUNTER', CAST(map(), 'Map(Int32, UInt64)'), map(if(rows.value = 0, 0, toInt32(sign(rows.value) * (ceil(log2(abs(rows.value)) * 32) + 40000))), toUInt64(1)))) AS bins
FROM metric_points AS rows
GROUP BY tenant_id, name, service, host, project_id, environment_id, series_id, kind, unit, time;

CREATE TABLE IF NOT EXISTS metric_points_1m
(
    tenant_id UUID,
    name LowCardinality(String),
    service LowCardinality(String),
    host LowCardinality(String),
    project_id UUID CODEC(ZSTD(1)),
    environment_id UUID CODEC(ZSTD(1)),
    series_id UInt64 CODEC(ZSTD(1)),
    kind LowCardinality(String),
    unit LowCardinality(String),
    -- Start of the bucket.
    time DateTime('UTC') CODEC(Delta, ZSTD(1)),
    -- The same in all rows of a series.
    labels SimpleAggregateFunction(any, Map(String, String)) CODEC(ZSTD(1)),
    points SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    value_sum AggregateFunction(sumKahan, Float64),
    value_min SimpleAggregateFunction(min, Float64) CODEC(ZSTD(1)),
    value_max SimpleAggregateFunction(max, Float64) CODEC(ZSTD(1)),
    value_last AggregateFunction(argMax, Float64, Tuple(DateTime64(3, 'UTC'), Float64)),
    last_time SimpleAggregateFunction(max, DateTime64(3, 'UTC')) CODEC(Delta, ZSTD(1)),
    bins SimpleAggregateFunction(sumMap, Map(Int32, UInt64)) CODEC(ZSTD(1))
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (tenant_id, name, service, host, project_id, environment_id, series_id, kind, unit, time)
TTL time + INTERVAL 180 DAY
SETTINGS non_replicated_deduplication_window = 10000;

CREATE MATERIALIZED VIEW IF NOT EXISTS metric_points_1m_mv TO metric_points_1m AS
SELECT
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
GROUP BY tenant_id, name, service, host, project_id, environment_id, series_id, kind, unit, time;

-- Log events, one row a line.
--
-- The sort key serves: WHERE tenant_id = ? AND time in a range [AND level IN (?)] [AND service = ?]
--                      ORDER BY time DESC, event_id DESC LIMIT 50      (the newest page, and the pages before it)
-- The hour comes before the filters so that a page reads backwards hour by hour and stops when it is full; inside an hour
-- the few levels and services lie together, so that "only FATAL" skips the rest.
CREATE TABLE IF NOT EXISTS log_events
(
    tenant_id UUID,
    event_id UUID CODEC(ZSTD(1)),
    time DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    -- The nil UUID for none.
    project_id UUID CODEC(ZSTD(1)),
    environment_id UUID CODEC(ZSTD(1)),
    service LowCardinality(String),
    host LowCardinality(String),
    -- TRACE, DEBUG, INFO, WARN, ERROR or FATAL.
    level LowCardinality(String),
    message String CODEC(ZSTD(1)),
    trace_id String CODEC(ZSTD(1)),
    attributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    ingested_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    -- "All lines of this trace", which names no time closer than the range.
    INDEX trace_id_bloom trace_id TYPE bloom_filter(0.01) GRANULARITY 1,
    -- "Lines that contain this text" in any case: a granule without all of its trigrams isn't read.
    INDEX message_trigrams lowerUTF8(message) TYPE ngrambf_v1(3, 32768, 3, 0) GRANULARITY 1
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (tenant_id, toStartOfHour(time), level, service, time)
TTL toDateTime(time) + INTERVAL 90 DAY
SETTINGS non_replicated_deduplication_window = 10000;

-- Lines per minute and level: the bars over the log page.
-- The sort key serves: WHERE tenant_id = ? [AND level IN (?)] [AND service = ?] AND time in a range, grouped by level and step.
-- Few values first; a run of one (level, service, project, environment, host) is one row a minute in order of time, so
-- a range skips the granules outside of it.
CREATE TABLE IF NOT EXISTS log_levels_1m
(
    tenant_id UUID,
    level LowCardinality(String),
    service LowCardinality(String),
    project_id UUID CODEC(ZSTD(1)),
    environment_id UUID CODEC(ZSTD(1)),
    host LowCardinality(String),
    -- Start of the minute.
    time DateTime('UTC') CODEC(Delta, ZSTD(1)),
    events SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1))
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (tenant_id, level, service, project_id, environment_id, host, time)
TTL time + INTERVAL 180 DAY
SETTINGS non_replicated_deduplication_window = 10000;

CREATE MATERIALIZED VIEW IF NOT EXISTS log_levels_1m_mv TO log_levels_1m AS
SELECT
    tenant_id,
    level,
    service,
    project_id,
    environment_id,
    host,
    toStartOfMinute(toDateTime(lines.time, 'UTC')) AS time,
    count() AS events
FROM log_events AS lines
GROUP BY tenant_id, level, service, project_id, environment_id, host, time;

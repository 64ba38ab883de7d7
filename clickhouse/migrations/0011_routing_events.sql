-- Routing decisions: to which edge node a viewer was sent, or that there was none, one row each.
--
-- The sort key serves: WHERE tenant_id = ? AND time in a range [AND internal_name or selected_node IN (?)]
--                      ORDER BY time DESC, event_id DESC LIMIT 50         (the newest page, and the pages before it)
-- and series over a range. The hour comes before the stream so that a page reads backwards hour by hour and stops when it is
-- full.
CREATE TABLE IF NOT EXISTS routing_events
(
    tenant_id UUID,
    event_id UUID CODEC(ZSTD(1)),
    time DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    internal_name String CODEC(ZSTD(1)),
    -- Empty when none was found.
    selected_node LowCardinality(String),
    -- As the router calls it; whether it succeeded is a rule of the program.
    status LowCardinality(String),
    details String CODEC(ZSTD(1)),
    score Nullable(Decimal(18, 3)) CODEC(ZSTD(1)),
    -- Network of the client (/24, /48), never its address; empty for unknown.
    client_address String CODEC(ZSTD(1)),
    client_country LowCardinality(String),
    client_region LowCardinality(String),
    client_city String CODEC(ZSTD(1)),
    -- In tenths of a degree; null for unknown.
    client_latitude Nullable(Float32) CODEC(ZSTD(1)),
    client_longitude Nullable(Float32) CODEC(ZSTD(1)),
    node_latitude Nullable(Float32) CODEC(ZSTD(1)),
    node_longitude Nullable(Float32) CODEC(ZSTD(1)),
    -- In kilometres.
    distance_km Nullable(Decimal(18, 3)) CODEC(ZSTD(1)),
    -- JSON text of one object each: scores of all nodes by their slugs; further values.
    node_scores String CODEC(ZSTD(3)),
    routing_metadata String CODEC(ZSTD(3)),
    ingested_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') CODEC(Delta, ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (tenant_id, toStartOfHour(time), internal_name, time)
TTL toDateTime(time) + INTERVAL 90 DAY
SETTINGS non_replicated_deduplication_window = 10000;

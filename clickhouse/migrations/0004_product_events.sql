-- Product events: what somebody did in a product (a page seen, a button clicked, a call made, an error met), one row each.
--
-- The sort key serves: WHERE tenant_id = ? AND time in a range [AND event_type IN (?)]
--                      ORDER BY time DESC, event_id DESC LIMIT 50         (the newest page, and the pages before it)
-- and every question that the rollups can't answer (a property, a funnel, who came back), which reads one range of one tenant.
-- The hour comes before the type so that a page reads backwards hour by hour and stops when it is full.
CREATE TABLE IF NOT EXISTS product_events
(
    tenant_id UUID,
    event_id UUID CODEC(ZSTD(1)),
    time DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    -- The nil UUID for none.
    project_id UUID CODEC(ZSTD(1)),
    environment_id UUID CODEC(ZSTD(1)),
    event_type LowCardinality(String),
    -- As the product names its users; empty for somebody who is not known.
    user_id String CODEC(ZSTD(1)),
    session_id String CODEC(ZSTD(1)),
    -- JSON text of one object, with the types of its values as they were sent.
    properties String CODEC(ZSTD(3)),
    ingested_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') CODEC(Delta, ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (tenant_id, toStartOfHour(time), event_type, time)
TTL toDateTime(time) + INTERVAL 90 DAY
SETTINGS non_replicated_deduplication_window = 10000;

-- Events and users per type and minute, hour and day. Users are a state that is merged: the users of an hour are not the sum of
-- those of its minutes. All three are made of the rows, so that none depends on when another was merged.
-- The sort key serves: WHERE tenant_id = ? [AND event_type IN (?)] AND time in a range, grouped by type and step.
CREATE TABLE IF NOT EXISTS product_events_1m
(
    tenant_id UUID,
    event_type LowCardinality(String),
    project_id UUID CODEC(ZSTD(1)),
    environment_id UUID CODEC(ZSTD(1)),
    -- Start of the bucket.
    time DateTime('UTC') CODEC(Delta, ZSTD(1)),
    events SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    -- Of those that have a user.
    users AggregateFunction(uniqCombined64If, String, UInt8)
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (tenant_id, event_type, project_id, environment_id, time)
TTL time + INTERVAL 180 DAY
SETTINGS non_replicated_deduplication_window = 10000;

CREATE MATERIALIZED VIEW IF NOT EXISTS product_events_1m_mv TO product_events_1m AS
SELECT
    tenant_id,
    event_type,
    project_id,
    environment_id,
    toStartOfMinute(toDateTime(rows.time, 'UTC')) AS time,
    count() AS events,
    uniqCombined64IfState(user_id, user_id != '') AS users
FROM product_events AS rows
GROUP BY tenant_id, event_type, project_id, environment_id, time;

CREATE TABLE IF NOT EXISTS product_events_1h
(
    tenant_id UUID,
    event_type LowCardinality(String),
    project_id UUID CODEC(ZSTD(1)),
    environment_id UUID CODEC(ZSTD(1)),
    time DateTime('UTC') CODEC(Delta, ZSTD(1)),
    events SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    users AggregateFunction(uniqCombined64If, String, UInt8)
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (tenant_id, event_type, project_id, environment_id, time)
TTL time + INTERVAL 365 DAY
SETTINGS non_replicated_deduplication_window = 10000;

CREATE MATERIALIZED VIEW IF NOT EXISTS product_events_1h_mv TO product_events_1h AS
SELECT
    tenant_id,
    event_type,
    project_id,
    environment_id,
    toStartOfHour(toDateTime(rows.time, 'UTC')) AS time,
    count() AS events,
    uniqCombined64IfState(user_id, user_id != '') AS users
FROM product_events AS rows
GROUP BY tenant_id, event_type, project_id, environment_id, time;

-- What was done to the tenant's own platform: deployments, changes of configuration and the like, one row each.
--
-- The sort key serves: WHERE tenant_id = ? AND time in a range [AND type IN (?)] [AND service = ?]
--                      ORDER BY time DESC, event_id DESC LIMIT 50         (the newest page, and the pages before it)
-- and series over a range, from the rows: they are few. The hour comes before the type so that a page reads backwards hour
-- by hour and stops when it is full.
CREATE TABLE IF NOT EXISTS platform_events
(
    tenant_id UUID,
    event_id UUID CODEC(ZSTD(1)),
    time DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    -- The nil UUID for none.
    project_id UUID CODEC(ZSTD(1)),
    environment_id UUID CODEC(ZSTD(1)),
    service LowCardinality(String),
    host LowCardinality(String),
    -- Lower-case words with dots between them: deployment, configuration.changed.
    type LowCardinality(String),
    -- Empty for none.
    version String CODEC(ZSTD(1)),
    message String CODEC(ZSTD(1)),
    -- JSON text of one object.
    body String CODEC(ZSTD(3)),
    ingested_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') CODEC(Delta, ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (tenant_id, toStartOfHour(time), type, service, time)
TTL toDateTime(time) + INTERVAL 90 DAY
SETTINGS non_replicated_deduplication_window = 10000;

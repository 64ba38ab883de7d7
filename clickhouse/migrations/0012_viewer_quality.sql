-- How well viewers were served: what was left out is NULL, which 0 is not. Scores are decimals, so that their sums are
-- the same in whatever order rows are added up.
--
-- They serve the question that reads viewer_samples by its sort key already:
--   quality  WHERE tenant_id = ? AND internal_name IN (?) AND time in a range, grouped by what samples name
--
-- The columns of before kept 0 for what was left out, and nothing tells it from a 0 that was sent: theirs counts as not
-- given. They stay for the version before, whose inserts fill the new ones by these defaults; they go with the next one.
ALTER TABLE viewer_samples
    ADD COLUMN IF NOT EXISTS connection_score Nullable(Decimal(18, 3))
        DEFAULT toDecimal64(nullIf(round(toFloat64(connection_quality), 3), 0) + 0.0001, 3) CODEC(ZSTD(1)) AFTER bandwidth,
    ADD COLUMN IF NOT EXISTS buffer_score Nullable(Decimal(18, 3))
        DEFAULT toDecimal64(nullIf(round(toFloat64(buffer_health), 3), 0) + 0.0001, 3) CODEC(ZSTD(1)) AFTER connection_score,
    -- Of all viewers of the sample together.
    ADD COLUMN IF NOT EXISTS bandwidth_bps Nullable(UInt64) DEFAULT nullIf(bandwidth, 0) CODEC(ZSTD(1)) AFTER buffer_score;

-- Streams that a tenant runs: when the status was set, so that a fact that comes late changes nothing, and whether
-- broadcasts are recorded, in place of a JSON that no version wrote or read.
--
-- Forced row-level security hides rows from an owner that is no superuser; hence NO FORCE until the end.
ALTER TABLE streams NO FORCE ROW LEVEL SECURITY;

CREATE TYPE recording_mode AS ENUM ('OFF', 'AUTOMATIC');
ALTER TABLE streams DROP COLUMN recording_config;
ALTER TABLE streams
  ADD COLUMN recording_mode recording_mode NOT NULL DEFAULT 'OFF',
  ADD COLUMN status_at TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP;

-- Two programs whose clocks disagree could end a broadcast before it began: it ended at once.
UPDATE streams SET ended_at = NULL WHERE status = 'LIVE' AND ended_at IS NOT NULL;
UPDATE streams SET ended_at = started_at WHERE ended_at < started_at;

ALTER TABLE streams
  ADD CONSTRAINT streams_live_check CHECK (status <> 'LIVE' OR ended_at IS NULL),
  ADD CONSTRAINT streams_ended_at_check CHECK (ended_at >= started_at);

-- Keys by their last use, of one stream.
CREATE INDEX stream_keys_tenant_id_stream_id_last_used_at_id_idx ON stream_keys (tenant_id, stream_id, last_used_at, id);

ALTER TABLE streams FORCE ROW LEVEL SECURITY;

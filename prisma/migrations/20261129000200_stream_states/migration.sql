-- What the newest facts say of a stream: one row each, made with its first fact (docs/adr/0019).
--
-- Asked for by its stream alone. No column that changes stands in an index, and each page keeps half of it free:
-- an update, which there are many of, then stays on its page and touches no index (HOT).
CREATE TABLE stream_states (
  tenant_id UUID NOT NULL REFERENCES tenants (id) ON DELETE CASCADE ON UPDATE CASCADE,
  stream_id UUID NOT NULL,
  -- Of the latest fact of any kind.
  last_seen_at TIMESTAMPTZ(3) NOT NULL,
  -- The newest sample of health: by its time, then by its id.
  health_at TIMESTAMPTZ(3),
  health_event_id UUID,
  health_node TEXT NOT NULL DEFAULT '',
  bitrate_kbps INTEGER,
  width INTEGER,
  height INTEGER,
  codec TEXT NOT NULL DEFAULT '',
  fps DOUBLE PRECISION,
  packets_sent BIGINT,
  packets_lost BIGINT,
  packets_retransmitted BIGINT,
  buffer_state TEXT NOT NULL DEFAULT '',
  health_score DOUBLE PRECISION,
  issues TEXT NOT NULL DEFAULT '',
  -- The newest list of tracks: by its time, then by its id.
  tracks_at TIMESTAMPTZ(3),
  tracks_event_id UUID,
  tracks_node TEXT NOT NULL DEFAULT '',
  track_count INTEGER,
  -- JSON text of one object, as it was sent: jsonb would change its numbers and refuse U+0000.
  tracks TEXT NOT NULL DEFAULT '{}',
  quality_tier TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (tenant_id, stream_id),
  FOREIGN KEY (tenant_id, stream_id) REFERENCES streams (tenant_id, id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT stream_states_health_check
    CHECK ((health_at IS NULL) = (health_event_id IS NULL) AND last_seen_at >= health_at),
  CONSTRAINT stream_states_tracks_check
    CHECK ((tracks_at IS NULL) = (tracks_event_id IS NULL) AND last_seen_at >= tracks_at)
) WITH (fillfactor = 50);

CALL tenant_wall('stream_states');

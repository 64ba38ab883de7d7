-- Recordings of streams. Lists: by start, end, length and size, of the tenant and of one stream.

CREATE TYPE recording_status AS ENUM ('RECORDING', 'FINISHED', 'FAILED');

CREATE TABLE recordings (
  id UUID PRIMARY KEY,
  tenant_id UUID NOT NULL REFERENCES tenants (id) ON DELETE CASCADE ON UPDATE CASCADE,
  stream_id UUID NOT NULL,
  status recording_status NOT NULL DEFAULT 'RECORDING',
  started_at TIMESTAMPTZ(3) NOT NULL,
  ended_at TIMESTAMPTZ(3),
  duration_ms BIGINT,
  size_bytes BIGINT,
  manifest_path TEXT,
  created_at TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  updated_at TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  deleted_at TIMESTAMPTZ(3),
  FOREIGN KEY (tenant_id, stream_id) REFERENCES streams (tenant_id, id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT recordings_ended_check CHECK ((status = 'RECORDING') = (ended_at IS NULL) AND ended_at >= started_at),
  CONSTRAINT recordings_duration_ms_check CHECK (duration_ms >= 0),
  CONSTRAINT recordings_size_bytes_check CHECK (size_bytes >= 0)
);

CREATE UNIQUE INDEX recordings_tenant_id_id_key ON recordings (tenant_id, id);
-- One runs for each stream: of two that start at once the second is refused.
CREATE UNIQUE INDEX recordings_running_key ON recordings (tenant_id, stream_id) WHERE status = 'RECORDING' AND deleted_at IS NULL;
CREATE INDEX recordings_tenant_id_started_at_id_idx ON recordings (tenant_id, started_at, id);
CREATE INDEX recordings_tenant_id_ended_at_id_idx ON recordings (tenant_id, ended_at, id);
CREATE INDEX recordings_tenant_id_duration_ms_id_idx ON recordings (tenant_id, duration_ms, id);
CREATE INDEX recordings_tenant_id_size_bytes_id_idx ON recordings (tenant_id, size_bytes, id);
CREATE INDEX recordings_tenant_id_stream_id_started_at_id_idx ON recordings (tenant_id, stream_id, started_at, id);

CALL tenant_wall('recordings');

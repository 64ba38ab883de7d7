-- Clips of streams. Lists: by the time they were asked for, their start, length and size, of the tenant and of one
-- stream.

CREATE TYPE clip_status AS ENUM ('REQUESTED', 'PROCESSING', 'READY', 'FAILED');

CREATE TABLE clips (
  id UUID PRIMARY KEY,
  tenant_id UUID NOT NULL REFERENCES tenants (id) ON DELETE CASCADE ON UPDATE CASCADE,
  stream_id UUID NOT NULL,
  title TEXT NOT NULL,
  status clip_status NOT NULL DEFAULT 'REQUESTED',
  status_at TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  progress INTEGER NOT NULL DEFAULT 0,
  failure TEXT,
  starts_at TIMESTAMPTZ(3) NOT NULL,
  duration_ms BIGINT NOT NULL,
  size_bytes BIGINT,
  storage_path TEXT,
  requested_by TEXT NOT NULL,
  retention_until TIMESTAMPTZ(3),
  created_at TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  updated_at TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  deleted_at TIMESTAMPTZ(3),
  FOREIGN KEY (tenant_id, stream_id) REFERENCES streams (tenant_id, id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT clips_progress_check CHECK (progress BETWEEN 0 AND 100 AND (status <> 'READY' OR progress = 100)),
  CONSTRAINT clips_failure_check CHECK ((status = 'FAILED') = (failure IS NOT NULL)),
  CONSTRAINT clips_duration_ms_check CHECK (duration_ms > 0),
  CONSTRAINT clips_size_bytes_check CHECK (size_bytes >= 0)
);

CREATE UNIQUE INDEX clips_tenant_id_id_key ON clips (tenant_id, id);
CREATE INDEX clips_tenant_id_created_at_id_idx ON clips (tenant_id, created_at, id);
CREATE INDEX clips_tenant_id_starts_at_id_idx ON clips (tenant_id, starts_at, id);
CREATE INDEX clips_tenant_id_duration_ms_id_idx ON clips (tenant_id, duration_ms, id);
CREATE INDEX clips_tenant_id_size_bytes_id_idx ON clips (tenant_id, size_bytes, id);
CREATE INDEX clips_tenant_id_stream_id_created_at_id_idx ON clips (tenant_id, stream_id, created_at, id);
CREATE INDEX clips_tenant_id_stream_id_starts_at_id_idx ON clips (tenant_id, stream_id, starts_at, id);
CREATE INDEX clips_tenant_id_stream_id_duration_ms_id_idx ON clips (tenant_id, stream_id, duration_ms, id);
CREATE INDEX clips_tenant_id_stream_id_size_bytes_id_idx ON clips (tenant_id, stream_id, size_bytes, id);

CALL tenant_wall('clips');
-- After the wall: Postgres makes no trigger of a whole row, such as that of updated_at, over a generated column.
ALTER TABLE clips ADD COLUMN title_folded TEXT NOT NULL GENERATED ALWAYS AS (without_case(title)) STORED;

-- Who is told when (docs/on-call.md).

CREATE TABLE on_call_schedules (
  id UUID PRIMARY KEY,
  tenant_id UUID NOT NULL REFERENCES tenants (id) ON DELETE CASCADE ON UPDATE CASCADE,
  name TEXT NOT NULL,
  timezone TEXT NOT NULL,
  starts_at TEXT NOT NULL,
  shift_ms BIGINT NOT NULL,
  participants JSONB NOT NULL,
  overrides JSONB NOT NULL DEFAULT '[]',
  version INTEGER NOT NULL DEFAULT 1,
  created_at TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  updated_at TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT on_call_schedules_name_check CHECK (char_length(name) BETWEEN 1 AND 200),
  CONSTRAINT on_call_schedules_starts_at_check CHECK (starts_at ~ '^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$'),
  CONSTRAINT on_call_schedules_shift_ms_check
    CHECK (shift_ms BETWEEN 3600000 AND 2419200000 AND shift_ms % CASE WHEN shift_ms < 86400000 THEN 3600000 ELSE 86400000 END = 0),
  CONSTRAINT on_call_schedules_participants_check CHECK (jsonb_array_length(participants) BETWEEN 1 AND 50),
  CONSTRAINT on_call_schedules_overrides_check CHECK (jsonb_array_length(overrides) <= 100)
);
CREATE UNIQUE INDEX on_call_schedules_tenant_id_id_key ON on_call_schedules (tenant_id, id);
CREATE UNIQUE INDEX on_call_schedules_tenant_id_name_key ON on_call_schedules (tenant_id, name);
CREATE INDEX on_call_schedules_tenant_id_created_at_id_idx ON on_call_schedules (tenant_id, created_at, id);
CALL tenant_wall('on_call_schedules');
ALTER TABLE on_call_schedules
  ADD COLUMN name_folded TEXT NOT NULL GENERATED ALWAYS AS (without_case(name)) STORED;

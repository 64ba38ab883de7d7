-- Who is told of which incidents, and what is remembered of that (docs/adr/0028).

-- Looked at by `position`, the older of two first. `pending` are those that have changed since what is open was held against
-- them.
CREATE TABLE notification_routes (
  id UUID PRIMARY KEY,
  tenant_id UUID NOT NULL REFERENCES tenants (id) ON DELETE CASCADE ON UPDATE CASCADE,
  name TEXT NOT NULL,
  position INTEGER NOT NULL,
  matchers JSONB NOT NULL DEFAULT '[]',
  channel_ids UUID[] DEFAULT ARRAY[]::UUID[],
  group_by TEXT[] DEFAULT ARRAY[]::TEXT[],
  group_wait_ms INTEGER NOT NULL DEFAULT 10000,
  group_interval_ms INTEGER NOT NULL DEFAULT 300000,
  repeat_interval_ms INTEGER NOT NULL DEFAULT 14400000,
  continues BOOLEAN NOT NULL DEFAULT false,
  escalation JSONB NOT NULL DEFAULT '[]',
  enabled BOOLEAN NOT NULL DEFAULT true,
  pending BOOLEAN NOT NULL DEFAULT true,
  version INTEGER NOT NULL DEFAULT 1,
  created_at TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  updated_at TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT notification_routes_name_check CHECK (char_length(name) BETWEEN 1 AND 200),
  CONSTRAINT notification_routes_position_check CHECK (position BETWEEN 0 AND 10000),
  CONSTRAINT notification_routes_group_wait_ms_check CHECK (group_wait_ms BETWEEN 0 AND 3600000),
  CONSTRAINT notification_routes_group_interval_ms_check CHECK (group_interval_ms BETWEEN 1000 AND 86400000),
  CONSTRAINT notification_routes_repeat_interval_ms_check
    CHECK (repeat_interval_ms = 0 OR repeat_interval_ms BETWEEN 60000 AND 604800000)
);
CREATE UNIQUE INDEX notification_routes_tenant_id_id_key ON notification_routes (tenant_id, id);
CREATE UNIQUE INDEX notification_routes_tenant_id_name_key ON notification_routes (tenant_id, name);
CREATE INDEX notification_routes_tenant_id_position_id_idx ON notification_routes (tenant_id, position, id);
CREATE INDEX notification_routes_tenant_id_created_at_id_idx ON notification_routes (tenant_id, created_at, id);
CREATE INDEX notification_routes_pending_idx ON notification_routes (tenant_id) WHERE pending;
CALL tenant_wall('notification_routes');
-- After the wall: Postgres makes no trigger of a whole row, such as that of updated_at, over a generated column.
ALTER TABLE notification_routes
  ADD COLUMN name_folded TEXT NOT NULL GENERATED ALWAYS AS (without_case(name)) STORED;
-- The router asks which tenants have any that are pending.
CREATE POLICY notifying ON notification_routes FOR SELECT USING (current_setting('app.notifying', true) = 'on');

CREATE TABLE silences (
  id UUID PRIMARY KEY,
  tenant_id UUID NOT NULL REFERENCES tenants (id) ON DELETE CASCADE ON UPDATE CASCADE,
  matchers JSONB NOT NULL,
  starts_at TIMESTAMPTZ(3) NOT NULL,
  ends_at TIMESTAMPTZ(3) NOT NULL,
  comment TEXT NOT NULL,
  created_by TEXT NOT NULL,
  created_at TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  updated_at TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT silences_ends_at_check CHECK (ends_at >= starts_at),
  CONSTRAINT silences_comment_check CHECK (char_length(comment) BETWEEN 1 AND 2000)
);
CREATE UNIQUE INDEX silences_tenant_id_id_key ON silences (tenant_id, id);
CREATE INDEX silences_tenant_id_starts_at_id_idx ON silences (tenant_id, starts_at, id);
CREATE INDEX silences_tenant_id_ends_at_id_idx ON silences (tenant_id, ends_at, id);
CALL tenant_wall('silences');
ALTER TABLE silences
  ADD COLUMN comment_folded TEXT NOT NULL GENERATED ALWAYS AS (without_case(comment)) STORED;

CREATE TABLE inhibitions (
  id UUID PRIMARY KEY,
  tenant_id UUID NOT NULL REFERENCES tenants (id) ON DELETE CASCADE ON UPDATE CASCADE,
  name TEXT NOT NULL,
  source_matchers JSONB NOT NULL,
  target_matchers JSONB NOT NULL,
  equal TEXT[] DEFAULT ARRAY[]::TEXT[],
  enabled BOOLEAN NOT NULL DEFAULT true,
  version INTEGER NOT NULL DEFAULT 1,
  created_at TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  updated_at TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT inhibitions_name_check CHECK (char_length(name) BETWEEN 1 AND 200)
);
CREATE UNIQUE INDEX inhibitions_tenant_id_id_key ON inhibitions (tenant_id, id);
CREATE UNIQUE INDEX inhibitions_tenant_id_name_key ON inhibitions (tenant_id, name);
CREATE INDEX inhibitions_tenant_id_created_at_id_idx ON inhibitions (tenant_id, created_at, id);
CALL tenant_wall('inhibitions');
ALTER TABLE inhibitions
  ADD COLUMN name_folded TEXT NOT NULL GENERATED ALWAYS AS (without_case(name)) STORED;

-- Of an edge node, of a stream, or of both.
CREATE TABLE maintenance_windows (
  id UUID PRIMARY KEY,
  tenant_id UUID NOT NULL REFERENCES tenants (id) ON DELETE CASCADE ON UPDATE CASCADE,
  node_id UUID,
  stream_id UUID,
  starts_at TIMESTAMPTZ(3) NOT NULL,
  ends_at TIMESTAMPTZ(3) NOT NULL,
  comment TEXT NOT NULL,
  created_by TEXT NOT NULL,
  created_at TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  updated_at TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT maintenance_windows_tenant_id_node_id_fkey FOREIGN KEY (tenant_id, node_id)
    REFERENCES edge_nodes (tenant_id, id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT maintenance_windows_tenant_id_stream_id_fkey FOREIGN KEY (tenant_id, stream_id)
    REFERENCES streams (tenant_id, id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT maintenance_windows_of_check CHECK (num_nonnulls(node_id, stream_id) >= 1),
  CONSTRAINT maintenance_windows_ends_at_check CHECK (ends_at >= starts_at),
  CONSTRAINT maintenance_windows_comment_check CHECK (char_length(comment) <= 2000)
);
CREATE UNIQUE INDEX maintenance_windows_tenant_id_id_key ON maintenance_windows (tenant_id, id);
CREATE INDEX maintenance_windows_tenant_id_starts_at_id_idx ON maintenance_windows (tenant_id, starts_at, id);
CREATE INDEX maintenance_windows_tenant_id_ends_at_id_idx ON maintenance_windows (tenant_id, ends_at, id);
CREATE INDEX maintenance_windows_tenant_id_node_id_idx ON maintenance_windows (tenant_id, node_id);
CREATE INDEX maintenance_windows_tenant_id_stream_id_idx ON maintenance_windows (tenant_id, stream_id);
CALL tenant_wall('maintenance_windows');
ALTER TABLE maintenance_windows
  ADD COLUMN comment_folded TEXT NOT NULL GENERATED ALWAYS AS (without_case(comment)) STORED;

-- Incidents that are told of together, from the first of them until all are over: what was told, and what is due when. No
-- reference to the route or the rule: who was told of a breach is told of its end, whatever became of these. `due_at` is the
-- earlier of its next flush and of the next step of its escalation.
CREATE TABLE notification_groups (
  id UUID PRIMARY KEY,
  tenant_id UUID NOT NULL REFERENCES tenants (id) ON DELETE CASCADE ON UPDATE CASCADE,
  route_id UUID,
  rule_id UUID,
  group_key TEXT NOT NULL,
  labels JSONB NOT NULL,
  dedup_key TEXT NOT NULL,
  next_flush_at TIMESTAMPTZ(3) NOT NULL,
  last_flush_at TIMESTAMPTZ(3),
  last_sent_at TIMESTAMPTZ(3),
  told_channel_ids UUID[] DEFAULT ARRAY[]::UUID[],
  escalate_at TIMESTAMPTZ(3),
  due_at TIMESTAMPTZ(3) NOT NULL,
  version INTEGER NOT NULL DEFAULT 1,
  created_at TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  updated_at TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT notification_groups_of_check CHECK (num_nonnulls(route_id, rule_id) = 1)
);
CREATE UNIQUE INDEX notification_groups_tenant_id_id_key ON notification_groups (tenant_id, id);
CREATE UNIQUE INDEX notification_groups_tenant_id_group_key_key ON notification_groups (tenant_id, group_key);
-- Which are due.
CREATE INDEX notification_groups_due_at_idx ON notification_groups (due_at);
CALL tenant_wall('notification_groups');
-- The router asks which tenants have any that are due.
CREATE POLICY notifying ON notification_groups FOR SELECT USING (current_setting('app.notifying', true) = 'on');

-- `told_at` is when it was first told that the incident fires, null for not yet; `told_severity` how grave it was when it
-- was told last; `escalation_step` how many steps of the escalation were told of it.
CREATE TABLE notification_group_members (
  tenant_id UUID NOT NULL REFERENCES tenants (id) ON DELETE CASCADE ON UPDATE CASCADE,
  group_id UUID NOT NULL,
  incident_id UUID NOT NULL,
  told_at TIMESTAMPTZ(3),
  told_severity incident_severity,
  escalation_step INTEGER NOT NULL DEFAULT 0,
  created_at TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  PRIMARY KEY (tenant_id, group_id, incident_id),
  CONSTRAINT notification_group_members_tenant_id_group_id_fkey FOREIGN KEY (tenant_id, group_id)
    REFERENCES notification_groups (tenant_id, id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT notification_group_members_tenant_id_incident_id_fkey FOREIGN KEY (tenant_id, incident_id)
    REFERENCES incidents (tenant_id, id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT notification_group_members_told_check CHECK ((told_at IS NULL) = (told_severity IS NULL)),
  CONSTRAINT notification_group_members_escalation_step_check CHECK (escalation_step >= 0)
);
CREATE INDEX notification_group_members_tenant_id_incident_id_idx ON notification_group_members (tenant_id, incident_id);
CALL tenant_wall('notification_group_members');

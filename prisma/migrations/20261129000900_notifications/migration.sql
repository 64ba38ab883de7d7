-- Channels, the messages to them, and which incidents routes have to look at (docs/adr/0027).

CREATE TYPE channel_kind AS ENUM ('WEBHOOK', 'SLACK', 'EMAIL', 'PAGERDUTY');
CREATE TYPE notification_kind AS ENUM ('FIRING', 'RESOLVED', 'TEST');
CREATE TYPE notification_status AS ENUM ('PENDING', 'DELIVERED', 'FAILED');

CREATE TABLE notification_channels (
  id UUID PRIMARY KEY,
  tenant_id UUID NOT NULL REFERENCES tenants (id) ON DELETE CASCADE ON UPDATE CASCADE,
  name TEXT NOT NULL,
  kind channel_kind NOT NULL,
  target TEXT NOT NULL,
  sealed BYTEA NOT NULL,
  subject_template TEXT,
  body_template TEXT,
  enabled BOOLEAN NOT NULL DEFAULT true,
  disabled_reason TEXT,
  version INTEGER NOT NULL DEFAULT 1,
  created_at TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  updated_at TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT notification_channels_name_check CHECK (char_length(name) BETWEEN 1 AND 200),
  CONSTRAINT notification_channels_subject_template_check CHECK (char_length(subject_template) <= 1000),
  CONSTRAINT notification_channels_body_template_check CHECK (char_length(body_template) <= 20000)
);
CREATE UNIQUE INDEX notification_channels_tenant_id_id_key ON notification_channels (tenant_id, id);
CREATE UNIQUE INDEX notification_channels_tenant_id_name_key ON notification_channels (tenant_id, name);
CREATE INDEX notification_channels_tenant_id_created_at_id_idx ON notification_channels (tenant_id, created_at, id);
CALL tenant_wall('notification_channels');
ALTER TABLE notification_channels
  ADD COLUMN name_folded TEXT NOT NULL GENERATED ALWAYS AS (without_case(name)) STORED;
-- Who sends serves all tenants.
CREATE POLICY notifying ON notification_channels
  USING (current_setting('app.notifying', true) = 'on')
  WITH CHECK (current_setting('app.notifying', true) = 'on');

CREATE TABLE notifications (
  id UUID PRIMARY KEY,
  tenant_id UUID NOT NULL REFERENCES tenants (id) ON DELETE CASCADE ON UPDATE CASCADE,
  channel_id UUID NOT NULL,
  kind notification_kind NOT NULL,
  dedup_key TEXT NOT NULL,
  message JSONB NOT NULL,
  status notification_status NOT NULL DEFAULT 'PENDING',
  attempts INTEGER NOT NULL DEFAULT 0,
  next_attempt_at TIMESTAMPTZ(3) NOT NULL,
  claimed_until TIMESTAMPTZ(3),
  last_error TEXT,
  created_at TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  ended_at TIMESTAMPTZ(3),
  CONSTRAINT notifications_channel_fkey FOREIGN KEY (tenant_id, channel_id)
    REFERENCES notification_channels (tenant_id, id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT notifications_attempts_check CHECK (attempts >= 0),
  CONSTRAINT notifications_ended_check CHECK ((status = 'PENDING') = (ended_at IS NULL))
);
CREATE UNIQUE INDEX notifications_tenant_id_id_key ON notifications (tenant_id, id);
CREATE INDEX notifications_tenant_id_created_at_id_idx ON notifications (tenant_id, created_at, id);
CREATE INDEX notifications_tenant_id_channel_id_created_at_id_idx ON notifications (tenant_id, channel_id, created_at, id);
-- What is to be sent, oldest first, and what of one breach goes before what.
CREATE INDEX notifications_pending_idx ON notifications (channel_id, dedup_key, id) WHERE status = 'PENDING';
CREATE INDEX notifications_due_idx ON notifications (next_attempt_at) WHERE status = 'PENDING';
CALL tenant_wall('notifications');
CREATE POLICY notifying ON notifications
  USING (current_setting('app.notifying', true) = 'on')
  WITH CHECK (current_setting('app.notifying', true) = 'on');

CREATE TABLE notification_attempts (
  id UUID PRIMARY KEY,
  tenant_id UUID NOT NULL REFERENCES tenants (id) ON DELETE CASCADE ON UPDATE CASCADE,
  notification_id UUID NOT NULL,
  number INTEGER NOT NULL,
  error TEXT,
  status_code INTEGER,
  duration_ms INTEGER NOT NULL,
  created_at TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT notification_attempts_notification_fkey FOREIGN KEY (tenant_id, notification_id)
    REFERENCES notifications (tenant_id, id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT notification_attempts_number_check CHECK (number >= 1),
  CONSTRAINT notification_attempts_duration_ms_check CHECK (duration_ms >= 0)
);
CREATE UNIQUE INDEX notification_attempts_tenant_id_id_key ON notification_attempts (tenant_id, id);
CREATE UNIQUE INDEX notification_attempts_tenant_id_notification_id_number_key
  ON notification_attempts (tenant_id, notification_id, number);
CALL tenant_wall('notification_attempts');
CREATE POLICY notifying ON notification_attempts
  USING (current_setting('app.notifying', true) = 'on')
  WITH CHECK (current_setting('app.notifying', true) = 'on');

-- Written in the transaction that changes an incident, removed by the one that has looked at it.
CREATE TABLE incident_signals (
  tenant_id UUID NOT NULL REFERENCES tenants (id) ON DELETE CASCADE ON UPDATE CASCADE,
  incident_id UUID NOT NULL,
  PRIMARY KEY (tenant_id, incident_id)
);
CALL tenant_wall('incident_signals');
-- Routes ask which tenants have any.
CREATE POLICY notifying ON incident_signals FOR SELECT USING (current_setting('app.notifying', true) = 'on');

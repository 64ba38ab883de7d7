-- Alert rules, the state of their series, and who evaluates them (docs/adr/0026).

CREATE TYPE alert_aggregate AS ENUM ('COUNT', 'RATE', 'SUM', 'AVG', 'MIN', 'MAX', 'LAST', 'P50', 'P90', 'P95', 'P99', 'RATIO', 'ABSENCE');
CREATE TYPE alert_operator AS ENUM ('GT', 'GTE', 'LT', 'LTE', 'EQ', 'NEQ');
CREATE TYPE alert_no_data AS ENUM ('OK', 'ALERT', 'KEEP');
CREATE TYPE alert_state AS ENUM ('OK', 'PENDING', 'FIRING', 'RECOVERING', 'NO_DATA');
CREATE TYPE alert_level AS ENUM ('WARNING', 'CRITICAL');

CREATE TABLE alert_rules (
  id UUID PRIMARY KEY,
  tenant_id UUID NOT NULL REFERENCES tenants (id) ON DELETE CASCADE ON UPDATE CASCADE,
  name TEXT NOT NULL,
  description TEXT NOT NULL DEFAULT '',
  enabled BOOLEAN NOT NULL DEFAULT true,
  dataset TEXT NOT NULL,
  aggregate alert_aggregate NOT NULL,
  field TEXT,
  filter JSONB NOT NULL DEFAULT '{}',
  out_of JSONB NOT NULL DEFAULT '{}',
  group_by TEXT[] DEFAULT ARRAY[]::TEXT[],
  operator alert_operator NOT NULL,
  threshold DOUBLE PRECISION NOT NULL,
  critical_threshold DOUBLE PRECISION,
  recovery_threshold DOUBLE PRECISION,
  window_ms INTEGER NOT NULL,
  for_ms INTEGER NOT NULL DEFAULT 0,
  keep_firing_ms INTEGER NOT NULL DEFAULT 0,
  reopen_ms INTEGER NOT NULL DEFAULT 600000,
  delay_ms INTEGER,
  min_samples INTEGER NOT NULL DEFAULT 1,
  no_data alert_no_data NOT NULL DEFAULT 'OK',
  severity incident_severity NOT NULL DEFAULT 'MEDIUM',
  critical_severity incident_severity NOT NULL DEFAULT 'CRITICAL',
  labels JSONB NOT NULL DEFAULT '{}',
  annotations JSONB NOT NULL DEFAULT '{}',
  channels TEXT[] DEFAULT ARRAY[]::TEXT[],
  version INTEGER NOT NULL DEFAULT 1,
  error TEXT,
  error_at TIMESTAMPTZ(3),
  created_at TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  updated_at TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT alert_rules_name_check CHECK (char_length(name) BETWEEN 1 AND 200),
  CONSTRAINT alert_rules_window_ms_check CHECK (window_ms BETWEEN 1000 AND 86400000 AND window_ms % 1000 = 0),
  CONSTRAINT alert_rules_for_ms_check CHECK (for_ms BETWEEN 0 AND 86400000),
  CONSTRAINT alert_rules_keep_firing_ms_check CHECK (keep_firing_ms BETWEEN 0 AND 86400000),
  CONSTRAINT alert_rules_reopen_ms_check CHECK (reopen_ms BETWEEN 0 AND 604800000),
  CONSTRAINT alert_rules_delay_ms_check CHECK (delay_ms BETWEEN 0 AND 3600000),
  CONSTRAINT alert_rules_min_samples_check CHECK (min_samples >= 1)
);

CREATE UNIQUE INDEX alert_rules_tenant_id_id_key ON alert_rules (tenant_id, id);
CREATE UNIQUE INDEX alert_rules_tenant_id_name_key ON alert_rules (tenant_id, name);
CREATE INDEX alert_rules_tenant_id_created_at_id_idx ON alert_rules (tenant_id, created_at, id);

CALL tenant_wall('alert_rules');
-- After the wall: Postgres makes no trigger of a whole row, such as that of updated_at, over a generated column.
ALTER TABLE alert_rules
  ADD COLUMN name_folded TEXT NOT NULL GENERATED ALWAYS AS (without_case(name)) STORED;
-- The evaluator reads the rules of all tenants.
CREATE POLICY alerting ON alert_rules FOR SELECT USING (current_setting('app.alerting', true) = 'on');

-- A series is one group of a rule's rows. It has a row while it is not OK, while something is still to be done of it, and
-- while its silence would count: `quiet` are those that are OK. No reference to the rule: what a deleted rule left open is closed by the evaluator.
-- `acts` are what is to be done to incidents: written with the state, and taken away by the transaction that does them,
-- which removes the row too when it is `gone`.
CREATE TABLE alert_series (
  id UUID PRIMARY KEY,
  tenant_id UUID NOT NULL REFERENCES tenants (id) ON DELETE CASCADE ON UPDATE CASCADE,
  rule_id UUID NOT NULL,
  rule_name TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  scope TEXT NOT NULL,
  labels JSONB NOT NULL,
  state alert_state NOT NULL,
  since TIMESTAMPTZ(3) NOT NULL,
  level alert_level,
  value DOUBLE PRECISION,
  peak DOUBLE PRECISION,
  fired_at TIMESTAMPTZ(3),
  seen_at TIMESTAMPTZ(3) NOT NULL,
  acts JSONB NOT NULL DEFAULT '[]',
  quiet BOOLEAN NOT NULL DEFAULT false,
  gone BOOLEAN NOT NULL DEFAULT false,
  created_at TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  updated_at TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP
);

CREATE UNIQUE INDEX alert_series_tenant_id_id_key ON alert_series (tenant_id, id);
CREATE UNIQUE INDEX alert_series_tenant_id_fingerprint_key ON alert_series (tenant_id, fingerprint);
CREATE INDEX alert_series_tenant_id_since_id_idx ON alert_series (tenant_id, since, id);
CREATE INDEX alert_series_tenant_id_rule_id_since_id_idx ON alert_series (tenant_id, rule_id, since, id);
CREATE INDEX alert_series_acts_idx ON alert_series (tenant_id) WHERE acts <> '[]';

CALL tenant_wall('alert_series');
ALTER TABLE alert_series
  ADD COLUMN rule_name_folded TEXT NOT NULL GENERATED ALWAYS AS (without_case(rule_name)) STORED;
CREATE POLICY alerting ON alert_series
  USING (current_setting('app.alerting', true) = 'on')
  WITH CHECK (current_setting('app.alerting', true) = 'on');
-- What a state became is told in the statement that writes it.
CREATE POLICY alerting ON outbox_messages FOR INSERT
  WITH CHECK (current_setting('app.alerting', true) = 'on' AND topic = 'alert-states');

-- One evaluator works at a time: who holds the one row, until `expires_at`. `evaluated_to` is the tick that was done last.
CREATE TABLE alert_lease (
  id INTEGER PRIMARY KEY DEFAULT 1,
  holder UUID NOT NULL,
  expires_at TIMESTAMPTZ(3) NOT NULL,
  evaluated_to TIMESTAMPTZ(3),
  CONSTRAINT alert_lease_id_check CHECK (id = 1)
);
ALTER TABLE alert_lease ENABLE ROW LEVEL SECURITY;
ALTER TABLE alert_lease FORCE ROW LEVEL SECURITY;
CREATE POLICY alerting ON alert_lease
  USING (current_setting('app.alerting', true) = 'on')
  WITH CHECK (current_setting('app.alerting', true) = 'on');

-- The rule that opened an incident; it stays when the rule is deleted.
ALTER TABLE incidents ADD COLUMN rule_id UUID;
CREATE INDEX incidents_tenant_id_rule_id_idx ON incidents (tenant_id, rule_id) WHERE rule_id IS NOT NULL;

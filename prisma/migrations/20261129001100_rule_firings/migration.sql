-- When a rule opened an incident last: which are noisy, and which never fired.

ALTER TABLE alert_rules ADD COLUMN last_fired_at TIMESTAMPTZ(3);
ALTER TABLE alert_rules
  ADD COLUMN has_fired BOOLEAN NOT NULL GENERATED ALWAYS AS (last_fired_at IS NOT NULL) STORED;
CREATE INDEX alert_rules_tenant_id_last_fired_at_id_idx ON alert_rules (tenant_id, last_fired_at, id);

UPDATE alert_rules r SET last_fired_at = i.at
  FROM (SELECT tenant_id, rule_id, max(last_seen_at) AS at FROM incidents WHERE rule_id IS NOT NULL GROUP BY 1, 2) i
 WHERE i.tenant_id = r.tenant_id AND i.rule_id = r.id;

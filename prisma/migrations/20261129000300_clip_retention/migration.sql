-- Clips whose time is over are removed by the clock: asked of all tenants, so the index begins with the time. Those that
-- are kept for ever, or removed already, are not in it.
CREATE INDEX clips_due_idx ON clips (retention_until) WHERE deleted_at IS NULL AND retention_until IS NOT NULL;
-- The program itself asks which tenants have one; what it removes then, it removes as that tenant.
CREATE POLICY retention ON clips FOR SELECT
  USING (deleted_at IS NULL AND retention_until IS NOT NULL AND current_setting('app.retention', true) = 'on');

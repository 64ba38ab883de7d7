-- Who evaluates and who notifies for all tenants does it for those that are active, and asks which these are.
CREATE POLICY active_ones ON tenants FOR SELECT
  USING (is_active AND deleted_at IS NULL
         AND 'on' IN (current_setting('app.alerting', true), current_setting('app.notifying', true)));

-- When it was last let in again: what nobody saw until then has not held.
ALTER TABLE tenants ADD COLUMN active_since TIMESTAMPTZ(3);

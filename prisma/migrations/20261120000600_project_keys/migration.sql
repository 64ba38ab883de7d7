-- A key of one project ends with it. Whoever knows a key's SHA-256 may read that project too, as it may read the tenant.
CREATE POLICY credential_lookup ON projects FOR SELECT
  USING (id IN (SELECT project_id FROM api_keys
                WHERE hash = decode(nullif(current_setting('app.credential_hash', true), ''), 'hex')));

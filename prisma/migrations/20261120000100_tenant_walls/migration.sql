-- The second wall between tenants: whatever a query forgets, Postgres shows and takes only rows of the tenant named by
-- `app.tenant_id`, which the program sets for the one transaction that the query runs in. After a transaction that set it
-- locally the setting is '' and not null, hence nullif; without a tenant the comparison is null and no row passes.
DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['memberships', 'projects', 'environments', 'api_keys', 'streams', 'stream_keys', 'clusters',
                              'edge_nodes', 'incidents', 'incident_events', 'outbox_messages'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format($policy$CREATE POLICY tenant_isolation ON %I
      USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
      WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)$policy$, name);
  END LOOP;
END $$;

ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenants FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON tenants
  USING (id = nullif(current_setting('app.tenant_id', true), '')::uuid)
  WITH CHECK (id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- Accounts are global: one sees itself, and a tenant sees its members (the subquery is under memberships' own policy).
ALTER TABLE users ENABLE ROW LEVEL SECURITY;
ALTER TABLE users FORCE ROW LEVEL SECURITY;
CREATE POLICY own_account ON users
  USING (id = nullif(current_setting('app.user_id', true), '')::uuid)
  WITH CHECK (id = nullif(current_setting('app.user_id', true), '')::uuid);
CREATE POLICY member_of_tenant ON users FOR SELECT
  USING (EXISTS (SELECT FROM memberships WHERE memberships.user_id = users.id));

-- Before a credential is checked there is no tenant. Whoever knows a key's SHA-256 may read that key and its tenant, nothing else.
CREATE POLICY credential_lookup ON api_keys FOR SELECT
  USING (hash = decode(nullif(current_setting('app.credential_hash', true), ''), 'hex'));
CREATE POLICY credential_lookup ON tenants FOR SELECT
  USING (id IN (SELECT tenant_id FROM api_keys
                WHERE hash = decode(nullif(current_setting('app.credential_hash', true), ''), 'hex')));

-- Operators name a tenant on the command line by its slug.
CREATE POLICY slug_lookup ON tenants FOR SELECT
  USING (slug = nullif(current_setting('app.tenant_slug', true), ''));

-- The relay moves every tenant's messages from the outbox to the bus.
CREATE POLICY relay_reads ON outbox_messages FOR SELECT USING (current_setting('app.relay', true) = 'on');
CREATE POLICY relay_sets_aside ON outbox_messages FOR UPDATE
  USING (current_setting('app.relay', true) = 'on') WITH CHECK (current_setting('app.relay', true) = 'on');
CREATE POLICY relay_removes ON outbox_messages FOR DELETE USING (current_setting('app.relay', true) = 'on');

-- Two breaches with one fingerprint are one incident for as long as that incident is unfinished.
CREATE UNIQUE INDEX incidents_unfinished_fingerprint ON incidents (tenant_id, fingerprint)
  WHERE status IN ('OPEN', 'INVESTIGATING', 'SUPPRESSED');

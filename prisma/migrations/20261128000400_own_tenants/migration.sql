-- The tenants of an account, asked tenant by tenant: a page of its memberships looks up its own tenants. With
-- `id IN (SELECT tenant_id …)` Postgres read all memberships of the account before it showed the first tenant. What
-- other policies ask like that is found by a unique value, one row at most, and is better asked once.
ALTER POLICY own_account ON tenants
  USING (EXISTS (SELECT FROM memberships
                  WHERE memberships.tenant_id = tenants.id
                    AND memberships.user_id = nullif(current_setting('app.user_id', true), '')::uuid));

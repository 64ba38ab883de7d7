-- Who comes back from a provider names an account by what the provider knows them as: "<issuer> <subject>". No issuer has a space.
CREATE POLICY oauth_lookup ON users FOR SELECT
  USING (oauth_provider || ' ' || oauth_id = nullif(current_setting('app.oauth_identity', true), ''));

-- Tokens with which edge nodes register, and the keys that they get. Lists: by creation and expiry.

CREATE TABLE bootstrap_tokens (
  id UUID PRIMARY KEY,
  tenant_id UUID NOT NULL REFERENCES tenants (id) ON DELETE CASCADE ON UPDATE CASCADE,
  cluster_id UUID NOT NULL,
  name TEXT NOT NULL,
  hash BYTEA NOT NULL,
  created_by TEXT NOT NULL,
  expires_at TIMESTAMPTZ(3) NOT NULL,
  used_at TIMESTAMPTZ(3),
  used_by TEXT,
  revoked_at TIMESTAMPTZ(3),
  created_at TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  updated_at TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  FOREIGN KEY (tenant_id, cluster_id) REFERENCES clusters (tenant_id, id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT bootstrap_tokens_hash_check CHECK (octet_length(hash) = 32),
  CONSTRAINT bootstrap_tokens_used_check CHECK ((used_at IS NULL) = (used_by IS NULL))
);

CREATE UNIQUE INDEX bootstrap_tokens_hash_key ON bootstrap_tokens (hash);
CREATE UNIQUE INDEX bootstrap_tokens_tenant_id_id_key ON bootstrap_tokens (tenant_id, id);
CREATE INDEX bootstrap_tokens_tenant_id_created_at_id_idx ON bootstrap_tokens (tenant_id, created_at, id);
CREATE INDEX bootstrap_tokens_tenant_id_expires_at_id_idx ON bootstrap_tokens (tenant_id, expires_at, id);
CREATE INDEX bootstrap_tokens_tenant_id_cluster_id_idx ON bootstrap_tokens (tenant_id, cluster_id);

CALL tenant_wall('bootstrap_tokens');
-- After the wall: Postgres makes no trigger of a whole row, such as that of updated_at, over a generated column.
ALTER TABLE bootstrap_tokens
  ADD COLUMN name_folded TEXT NOT NULL GENERATED ALWAYS AS (without_case(name)) STORED;
-- Before a token is checked there is no tenant. Whoever knows its SHA-256 may read that token.
CREATE POLICY credential_lookup ON bootstrap_tokens FOR SELECT
  USING (hash = decode(nullif(current_setting('app.credential_hash', true), ''), 'hex'));

-- A key of one edge node sends facts of that node and of no other. By its slug, as facts have it: what a deleted node's
-- key was is still told.
ALTER TABLE api_keys ADD COLUMN edge_node TEXT;
CREATE INDEX api_keys_tenant_id_edge_node_idx ON api_keys (tenant_id, edge_node);

-- The health of an edge node is kept as it was told, with the moment from which it holds: so that lists can be asked by
-- it, and silence is told once and by nobody's question (docs/adr/0020).
CREATE TYPE edge_node_health AS ENUM ('HEALTHY', 'DEGRADED', 'UNHEALTHY', 'STALE');

ALTER TABLE edge_nodes
  ADD COLUMN health edge_node_health NOT NULL DEFAULT 'STALE',
  ADD COLUMN health_since TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  ADD CONSTRAINT edge_nodes_heard_check CHECK (health = 'STALE' OR last_heartbeat_at IS NOT NULL);

-- A node from before is STALE until its next heartbeat, which comes within seconds: what was told of none is not made up.
CREATE INDEX edge_nodes_tenant_id_cluster_id_idx ON edge_nodes (tenant_id, cluster_id);
CREATE INDEX edge_nodes_tenant_id_health_since_id_idx ON edge_nodes (tenant_id, health_since, id);
-- Who fell silent, of all tenants, asked every second: those that are silent already are not looked at.
CREATE INDEX edge_nodes_heard_idx ON edge_nodes (last_heartbeat_at) WHERE health <> 'STALE';
-- The program itself asks which tenants have one; what it changes then, it changes as that tenant.
CREATE POLICY silence ON edge_nodes FOR SELECT
  USING (health <> 'STALE' AND current_setting('app.silence', true) = 'on');

-- What a cluster may carry; null for no limit. What it carries is counted and not stored: the columns that were made
-- for it stay until no program reads them any more.
ALTER TABLE clusters
  ADD COLUMN region TEXT NOT NULL DEFAULT '',
  ADD COLUMN max_streams INTEGER,
  ADD COLUMN max_viewers INTEGER,
  ADD COLUMN max_bandwidth_mbps INTEGER,
  ADD CONSTRAINT clusters_max_streams_check CHECK (max_streams > 0),
  ADD CONSTRAINT clusters_max_viewers_check CHECK (max_viewers > 0),
  ADD CONSTRAINT clusters_max_bandwidth_mbps_check CHECK (max_bandwidth_mbps > 0);

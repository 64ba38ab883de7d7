-- Services, where their instances run and how these are, and how many of them a cluster is to have.

CREATE TYPE service_plane AS ENUM ('CONTROL', 'DATA', 'EDGE');
CREATE TYPE service_instance_status AS ENUM ('STARTING', 'RUNNING', 'STOPPING', 'STOPPED');
CREATE TYPE service_instance_health AS ENUM ('HEALTHY', 'DEGRADED', 'UNHEALTHY', 'STALE');

CREATE TABLE services (
  id UUID PRIMARY KEY,
  tenant_id UUID NOT NULL REFERENCES tenants (id) ON DELETE CASCADE ON UPDATE CASCADE,
  slug TEXT NOT NULL,
  name TEXT NOT NULL,
  plane service_plane NOT NULL,
  default_port INTEGER,
  health_path TEXT,
  description TEXT NOT NULL DEFAULT '',
  created_at TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  updated_at TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT services_slug_check CHECK (char_length(slug) BETWEEN 1 AND 128),
  CONSTRAINT services_default_port_check CHECK (default_port BETWEEN 1 AND 65535)
);

CREATE UNIQUE INDEX services_tenant_id_id_key ON services (tenant_id, id);
CREATE UNIQUE INDEX services_tenant_id_slug_key ON services (tenant_id, slug);
CREATE INDEX services_tenant_id_name_id_idx ON services (tenant_id, name, id);

CALL tenant_wall('services');
-- After the wall: Postgres makes no trigger of a whole row, such as that of updated_at, over a generated column.
ALTER TABLE services
  ADD COLUMN slug_folded TEXT NOT NULL GENERATED ALWAYS AS (without_case(slug)) STORED,
  ADD COLUMN name_folded TEXT NOT NULL GENERATED ALWAYS AS (without_case(name)) STORED;

-- An instance has the plane of its service, so that lists can be asked by it: who changes that changes these too. A
-- service and a cluster stay while they have instances; an edge node that is deleted takes those on it along.
-- Heartbeats come all the time and change no column that an index has, and there is room for them in each page: so none
-- of them writes to an index.
CREATE TABLE service_instances (
  id UUID PRIMARY KEY,
  tenant_id UUID NOT NULL REFERENCES tenants (id) ON DELETE CASCADE ON UPDATE CASCADE,
  service_id UUID NOT NULL,
  plane service_plane NOT NULL,
  cluster_id UUID NOT NULL,
  edge_node_id UUID,
  slug TEXT NOT NULL,
  host TEXT,
  port INTEGER,
  version TEXT NOT NULL DEFAULT '',
  status service_instance_status NOT NULL DEFAULT 'STARTING',
  health service_instance_health NOT NULL,
  health_since TIMESTAMPTZ(3) NOT NULL,
  last_heartbeat_at TIMESTAMPTZ(3) NOT NULL,
  cpu_percent DOUBLE PRECISION,
  memory_bytes BIGINT,
  started_at TIMESTAMPTZ(3) NOT NULL,
  created_at TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  updated_at TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  FOREIGN KEY (tenant_id, service_id) REFERENCES services (tenant_id, id) ON DELETE RESTRICT ON UPDATE CASCADE,
  FOREIGN KEY (tenant_id, cluster_id) REFERENCES clusters (tenant_id, id) ON DELETE RESTRICT ON UPDATE CASCADE,
  FOREIGN KEY (tenant_id, edge_node_id) REFERENCES edge_nodes (tenant_id, id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT service_instances_slug_check CHECK (char_length(slug) BETWEEN 1 AND 128),
  CONSTRAINT service_instances_port_check CHECK (port BETWEEN 1 AND 65535),
  CONSTRAINT service_instances_cpu_percent_check CHECK (cpu_percent BETWEEN 0 AND 100),
  CONSTRAINT service_instances_memory_bytes_check CHECK (memory_bytes >= 0)
) WITH (fillfactor = 70);

CREATE UNIQUE INDEX service_instances_tenant_id_id_key ON service_instances (tenant_id, id);
CREATE UNIQUE INDEX service_instances_tenant_id_slug_key ON service_instances (tenant_id, slug);
CREATE INDEX service_instances_tenant_id_health_since_id_idx ON service_instances (tenant_id, health_since, id);
CREATE INDEX service_instances_tenant_id_started_at_id_idx ON service_instances (tenant_id, started_at, id);
CREATE INDEX service_instances_tenant_id_service_id_idx ON service_instances (tenant_id, service_id);
CREATE INDEX service_instances_tenant_id_cluster_id_idx ON service_instances (tenant_id, cluster_id);
CREATE INDEX service_instances_tenant_id_edge_node_id_idx ON service_instances (tenant_id, edge_node_id);
-- Who is to be heard, of all tenants, looked at every second for who fell silent. Who has stopped is silent, and none of
-- it is told.
CREATE INDEX service_instances_heard_idx ON service_instances (tenant_id)
  WHERE health <> 'STALE' AND status <> 'STOPPED';

CALL tenant_wall('service_instances');
ALTER TABLE service_instances
  ADD COLUMN slug_folded TEXT NOT NULL GENERATED ALWAYS AS (without_case(slug)) STORED,
  ADD COLUMN version_folded TEXT NOT NULL GENERATED ALWAYS AS (without_case(version)) STORED;
-- The program itself asks which tenants have one that fell silent; what it changes then, it changes as that tenant.
CREATE POLICY silence ON service_instances FOR SELECT
  USING (health <> 'STALE' AND status <> 'STOPPED' AND current_setting('app.silence', true) = 'on');

-- How many healthy instances of a service a cluster is to have. How many it has is counted and never stored.
CREATE TABLE cluster_services (
  id UUID PRIMARY KEY,
  tenant_id UUID NOT NULL REFERENCES tenants (id) ON DELETE CASCADE ON UPDATE CASCADE,
  cluster_id UUID NOT NULL,
  service_id UUID NOT NULL,
  desired_replicas INTEGER NOT NULL,
  created_at TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  updated_at TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  FOREIGN KEY (tenant_id, cluster_id) REFERENCES clusters (tenant_id, id) ON DELETE CASCADE ON UPDATE CASCADE,
  FOREIGN KEY (tenant_id, service_id) REFERENCES services (tenant_id, id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT cluster_services_desired_replicas_check CHECK (desired_replicas BETWEEN 0 AND 1000)
);

CREATE UNIQUE INDEX cluster_services_tenant_id_id_key ON cluster_services (tenant_id, id);
CREATE UNIQUE INDEX cluster_services_tenant_id_cluster_id_service_id_key ON cluster_services (tenant_id, cluster_id, service_id);
CREATE INDEX cluster_services_tenant_id_desired_replicas_id_idx ON cluster_services (tenant_id, desired_replicas, id);
CREATE INDEX cluster_services_tenant_id_service_id_idx ON cluster_services (tenant_id, service_id);

CALL tenant_wall('cluster_services');

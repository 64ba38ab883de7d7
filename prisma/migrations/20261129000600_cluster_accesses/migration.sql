-- Access of other tenants to a cluster (docs/adr/0022). A row is its owner's, and its subscriber reads it: so it holds
-- what both may know and nothing else. What a subscriber is told of the cluster stands in it as a copy, and the rows
-- of clusters and nodes stay behind the wall. Lists: the owner's by creation and by subscriber, the subscriber's by
-- name and expiry.
CREATE TYPE cluster_access_level AS ENUM ('SHARED', 'DEDICATED', 'PRIORITY');

CREATE TABLE cluster_accesses (
  id UUID PRIMARY KEY,
  tenant_id UUID NOT NULL REFERENCES tenants (id) ON DELETE CASCADE ON UPDATE CASCADE,
  owner_slug TEXT NOT NULL,
  cluster_id UUID NOT NULL,
  subscriber_id UUID NOT NULL REFERENCES tenants (id) ON DELETE CASCADE ON UPDATE CASCADE,
  subscriber_slug TEXT NOT NULL,
  level cluster_access_level NOT NULL DEFAULT 'SHARED',
  max_streams INTEGER,
  max_viewers INTEGER,
  max_bandwidth_mbps INTEGER,
  expires_at TIMESTAMPTZ(3),
  name TEXT NOT NULL,
  region TEXT NOT NULL,
  type cluster_type NOT NULL,
  health edge_node_health NOT NULL,
  created_at TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  updated_at TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  FOREIGN KEY (tenant_id, cluster_id) REFERENCES clusters (tenant_id, id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT cluster_accesses_subscriber_check CHECK (subscriber_id <> tenant_id),
  CONSTRAINT cluster_accesses_max_streams_check CHECK (max_streams > 0),
  CONSTRAINT cluster_accesses_max_viewers_check CHECK (max_viewers > 0),
  CONSTRAINT cluster_accesses_max_bandwidth_mbps_check CHECK (max_bandwidth_mbps > 0)
);

CREATE UNIQUE INDEX cluster_accesses_tenant_id_id_key ON cluster_accesses (tenant_id, id);
CREATE UNIQUE INDEX cluster_accesses_tenant_id_cluster_id_subscriber_id_key
  ON cluster_accesses (tenant_id, cluster_id, subscriber_id);
CREATE INDEX cluster_accesses_tenant_id_created_at_id_idx ON cluster_accesses (tenant_id, created_at, id);
CREATE INDEX cluster_accesses_tenant_id_subscriber_slug_id_idx ON cluster_accesses (tenant_id, subscriber_slug, id);
CREATE INDEX cluster_accesses_subscriber_id_name_id_idx ON cluster_accesses (subscriber_id, name, id);
CREATE INDEX cluster_accesses_subscriber_id_expires_at_id_idx ON cluster_accesses (subscriber_id, expires_at, id);

CALL tenant_wall('cluster_accesses');
-- After the wall: Postgres makes no trigger of a whole row, such as that of updated_at, over a generated column.
ALTER TABLE cluster_accesses
  ADD COLUMN subscriber_slug_folded TEXT NOT NULL GENERATED ALWAYS AS (without_case(subscriber_slug)) STORED,
  ADD COLUMN name_folded TEXT NOT NULL GENERATED ALWAYS AS (without_case(name)) STORED,
  ADD COLUMN region_folded TEXT NOT NULL GENERATED ALWAYS AS (without_case(region)) STORED;

-- A subscriber reads what was given to it for as long as it holds, and may give it up. It writes nothing: a row is made
-- and changed by its owner alone.
CREATE POLICY subscriber_reads ON cluster_accesses FOR SELECT
  USING (subscriber_id = nullif(current_setting('app.tenant_id', true), '')::uuid
         AND (expires_at IS NULL OR expires_at > now()));
CREATE POLICY subscriber_leaves ON cluster_accesses FOR DELETE
  USING (subscriber_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- The health of a cluster as a subscriber is told it: one word, of which nobody can count nodes. Those in maintenance
-- are taken out by their operator and say nothing of the others.
CREATE FUNCTION cluster_health(owner_id UUID, cluster UUID) RETURNS edge_node_health LANGUAGE sql STABLE AS $$
  SELECT CASE
           WHEN count(*) FILTER (WHERE health <> 'STALE') = 0 THEN 'STALE'
           WHEN bool_and(health = 'HEALTHY') THEN 'HEALTHY'
           WHEN bool_or(health IN ('HEALTHY', 'DEGRADED')) THEN 'DEGRADED'
           ELSE 'UNHEALTHY'
         END::edge_node_health
    FROM edge_nodes WHERE tenant_id = owner_id AND cluster_id = cluster AND mode <> 'MAINTENANCE'
$$;

-- Whoever writes the copies of an owner holds this until its end: of two that change two nodes of one cluster at once
-- the later one then sees what the earlier one did. 7237 is of the class of locks in audit.change.ts and no other's.
CREATE FUNCTION hold_cluster_accesses(owner_id UUID) RETURNS void LANGUAGE sql VOLATILE AS $$
  SELECT pg_advisory_xact_lock(7237, hashtext(owner_id::text))
$$;

-- In the database, so that they hold whichever version of the program writes nodes and clusters. They run with the
-- rights of who writes: in the scope of the owner, whose rows these are.
CREATE FUNCTION cluster_access_health() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  moved UUID[];
  owner_id UUID;
BEGIN
  IF TG_OP = 'INSERT' THEN
    SELECT array_agg(DISTINCT cluster_id) INTO moved FROM new_nodes;
  ELSIF TG_OP = 'DELETE' THEN
    SELECT array_agg(DISTINCT cluster_id) INTO moved FROM old_nodes;
  ELSE
    SELECT array_agg(DISTINCT touched.id) INTO moved
      FROM new_nodes n JOIN old_nodes o ON o.id = n.id
           CROSS JOIN LATERAL (VALUES (n.cluster_id), (o.cluster_id)) AS touched (id)
     WHERE (n.health, n.mode, n.cluster_id) IS DISTINCT FROM (o.health, o.mode, o.cluster_id);
  END IF;
  IF moved IS NULL THEN RETURN NULL; END IF;
  FOR owner_id IN SELECT DISTINCT tenant_id FROM clusters WHERE id = ANY (moved) ORDER BY 1 LOOP
    PERFORM hold_cluster_accesses(owner_id);
  END LOOP;
  UPDATE cluster_accesses kept SET health = found.health
    FROM (SELECT c.tenant_id, c.id, cluster_health(c.tenant_id, c.id) AS health FROM clusters c
           WHERE c.id = ANY (moved)
             AND EXISTS (SELECT FROM cluster_accesses a WHERE a.tenant_id = c.tenant_id AND a.cluster_id = c.id)) found
   WHERE kept.tenant_id = found.tenant_id AND kept.cluster_id = found.id AND kept.health <> found.health;
  RETURN NULL;
END $$;
CREATE TRIGGER cluster_access_health_of_new AFTER INSERT ON edge_nodes
  REFERENCING NEW TABLE AS new_nodes FOR EACH STATEMENT EXECUTE FUNCTION cluster_access_health();
CREATE TRIGGER cluster_access_health_of_changed AFTER UPDATE ON edge_nodes
  REFERENCING OLD TABLE AS old_nodes NEW TABLE AS new_nodes FOR EACH STATEMENT EXECUTE FUNCTION cluster_access_health();
CREATE TRIGGER cluster_access_health_of_gone AFTER DELETE ON edge_nodes
  REFERENCING OLD TABLE AS old_nodes FOR EACH STATEMENT EXECUTE FUNCTION cluster_access_health();

CREATE FUNCTION cluster_access_names() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM hold_cluster_accesses(NEW.tenant_id);
  UPDATE cluster_accesses SET name = NEW.name, region = NEW.region, type = NEW.type
   WHERE tenant_id = NEW.tenant_id AND cluster_id = NEW.id;
  RETURN NULL;
END $$;
CREATE TRIGGER cluster_access_names AFTER UPDATE ON clusters
  FOR EACH ROW WHEN ((NEW.name, NEW.region, NEW.type) IS DISTINCT FROM (OLD.name, OLD.region, OLD.type))
  EXECUTE FUNCTION cluster_access_names();

-- A tenant that is deleted keeps its rows and lets nobody in: what it has given ends with it, and what it was given.
CREATE FUNCTION cluster_access_ends() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  owner_id UUID;
BEGIN
  FOR owner_id IN SELECT DISTINCT tenant_id FROM cluster_accesses
                   WHERE tenant_id = NEW.id OR subscriber_id = NEW.id ORDER BY 1 LOOP
    PERFORM hold_cluster_accesses(owner_id);
  END LOOP;
  DELETE FROM cluster_accesses WHERE tenant_id = NEW.id OR subscriber_id = NEW.id;
  RETURN NULL;
END $$;
CREATE TRIGGER cluster_access_ends AFTER UPDATE OF deleted_at ON tenants
  FOR EACH ROW WHEN (NEW.deleted_at IS NOT NULL AND OLD.deleted_at IS NULL) EXECUTE FUNCTION cluster_access_ends();

-- What the services promise of a row, the database holds too; every order that a list offers has an index
-- that ends in the column and the id; operators' own names are slugs, and enums are named as tables are.
--
-- What the program before accepted comes over. Most of it can't break a rule below, because its services kept
-- the same rules; rows that can (clocks that disagree, rows written by hand) are repaired first, each as its
-- comment says. The owner of the tables need not be a superuser, and forced row-level security hides rows from
-- it too; hence NO FORCE until the end. All of this is one transaction: nobody else sees the tables open.
DO $$
DECLARE name regclass;
BEGIN
  FOR name IN SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relforcerowsecurity LOOP
    EXECUTE format('ALTER TABLE %s NO FORCE ROW LEVEL SECURITY', name);
  END LOOP;
END $$;

---------------------------------------- names and enums

ALTER TYPE "MembershipRole" RENAME TO membership_role;
ALTER TYPE "StreamStatus" RENAME TO stream_status;
ALTER TYPE "EdgeNodeMode" RENAME TO edge_node_mode;
ALTER TYPE "IncidentStatus" RENAME TO incident_status;
ALTER TYPE "IncidentSeverity" RENAME TO incident_severity;
ALTER TYPE "IncidentEventKind" RENAME TO incident_event_kind;
ALTER TYPE "AuditOutcome" RENAME TO audit_outcome;

-- No version wrote any text but the default. One that is no plan or type becomes the default.
CREATE TYPE tenant_plan AS ENUM ('FREE', 'PRO', 'ENTERPRISE');
ALTER TABLE tenants ALTER COLUMN plan DROP DEFAULT;
ALTER TABLE tenants ALTER COLUMN plan TYPE tenant_plan
  USING (CASE WHEN upper(btrim(plan)) IN ('PRO', 'ENTERPRISE') THEN upper(btrim(plan)) ELSE 'FREE' END)::tenant_plan;
ALTER TABLE tenants ALTER COLUMN plan SET DEFAULT 'FREE';

CREATE TYPE cluster_type AS ENUM ('CENTRAL', 'EDGE');
ALTER TABLE clusters ALTER COLUMN type DROP DEFAULT;
ALTER TABLE clusters ALTER COLUMN type TYPE cluster_type
  USING (CASE WHEN upper(btrim(type)) = 'CENTRAL' THEN 'CENTRAL' ELSE 'EDGE' END)::cluster_type;
ALTER TABLE clusters ALTER COLUMN type SET DEFAULT 'EDGE';

ALTER TABLE clusters RENAME COLUMN cluster_id TO slug;
ALTER INDEX clusters_tenant_id_cluster_id_key RENAME TO clusters_tenant_id_slug_key;
ALTER TABLE edge_nodes RENAME COLUMN node_id TO slug;
ALTER INDEX edge_nodes_tenant_id_node_id_key RENAME TO edge_nodes_tenant_id_slug_key;
ALTER TABLE edge_nodes RENAME COLUMN cluster_row_id TO cluster_id;
ALTER TABLE edge_nodes RENAME CONSTRAINT edge_nodes_tenant_id_cluster_row_id_fkey TO edge_nodes_tenant_id_cluster_id_fkey;

---------------------------------------- tenants, projects, environments

-- A slug of another shape is turned into the nearest one, with the end of the row's id so that it is nobody
-- else's.
CREATE FUNCTION pg_temp.nearest_slug(slug text, id uuid) RETURNS text LANGUAGE sql AS $$
  SELECT concat_ws('-', nullif(left(btrim(regexp_replace(lower(slug), '[^a-z0-9]+', '-', 'g'), '-'), 40), ''), right(id::text, 12))
$$;
UPDATE tenants SET slug = pg_temp.nearest_slug(slug, id)
 WHERE slug !~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$' AND id <> '00000000-0000-7000-8000-000000000000';
UPDATE projects SET slug = pg_temp.nearest_slug(slug, id) WHERE slug !~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$';
UPDATE environments SET slug = pg_temp.nearest_slug(slug, id) WHERE slug !~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$';
UPDATE projects SET color = DEFAULT WHERE color !~* '^#[0-9a-f]{6}$';
UPDATE environments SET color = DEFAULT WHERE color !~* '^#[0-9a-f]{6}$';
UPDATE environments SET retention_days = least(greatest(retention_days, 1), 90) WHERE retention_days NOT BETWEEN 1 AND 90;

ALTER TABLE tenants
  -- The platform's own tenant has a slug that nobody can name.
  ADD CONSTRAINT tenants_slug_check
    CHECK (slug ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$' OR id = '00000000-0000-7000-8000-000000000000');
ALTER TABLE projects
  ADD CONSTRAINT projects_slug_check CHECK (slug ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
  ADD CONSTRAINT projects_color_check CHECK (color ~* '^#[0-9a-f]{6}$');
ALTER TABLE environments
  ADD CONSTRAINT environments_slug_check CHECK (slug ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
  ADD CONSTRAINT environments_color_check CHECK (color ~* '^#[0-9a-f]{6}$'),
  ADD CONSTRAINT environments_retention_days_check CHECK (retention_days BETWEEN 1 AND 90);

---------------------------------------- accounts and invitations

-- Nobody could sign in by an e-mail with capitals, because the program asks for it in lower case. It becomes
-- that, unless another account has it: then a tag keeps the two apart, and metadata keeps what it was. The
-- account that was in lower case stays as it is. In the collation "C" the rule is the same in every database:
-- past ASCII the program's own lower case is the one that counts.
WITH ranked AS (
  SELECT id, lower(email COLLATE "C") AS lower,
         row_number() OVER (PARTITION BY lower(email COLLATE "C") ORDER BY email <> lower(email COLLATE "C"), created_at, id) AS place
    FROM users
)
UPDATE users u
   SET email = CASE WHEN r.place = 1 THEN r.lower ELSE regexp_replace(r.lower, '(@|$)', '+' || right(u.id::text, 12) || '\1') END,
       metadata = u.metadata || jsonb_build_object('emailBefore', u.email)
  FROM ranked r WHERE r.id = u.id AND u.email <> r.lower;
-- An identity needs both of its parts.
UPDATE users SET oauth_provider = NULL, oauth_id = NULL WHERE num_nonnulls(oauth_provider, oauth_id) = 1;

UPDATE invitations SET email = lower(email COLLATE "C") WHERE email <> lower(email COLLATE "C");
-- Of several open invitations of one e-mail the newest stays, as when somebody is invited again.
DELETE FROM invitations i USING invitations newer
 WHERE i.accepted_at IS NULL AND newer.accepted_at IS NULL AND newer.tenant_id = i.tenant_id AND newer.email = i.email
   AND (newer.created_at, newer.id) > (i.created_at, i.id);

ALTER TABLE users
  ADD CONSTRAINT users_email_check CHECK (email = lower(email COLLATE "C")),
  ADD CONSTRAINT users_oauth_check CHECK (num_nonnulls(oauth_provider, oauth_id) <> 1);
ALTER TABLE invitations ADD CONSTRAINT invitations_email_check CHECK (email = lower(email COLLATE "C"));
CREATE UNIQUE INDEX invitations_open_email ON invitations (tenant_id, email) WHERE accepted_at IS NULL;

---------------------------------------- secrets

-- Only digests are kept. Anything else in their place opened nothing, and its digest opens nothing either.
UPDATE api_keys SET hash = sha256(hash) WHERE octet_length(hash) <> 32;
UPDATE stream_keys SET hash = sha256(hash) WHERE octet_length(hash) <> 32;
UPDATE invitations SET hash = sha256(hash) WHERE octet_length(hash) <> 32;
UPDATE refresh_tokens SET hash = sha256(hash) WHERE octet_length(hash) <> 32;
-- The program ignores scopes that it doesn't know.
UPDATE api_keys SET scopes = ARRAY(SELECT scope FROM unnest(scopes) scope WHERE scope IN ('read', 'write', 'ingest', 'admin'))
 WHERE scopes IS NULL OR NOT scopes <@ ARRAY['read', 'write', 'ingest', 'admin'];
UPDATE api_keys SET usage_count = 0 WHERE usage_count < 0;

ALTER TABLE api_keys
  ADD CONSTRAINT api_keys_hash_check CHECK (octet_length(hash) = 32),
  ADD CONSTRAINT api_keys_scopes_check CHECK (scopes IS NOT NULL AND scopes <@ ARRAY['read', 'write', 'ingest', 'admin']),
  ADD CONSTRAINT api_keys_usage_count_check CHECK (usage_count >= 0);
ALTER TABLE stream_keys ADD CONSTRAINT stream_keys_hash_check CHECK (octet_length(hash) = 32);
ALTER TABLE invitations ADD CONSTRAINT invitations_hash_check CHECK (octet_length(hash) = 32);
ALTER TABLE refresh_tokens ADD CONSTRAINT refresh_tokens_hash_check CHECK (octet_length(hash) = 32);

---------------------------------------- streams and edge nodes

-- A limit below one viewer becomes no limit.
UPDATE streams SET max_viewers = NULL WHERE max_viewers < 1;
UPDATE edge_nodes SET health_score = least(greatest(health_score, 0), 100) WHERE health_score NOT BETWEEN 0 AND 100;
-- A position that is not on Earth becomes unknown.
UPDATE edge_nodes SET latitude = NULL, longitude = NULL
 WHERE latitude NOT BETWEEN -90 AND 90 OR longitude NOT BETWEEN -180 AND 180;
-- A name that no analytics row can carry is replaced by the id.
UPDATE clusters SET slug = id::text WHERE char_length(slug) NOT BETWEEN 1 AND 128;
UPDATE edge_nodes SET slug = id::text WHERE char_length(slug) NOT BETWEEN 1 AND 128;

ALTER TABLE streams ADD CONSTRAINT streams_max_viewers_check CHECK (max_viewers >= 1);
ALTER TABLE clusters ADD CONSTRAINT clusters_slug_check CHECK (char_length(slug) BETWEEN 1 AND 128);
ALTER TABLE edge_nodes
  ADD CONSTRAINT edge_nodes_slug_check CHECK (char_length(slug) BETWEEN 1 AND 128),
  ADD CONSTRAINT edge_nodes_health_score_check CHECK (health_score BETWEEN 0 AND 100),
  ADD CONSTRAINT edge_nodes_latitude_check CHECK (latitude BETWEEN -90 AND 90),
  ADD CONSTRAINT edge_nodes_longitude_check CHECK (longitude BETWEEN -180 AND 180);

---------------------------------------- incidents

-- Two programs whose clocks disagree could end an incident before it began: it ended at once.
UPDATE incidents SET resolved_at = first_seen_at WHERE resolved_at < first_seen_at;
UPDATE incidents SET occurrences = greatest(occurrences, 1), version = greatest(version, 1) WHERE occurrences < 1 OR version < 1;
-- Numbers count from 1; a lower one moves behind the newest of its tenant.
UPDATE incidents i SET number = (SELECT max(greatest(a.number, 0)) FROM incidents a WHERE a.tenant_id = i.tenant_id) + n.place
  FROM (SELECT id, row_number() OVER (PARTITION BY tenant_id ORDER BY number) AS place FROM incidents WHERE number < 1) n
 WHERE n.id = i.id;
-- The next incident takes the number after this one.
UPDATE tenants t SET incident_number = i.newest
  FROM (SELECT tenant_id, max(number) AS newest FROM incidents GROUP BY tenant_id) i
 WHERE i.tenant_id = t.id AND i.newest > t.incident_number;
UPDATE tenants SET incident_number = 0 WHERE incident_number < 0;
-- A change makes a version, so no two lines of a timeline have the same. Where they have, the lines are
-- renumbered.
WITH wrong AS (
  SELECT incident_id FROM incident_events GROUP BY incident_id, version HAVING count(*) > 1 OR version < 1
), counted AS (
  SELECT id, row_number() OVER (PARTITION BY incident_id ORDER BY version, created_at, id) AS place
    FROM incident_events WHERE incident_id IN (SELECT incident_id FROM wrong)
)
UPDATE incident_events e SET version = c.place FROM counted c WHERE c.id = e.id;
UPDATE incidents i SET version = e.newest
  FROM (SELECT incident_id, max(version) AS newest FROM incident_events GROUP BY incident_id) e
 WHERE e.incident_id = i.id AND e.newest > i.version;

-- Nine digits after the point, as money and measures have in ClickHouse; what is further from 0 than fits is
-- clamped.
ALTER TABLE incidents
  ALTER COLUMN value TYPE DECIMAL(38, 9)
    USING CASE WHEN abs(value) >= 1e29 - 1 THEN sign(value) * (1e29 - 1) ELSE value END,
  ALTER COLUMN threshold TYPE DECIMAL(38, 9)
    USING CASE WHEN abs(threshold) >= 1e29 - 1 THEN sign(threshold) * (1e29 - 1) ELSE threshold END,
  ADD CONSTRAINT incidents_number_check CHECK (number >= 1),
  ADD CONSTRAINT incidents_occurrences_check CHECK (occurrences >= 1),
  ADD CONSTRAINT incidents_version_check CHECK (version >= 1),
  ADD CONSTRAINT incidents_resolved_at_check CHECK (resolved_at >= first_seen_at);
ALTER TABLE tenants ADD CONSTRAINT tenants_incident_number_check CHECK (incident_number >= 0);
ALTER TABLE incident_events ADD CONSTRAINT incident_events_version_check CHECK (version >= 1);

---------------------------------------- indexes

-- A deep page of a list starts at its cursor: the index begins with what is always equal and ends with the
-- order. Unique indexes serve the orders by internal_name, number and slug.
CREATE INDEX memberships_tenant_id_created_at_id_idx ON memberships (tenant_id, created_at, id);
CREATE INDEX memberships_user_id_created_at_id_idx ON memberships (user_id, created_at, id);
DROP INDEX memberships_user_id_idx;
CREATE INDEX invitations_tenant_id_created_at_id_idx ON invitations (tenant_id, created_at, id);
DROP INDEX invitations_tenant_id_email_idx; -- invitations_open_email serves what asked it
CREATE INDEX projects_tenant_id_created_at_id_idx ON projects (tenant_id, created_at, id);
CREATE INDEX projects_tenant_id_name_id_idx ON projects (tenant_id, name, id);
CREATE INDEX environments_tenant_id_project_id_created_at_id_idx ON environments (tenant_id, project_id, created_at, id);
CREATE INDEX api_keys_tenant_id_created_at_id_idx ON api_keys (tenant_id, created_at, id);
CREATE INDEX api_keys_tenant_id_expires_at_id_idx ON api_keys (tenant_id, expires_at, id);
CREATE INDEX api_keys_tenant_id_last_used_at_id_idx ON api_keys (tenant_id, last_used_at, id);
CREATE INDEX sessions_user_id_last_used_at_id_idx ON sessions (user_id, last_used_at, id);
CREATE INDEX streams_tenant_id_started_at_id_idx ON streams (tenant_id, started_at, id);
DROP INDEX stream_keys_tenant_id_stream_id_idx;
CREATE INDEX stream_keys_tenant_id_stream_id_created_at_id_idx ON stream_keys (tenant_id, stream_id, created_at, id);
CREATE INDEX clusters_tenant_id_name_id_idx ON clusters (tenant_id, name, id);
CREATE INDEX edge_nodes_tenant_id_name_id_idx ON edge_nodes (tenant_id, name, id);
CREATE INDEX edge_nodes_tenant_id_last_heartbeat_at_id_idx ON edge_nodes (tenant_id, last_heartbeat_at, id);
DROP INDEX incidents_tenant_id_created_at_id_idx;
DROP INDEX incidents_tenant_id_status_severity_last_seen_at_idx;
-- The comparisons of enums are not leakproof, so below row-level security Postgres takes none of them for an
-- index condition: an order by an enum needs its rank as a number, and an index that begins with a status
-- serves nobody (docs/adr/0011).
ALTER TABLE incidents ADD COLUMN severity_rank INTEGER NOT NULL GENERATED ALWAYS AS
  (CASE severity WHEN 'LOW' THEN 1 WHEN 'MEDIUM' THEN 2 WHEN 'HIGH' THEN 3 WHEN 'CRITICAL' THEN 4 END) STORED;
CREATE INDEX incidents_tenant_id_severity_rank_id_idx ON incidents (tenant_id, severity_rank, id);
CREATE INDEX incidents_tenant_id_first_seen_at_id_idx ON incidents (tenant_id, first_seen_at, id);
CREATE INDEX incidents_tenant_id_last_seen_at_id_idx ON incidents (tenant_id, last_seen_at, id);
DROP INDEX incident_events_tenant_id_incident_id_created_at_id_idx;
CREATE UNIQUE INDEX incident_events_tenant_id_incident_id_version_key ON incident_events (tenant_id, incident_id, version);

DO $$
DECLARE name regclass;
BEGIN
  FOR name IN SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relrowsecurity LOOP
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', name);
  END LOOP;
END $$;

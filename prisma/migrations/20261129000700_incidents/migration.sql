-- What people do with incidents: assigned to a member, merged into another, found by their labels, and how long it takes
-- to acknowledge and resolve them.

-- Not used here: Postgres uses a new value only after the transaction that added it.
ALTER TYPE incident_event_kind ADD VALUE 'MERGED';

-- A label is looked for in any case like every other text; see 20261128000500_any_case. What is no text, which nothing
-- writes, stays as it is.
CREATE FUNCTION labels_without_case(given JSONB) RETURNS JSONB LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN CASE WHEN jsonb_typeof(given) = 'object' THEN (
    SELECT coalesce(jsonb_object_agg(key, CASE WHEN jsonb_typeof(value) = 'string' THEN to_jsonb(without_case(value #>> '{}')) ELSE value END), '{}'::jsonb)
      FROM jsonb_each(given))
  ELSE given END;

-- The name of the assignee is beside the account, as it was then. Who leaves the tenant stays the assignee.
ALTER TABLE incidents
  ADD COLUMN assignee_id UUID REFERENCES users (id) ON DELETE SET NULL ON UPDATE CASCADE,
  ADD COLUMN merged_into_id UUID,
  ADD COLUMN labels_folded JSONB NOT NULL GENERATED ALWAYS AS (labels_without_case(labels)) STORED,
  ADD CONSTRAINT incidents_tenant_id_merged_into_id_fkey FOREIGN KEY (tenant_id, merged_into_id)
    REFERENCES incidents (tenant_id, id) ON DELETE NO ACTION ON UPDATE CASCADE,
  -- What is merged is over, and so no unfinished one of its fingerprint.
  ADD CONSTRAINT incidents_merged_into_id_check CHECK (merged_into_id IS NULL OR (merged_into_id <> id AND status = 'CLOSED'));

-- The statistics read what was opened, acknowledged and resolved in a window: by first_seen_at, which has its index, and
-- by these.
CREATE INDEX incidents_tenant_id_acknowledged_at_id_idx ON incidents (tenant_id, acknowledged_at, id);
CREATE INDEX incidents_tenant_id_resolved_at_id_idx ON incidents (tenant_id, resolved_at, id);
-- Lists of what somebody is to do. Labels have no index: below row-level security no operator of jsonb is a condition of
-- one, since none is leakproof; lists look at the labels of the rows that they walk.
CREATE INDEX incidents_tenant_id_assignee_id_idx ON incidents (tenant_id, assignee_id);
-- A breach whose incident was merged goes to the one that it was merged into. Without those that stand by themselves,
-- nearly all: else the planner takes an index for finding what was not merged.
CREATE INDEX incidents_merged_fingerprint ON incidents (tenant_id, fingerprint) WHERE merged_into_id IS NOT NULL;
CREATE INDEX incidents_merged_into ON incidents (tenant_id, merged_into_id) WHERE merged_into_id IS NOT NULL;

import { afterAll, expect, test } from 'vitest'
import { domains } from '../domains/index.ts'
import { openWalls } from './two-tenants.ts'

const walls = await openWalls('canary-c4ec')
const { owner } = walls
afterAll(walls.close)

/**
 * The constraint that refuses a statement of the owner, whom no service and no wall holds; the statement is
 * undone.
 */
const refusedBy = async (text: string): Promise<string | undefined> => {
  await owner.query('BEGIN')
  try {
    await owner.query(text)
    return undefined
  } catch (error) {
    return (error as { constraint?: string }).constraint
  } finally {
    await owner.query('ROLLBACK')
  }
}

/** By constraint: what it refuses of the rows that are there, and what it lets pass. */
const promises: Record<string, { refused: string[]; kept: string[] }> = {
  ...Object.assign({}, ...domains.map(({ constraints }) => constraints)),
  tenants_slug_check: {
    refused: [`UPDATE tenants SET slug = 'Acme' WHERE slug = 'alpha'`],
    kept: [`UPDATE tenants SET slug = 'a' WHERE slug = 'alpha'`, `UPDATE tenants SET name = 'A'`],
  },
  tenants_incident_number_check: {
    refused: ['UPDATE tenants SET incident_number = -1'],
    kept: ['UPDATE tenants SET incident_number = 7'],
  },
  projects_slug_check: {
    refused: [
      `UPDATE projects SET slug = 'a-'`,
      `UPDATE projects SET slug = ''`,
      `UPDATE projects SET slug = E'a\\n'`,
    ],
    kept: [`UPDATE projects SET slug = repeat('a', 63)`],
  },
  projects_color_check: {
    refused: [`UPDATE projects SET color = 'red'`, `UPDATE projects SET color = '#12345g'`],
    kept: [`UPDATE projects SET color = '#12aBcF'`],
  },
  environments_slug_check: {
    refused: [`UPDATE environments SET slug = repeat('a', 64)`],
    kept: [`UPDATE environments SET slug = 'a-b'`],
  },
  environments_color_check: {
    refused: [`UPDATE environments SET color = '#1234567'`],
    kept: [`UPDATE environments SET color = '#123456'`],
  },
  environments_retention_days_check: {
    refused: ['UPDATE environments SET retention_days = 0', 'UPDATE environments SET retention_days = 91'],
    kept: ['UPDATE environments SET retention_days = 1', 'UPDATE environments SET retention_days = 90'],
  },
  users_email_check: {
    refused: [`UPDATE users SET email = upper(email)`],
    kept: [`UPDATE users SET email = 'new-' || email`],
  },
  users_oauth_check: {
    refused: [`UPDATE users SET oauth_provider = 'github'`, `UPDATE users SET oauth_id = id::text`],
    kept: [`UPDATE users SET oauth_provider = 'github', oauth_id = id::text`],
  },
  invitations_email_check: { refused: [`UPDATE invitations SET email = upper(email)`], kept: [] },
  invitations_hash_check: { refused: [`UPDATE invitations SET hash = 'secret'`], kept: [] },
  api_keys_hash_check: { refused: [`UPDATE api_keys SET hash = 'hg_live_secret'`], kept: [] },
  api_keys_scopes_check: {
    refused: [`UPDATE api_keys SET scopes = '{read,root}'`, 'UPDATE api_keys SET scopes = NULL'],
    kept: [`UPDATE api_keys SET scopes = '{read,write,ingest,admin}'`],
  },
  api_keys_usage_count_check: { refused: ['UPDATE api_keys SET usage_count = -1'], kept: [] },
  stream_keys_hash_check: { refused: [`UPDATE stream_keys SET hash = 'sk_live_secret'`], kept: [] },
  refresh_tokens_hash_check: { refused: [`UPDATE refresh_tokens SET hash = 'secret'`], kept: [] },
  idempotency_keys_input_hash_check: {
    refused: [`UPDATE idempotency_keys SET input_hash = 'input'`],
    kept: [],
  },
  streams_max_viewers_check: {
    refused: ['UPDATE streams SET max_viewers = 0'],
    kept: ['UPDATE streams SET max_viewers = 1', 'UPDATE streams SET max_viewers = NULL'],
  },
  clusters_slug_check: {
    refused: [`UPDATE clusters SET slug = ''`],
    kept: [`UPDATE clusters SET slug = 'EU.1'`],
  },
  edge_nodes_slug_check: {
    refused: [`UPDATE edge_nodes SET slug = ''`, `UPDATE edge_nodes SET slug = repeat('n', 129)`],
    kept: [`UPDATE edge_nodes SET slug = repeat('n', 128)`],
  },
  edge_nodes_health_score_check: {
    refused: ['UPDATE edge_nodes SET health_score = -1', 'UPDATE edge_nodes SET health_score = 101'],
    kept: ['UPDATE edge_nodes SET health_score = 0', 'UPDATE edge_nodes SET health_score = 100'],
  },
  edge_nodes_latitude_check: {
    refused: ['UPDATE edge_nodes SET latitude = 90.1'],
    kept: ['UPDATE edge_nodes SET latitude = -90'],
  },
  edge_nodes_longitude_check: {
    refused: ['UPDATE edge_nodes SET longitude = 180.1'],
    kept: ['UPDATE edge_nodes SET longitude = 180'],
  },
  incidents_number_check: {
    refused: ['UPDATE incidents SET number = 0'],
    kept: ['UPDATE incidents SET number = 2'],
  },
  incidents_occurrences_check: { refused: ['UPDATE incidents SET occurrences = 0'], kept: [] },
  incidents_version_check: { refused: ['UPDATE incidents SET version = 0'], kept: [] },
  incidents_resolved_at_check: {
    refused: [`UPDATE incidents SET resolved_at = first_seen_at - interval '1 ms'`],
    kept: ['UPDATE incidents SET resolved_at = first_seen_at', 'UPDATE incidents SET resolved_at = NULL'],
  },
  incident_events_version_check: { refused: ['UPDATE incident_events SET version = 0'], kept: [] },
  // Two of what may be there once.
  invitations_open_email: {
    refused: [
      `INSERT INTO invitations (id, tenant_id, email, role, hash, expires_at)
       SELECT gen_random_uuid(), tenant_id, email, role, sha256(hash), expires_at FROM invitations`,
    ],
    kept: [
      `INSERT INTO invitations (id, tenant_id, email, role, hash, expires_at, accepted_at)
       SELECT gen_random_uuid(), tenant_id, email, role, sha256(hash), expires_at, now() FROM invitations`,
    ],
  },
  incident_events_tenant_id_incident_id_version_key: {
    refused: [
      `INSERT INTO incident_events (id, tenant_id, incident_id, kind, actor, version)
       SELECT gen_random_uuid(), tenant_id, incident_id, kind, actor, version FROM incident_events`,
    ],
    kept: [
      `INSERT INTO incident_events (id, tenant_id, incident_id, kind, actor, version)
       SELECT gen_random_uuid(), tenant_id, incident_id, kind, actor, version + 1 FROM incident_events`,
    ],
  },
}

test.each(Object.entries(promises))(
  '%s refuses what it should and nothing else',
  async (name, { refused, kept }) => {
    for (const text of refused) expect([text, await refusedBy(text)]).toEqual([text, name])
    for (const text of kept) expect([text, await refusedBy(text)]).toEqual([text, undefined])
  },
)

test('every CHECK of the database is one of these', async () => {
  const { rows } = await owner.query<{ name: string }>(
    `SELECT conname AS name FROM pg_constraint WHERE contype = 'c' AND connamespace = 'public'::regnamespace ORDER BY 1`,
  )
  const known = Object.keys(promises).filter((name) => name.endsWith('_check'))
  expect(rows.map(({ name }) => name)).toEqual(known.toSorted())
})

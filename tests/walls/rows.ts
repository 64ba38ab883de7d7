import type { Client } from 'pg'
import { domains } from '../domains/index.ts'
import { uuidv7 } from '../../src/platform/ids.ts'

export type Owned = {
  readonly tenant: string
  readonly user: string
  readonly hash: Buffer
  readonly invitation: Buffer
  readonly refresh: Buffer
  readonly slug: string
}

/** One row in every table, written by the owner, whom no wall holds. Each text carries `word`. */
export const writeRows = async (owner: Client, word: string): Promise<Owned> => {
  const [tenant, user, project, stream, cluster, incident, session] = Array.from({ length: 7 }, () =>
    uuidv7(),
  )
  const hash = Buffer.from(tenant!.replaceAll('-', '').repeat(2), 'hex')
  const invitation = Buffer.concat([hash.subarray(1), Buffer.from([1])])
  const refresh = Buffer.concat([hash.subarray(1), Buffer.from([2])])
  const insert = async (table: string, row: Record<string, unknown>): Promise<void> => {
    const columns = Object.keys(row)
    await owner.query(
      `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map((_, index) => `$${index + 1}`).join(', ')})`,
      Object.values(row),
    )
  }
  const now = new Date()
  const common = () => ({ id: uuidv7(), tenant_id: tenant, updated_at: now })
  await insert('tenants', { id: tenant, name: word, slug: word, updated_at: now })
  await insert('users', { id: user, email: `${word}@example.test`, name: word, updated_at: now })
  await insert('passwords', { user_id: user, hash: word, updated_at: now })
  await insert('memberships', { ...common(), user_id: user, role: 'OWNER' })
  await insert('invitations', {
    ...common(),
    email: `${word}@example.test`,
    role: 'VIEWER',
    hash: invitation,
    expires_at: now,
  })
  await insert('sessions', {
    id: session,
    user_id: user,
    acting_tenant_id: tenant,
    user_agent: word,
    last_used_at: now,
    expires_at: now,
  })
  await insert('refresh_tokens', {
    id: uuidv7(),
    user_id: user,
    session_id: session,
    hash: refresh,
    issued_at: now,
    expires_at: now,
  })
  await insert('signing_keys', {
    kid: word,
    public_jwk: {},
    private_jwk_encrypted: refresh,
    created_at: now,
  })
  await insert('projects', { ...common(), id: project, name: word, slug: word })
  await insert('environments', { ...common(), project_id: project, name: word, slug: word })
  await insert('api_keys', {
    ...common(),
    project_id: project,
    name: word,
    prefix: word,
    hash,
    scopes: ['read'],
  })
  const named = { internal_name: word, playback_id: word, title: word }
  await insert('streams', { ...common(), ...named, id: stream })
  await insert('stream_keys', { ...common(), stream_id: stream, name: word, prefix: word, hash })
  await insert('clusters', { ...common(), id: cluster, slug: word, name: word })
  await insert('edge_nodes', { ...common(), cluster_id: cluster, slug: word, name: word })
  await insert('incidents', {
    ...common(),
    id: incident,
    number: 1,
    title: word,
    severity: 'LOW',
    // As a merged one has to be: so that the reference to another is what is refused, and not the status.
    status: 'CLOSED',
    fingerprint: word,
    first_seen_at: now,
    last_seen_at: now,
  })
  const event = {
    id: uuidv7(),
    tenant_id: tenant,
    incident_id: incident,
    kind: 'OPENED',
    actor: word,
    version: 1,
  }
  await insert('incident_events', event)
  await insert('outbox_messages', { id: uuidv7(), tenant_id: tenant, topic: word, payload: { word } })
  const bytes = Buffer.alloc(32)
  await insert('audit_logs', {
    id: uuidv7(),
    tenant_id: tenant,
    sequence: 1,
    created_at: now,
    actor_kind: 'user',
    actor: word,
    action: word,
    outcome: 'SUCCESS',
    prev_hash: bytes,
    hash: bytes,
  })
  await insert('audit_heads', { tenant_id: tenant, sequence: 1, hash: bytes, first_prev_hash: bytes })
  await insert('idempotency_keys', {
    tenant_id: tenant,
    mutation: word,
    key: word,
    input_hash: hash,
    resource_id: stream,
  })
  for (const { rows } of domains)
    await rows?.({ insert, common, word, at: now, stream: stream!, cluster: cluster!, incident: incident! })
  return { tenant: tenant!, user: user!, hash, invitation, refresh, slug: word }
}

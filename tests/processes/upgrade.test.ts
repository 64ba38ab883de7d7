import { createHash } from 'node:crypto'
import type { Client } from 'pg'
import { expect, test } from 'vitest'
import { makeApiKey } from '../../src/auth/api-key.ts'
import { createPasswords } from '../../src/auth/passwords.ts'
import { uuidv7 } from '../../src/platform/ids.ts'
import { createTestClient, type Answer } from '../testkit/client.ts'
import { asNow, createOldDatabases, everything, migrations } from './old-database.ts'
import { createPrograms } from './program.ts'

const programs = createPrograms()
/** What the first version of the program had. */
const FIRST = ['20261120000000_foundation', '20261120000100_tenant_walls']
const PASSWORD = 'correct horse battery'
const databases = await createOldDatabases(FIRST)

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest()

/** Rows of every kind there was, as that version wrote them. Only columns of that time are named. */
const fill = async (client: Client) => {
  const ids = new Map<string, string>()
  const id = (name: string): string => {
    if (!ids.has(name)) ids.set(name, uuidv7())
    return ids.get(name)!
  }
  const insert = (table: string, row: object) => {
    const columns = Object.keys(row)
    const places = columns.map((_, index) => `$${index + 1}`).join(', ')
    return client.query(`INSERT INTO ${table} (${columns.join(', ')}) VALUES (${places})`, Object.values(row))
  }
  const updated_at = new Date('2026-11-20T10:00:00Z')
  const [key, revoked, expired] = [makeApiKey('live'), makeApiKey('live'), makeApiKey('test')]
  const passwordHash = await createPasswords().hash(PASSWORD)
  const owned = { tenant_id: id('tenant'), updated_at }
  await insert('tenants', {
    id: id('tenant'),
    name: 'Acme',
    slug: 'acme',
    plan: 'pro',
    incident_number: 2,
    updated_at,
  })
  await insert('tenants', { id: id('other'), name: 'Other', slug: 'other', is_active: false, updated_at })
  const ada = { email: 'ada@example.test', name: 'Ada', password_hash: passwordHash, metadata: { team: 1 } }
  await insert('users', { id: id('ada'), ...ada, last_login_at: updated_at, updated_at })
  const bob = { email: 'bob@example.test', name: 'Bob', oauth_provider: 'github', oauth_id: '7' }
  await insert('users', { id: id('bob'), ...bob, updated_at })
  await insert('memberships', {
    id: uuidv7(),
    ...owned,
    user_id: id('ada'),
    role: 'OWNER',
    joined_at: updated_at,
  })
  await insert('memberships', {
    id: uuidv7(),
    ...owned,
    user_id: id('bob'),
    role: 'VIEWER',
    invited_by_id: id('ada'),
  })
  await insert('projects', { id: id('project'), ...owned, name: 'Web', slug: 'web', color: '#123456' })
  const environment = {
    project_id: id('project'),
    name: 'Production',
    slug: 'production',
    retention_days: 30,
  }
  await insert('environments', { id: uuidv7(), ...owned, ...environment })
  for (const [name, secret, more] of [
    ['Deploy', key, { scopes: ['read', 'write', 'ingest'], usage_count: 12, last_used_at: updated_at }],
    ['Revoked', revoked, { scopes: ['read'], revoked_at: updated_at, revoked_by: id('ada') }],
    ['Expired', expired, { scopes: ['read'], expires_at: updated_at, project_id: id('project') }],
  ] as const) {
    const told = { name, prefix: secret.slice(0, 12), hash: sha256(secret) }
    await insert('api_keys', { id: uuidv7(), ...owned, ...told, ...more })
  }
  const stream = {
    internal_name: 'main',
    playback_id: 'p-1',
    title: 'Main stage',
    status: 'LIVE',
    max_viewers: 5,
  }
  await insert('streams', { id: id('stream'), ...owned, ...stream, recording_config: { on: true } })
  const streamKey = {
    stream_id: id('stream'),
    name: 'Main',
    prefix: 'sk_live_0000',
    hash: sha256('a stream key'),
  }
  await insert('stream_keys', { id: uuidv7(), ...owned, ...streamKey })
  await insert('clusters', { id: id('cluster'), ...owned, cluster_id: 'eu', name: 'Europe' })
  const node = {
    cluster_row_id: id('cluster'),
    node_id: 'edge-1',
    name: 'Edge 1',
    latitude: 52.4,
    tags: ['a', 'b'],
  }
  await insert('edge_nodes', { id: uuidv7(), ...owned, ...node, addresses: ['192.0.2.1'], health_score: 90 })
  const seen = { first_seen_at: updated_at, last_seen_at: updated_at }
  const open = {
    number: 1,
    title: 'Too slow',
    severity: 'HIGH',
    fingerprint: 'a',
    value: '12.50',
    version: 2,
  }
  await insert('incidents', { id: id('incident'), ...owned, ...open, ...seen, labels: { region: 'eu' } })
  const closed = { number: 2, title: 'Over', severity: 'LOW', status: 'CLOSED', fingerprint: 'b' }
  await insert('incidents', { id: uuidv7(), ...owned, ...closed, ...seen, resolved_at: updated_at })
  for (const [version, kind] of ['OPENED', 'NOTE_ADDED'].entries()) {
    const event = {
      incident_id: id('incident'),
      kind,
      actor: 'key:Deploy',
      version: version + 1,
      note: 'Looking',
    }
    await insert('incident_events', { id: uuidv7(), tenant_id: id('tenant'), ...event })
  }
  const message = { topic: 'gone', payload: { n: 1 }, set_aside_at: updated_at } // no topic of ours: the relay leaves it
  await insert('outbox_messages', { id: uuidv7(), tenant_id: id('tenant'), ...message })
  return { key, refused: [revoked, expired] }
}

test.each(['a superuser', 'a plain owner'] as const)(
  'a database of the first version, owned by %s, is brought to this one: every row is there, keys and passwords are good, the program starts',
  async (owner) => {
    const { client, migrate, env } = await databases.open(owner)
    try {
      const made = await fill(client)
      const before = await everything(client)
      for (const [table, rows] of before) expect([table, rows.length]).not.toEqual([table, 0])

      expect(await migrate()).toEqual(migrations.slice(FIRST.length))

      const after = await everything(client)
      for (const [table, rows] of before) {
        const now = after.get(table)
        expect([table, now !== undefined]).toEqual([table, true])
        for (const { password_hash: hash, ...row } of rows) {
          const same = now!.find(({ id }) => id === row.id)
          expect([table, same]).toEqual([table, expect.objectContaining(asNow(table, row))])
          if (table !== 'users') continue
          // Hashes stand beside the accounts, or in a table of their own.
          const moved = after.get('passwords')?.filter((each) => each.user_id === row.id)
          expect(moved ? moved.map((each) => each.hash) : [same!.password_hash]).toEqual(
            moved && hash === null ? [] : [hash],
          )
        }
      }

      const program = await programs.start({ env })
      const { data } = (await createTestClient(program.url, made.key).request(
        `{ tenant { slug plan projects { nodes { slug environments { nodes { slug retentionDays } } } } } viewer { scopes apiKey { name } }
           streams { nodes { internalName title status } } edgeNodes { nodes { slug } }
           incidents { nodes { number title status } } }`,
      )) as Answer<unknown>
      expect(data).toMatchObject({
        tenant: {
          slug: 'acme',
          plan: 'PRO',
          projects: {
            nodes: [{ slug: 'web', environments: { nodes: [{ slug: 'production', retentionDays: 30 }] } }],
          },
        },
        viewer: { scopes: ['INGEST', 'READ', 'WRITE'], apiKey: { name: 'Deploy' } },
        streams: { nodes: [{ internalName: 'main', title: 'Main stage', status: 'LIVE' }] },
        edgeNodes: { nodes: [{ slug: 'edge-1' }] },
        incidents: { nodes: expect.arrayContaining([{ number: 1, title: 'Too slow', status: 'OPEN' }]) },
      })
      for (const key of made.refused)
        expect((await createTestClient(program.url, key).request('{ tenant { slug } }')).status).toBe(401)
      const signedIn = (await createTestClient(program.url).request(
        `mutation { signIn(input: { email: "ada@example.test", password: "${PASSWORD}" }) {
           __typename ... on SignInPayload { membership { slug role } } } }`,
      )) as Answer<unknown>
      expect(signedIn.data).toEqual({
        signIn: { __typename: 'SignInPayload', membership: { slug: 'acme', role: 'OWNER' } },
      })
      program.kill('SIGTERM')
      expect((await program.ended).code).toBe(0)
    } finally {
      await client.end()
    }
  },
)

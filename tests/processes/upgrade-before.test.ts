import { exportJWK, generateKeyPair } from 'jose'
import type { Client } from 'pg'
import { expect, test } from 'vitest'
import { makeApiKey } from '../../src/auth/api-key.ts'
import { createPasswords } from '../../src/auth/passwords.ts'
import { uuidv7 } from '../../src/platform/ids.ts'
import { createTestClient, type Answer } from '../testkit/client.ts'
import { asNow, createOldDatabases, everything, foldedOf, migrations, type Row } from './old-database.ts'
import { fillTables, sha256 } from './old-rows.ts'
import { createPrograms } from './program.ts'

const programs = createPrograms()
/** The version before constraints, slugs and one Prisma file a domain. */
const BEFORE = migrations.filter((name) => name < '20261128')
const PASSWORD = 'correct horse battery'
const databases = await createOldDatabases(BEFORE)

const { publicKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true })
const publicJwk = JSON.stringify(await exportJWK(publicKey))
const passwordHash = await createPasswords().hash(PASSWORD)
const key = makeApiKey('live')

/** Every table with three rows that the program before could have written. */
const fill = (client: Client) =>
  fillTables(client, (place, kind) => {
    const texts: Record<string, unknown> = {
      slug: `${kind}-slug`,
      color: '#12abEF',
      email: `${kind}@example.test`,
      scopes: ['read', 'write'],
      retention_days: 30,
      'tenants.plan': kind === 'lean' ? undefined : 'pro',
      'clusters.type': kind === 'lean' ? undefined : 'edge',
      'signing_keys.public_jwk': publicJwk,
      'signing_keys.retired_at': new Date('2026-11-20T10:00:00Z'), // the program makes one that its secret opens
      'passwords.hash': passwordHash,
      'memberships.role': 'OWNER',
      'api_keys.project_id': kind === 'living' ? null : undefined, // or it could read nothing but its project
      'api_keys.hash': kind === 'living' ? sha256(key) : undefined,
    }
    return texts[place] === undefined ? undefined : { value: texts[place] }
  })

const endOf = (id: string) => id.slice(-12)
const emailBefore = (email: string) => ({ metadata: { emailBefore: email } })
const minute = (nth: number) => ({ created_at: new Date(Date.UTC(2026, 10, 21, 10, nth)) })
const keyOf = (table: string, row: Row): string =>
  `${table} ${String(row.id ?? row.kid ?? row.user_id ?? row.tenant_id)}`

/**
 * Rows that the program before accepted or that somebody wrote by hand, and what becomes of them; null: it
 * goes. Columns that aren't named stay as they are.
 */
const writeAwkward = async (
  client: Client,
  tenant: string,
  incident: string,
  cluster: string,
  project: string,
) => {
  const repaired = new Map<string, Row | null>()
  const write = async (table: string, row: Row, becomes: Row | null): Promise<string> => {
    const whole: Row = { id: uuidv7(), ...row }
    const names = Object.keys(whole)
    await client.query(
      `INSERT INTO ${table} (${names.join(', ')}) VALUES (${names.map((_, index) => `$${index + 1}`).join(', ')})`,
      Object.values(whole),
    )
    repaired.set(keyOf(table, whole), becomes)
    return whole.id as string
  }
  const updated_at = new Date('2026-11-20T10:00:00Z')
  const owned = { tenant_id: tenant, updated_at }

  const plans = { name: 'Gold', slug: 'Gold & Söhne', plan: 'gold', incident_number: -3, updated_at }
  const gold = uuidv7()
  await write(
    'tenants',
    { id: gold, ...plans },
    { plan: 'FREE', slug: `gold-s-hne-${endOf(gold)}`, incident_number: 0 },
  )

  const account = { name: 'Ada', updated_at }
  await write('users', { ...account, email: 'ada@example.test' }, {})
  const twin = uuidv7()
  await write(
    'users',
    { id: twin, ...account, email: 'Ada@Example.test' },
    { email: `ada+${endOf(twin)}@example.test`, ...emailBefore('Ada@Example.test') },
  )
  await write(
    'users',
    { ...account, email: 'Bob@example.test', created_at: updated_at },
    { email: 'bob@example.test', ...emailBefore('Bob@example.test') },
  )
  const second = uuidv7()
  await write(
    'users',
    { id: second, ...account, email: 'BOB@example.test' },
    { email: `bob+${endOf(second)}@example.test`, ...emailBefore('BOB@example.test') },
  )
  await write('users', { ...account, email: 'half@example.test', oauth_id: '7' }, { oauth_id: null })

  const invited = { ...owned, role: 'VIEWER', expires_at: updated_at }
  const invite = (email: string, day: number, becomes: Row | null, more: Row = {}) =>
    write(
      'invitations',
      {
        ...invited,
        email,
        hash: sha256(`${email} ${day}`),
        created_at: new Date(Date.UTC(2026, 10, day)),
        ...more,
      },
      becomes,
    )
  await invite('eve@example.test', 1, null)
  await invite('Eve@example.test', 3, { email: 'eve@example.test' })
  await invite('eve@example.test', 2, null)
  await invite('eve@example.test', 4, {}, { accepted_at: updated_at })

  const web = { ...owned, name: 'Web', color: 'red' }
  const slugless = uuidv7()
  await write('projects', { id: slugless, ...web, slug: '---' }, { slug: endOf(slugless), color: '#888888' })
  const environment = { ...owned, project_id: project, name: 'Production', color: '' }
  for (const [slug, days, kept] of [
    ['short', 0, 1],
    ['long', 365, 90],
  ] as const)
    await write(
      'environments',
      { ...environment, slug, retention_days: days },
      { retention_days: kept, color: '#888888' },
    )

  const deploy = { ...owned, name: 'Deploy', prefix: 'hg_live_0000', usage_count: -1 }
  await write(
    'api_keys',
    { ...deploy, hash: Buffer.from('in the clear'), scopes: ['everything', 'read'] },
    { hash: `\\x${sha256('in the clear').toString('hex')}`, scopes: ['read'], usage_count: 0 },
  )
  await write('api_keys', { ...deploy, hash: sha256('none'), scopes: null }, { scopes: [], usage_count: 0 })

  const stream = { ...owned, title: 'Nobody', internal_name: 'nobody', playback_id: 'p-nobody' }
  await write('streams', { ...stream, max_viewers: 0 }, { max_viewers: null })
  const early = new Date(updated_at.getTime() - 5)
  const live = { ...stream, internal_name: 'live', playback_id: 'p-live', status: 'LIVE' }
  await write('streams', { ...live, started_at: updated_at, ended_at: updated_at }, { ended_at: null })
  const skewed = { ...stream, internal_name: 'skewed', playback_id: 'p-skewed' }
  await write(
    'streams',
    { ...skewed, started_at: updated_at, ended_at: early },
    { ended_at: updated_at.toISOString().replace('.000Z', '+00:00') },
  )
  await write(
    'clusters',
    { ...owned, name: 'Core', cluster_id: '', type: 'core' },
    { slug: expect.any(String), type: 'EDGE' },
  )
  await write(
    'clusters',
    { ...owned, name: 'Central', cluster_id: 'central', type: 'central' },
    { type: 'CENTRAL' },
  )
  const node = { ...owned, cluster_row_id: cluster, name: 'Edge' }
  await write('edge_nodes', { ...node, node_id: 'Edge 1.EU', health_score: 140 }, { health_score: 100 })
  await write(
    'edge_nodes',
    { ...node, node_id: 'edge-2', health_score: -1, latitude: 400, longitude: 4 },
    { health_score: 0, latitude: null, longitude: null },
  )

  const seen = { first_seen_at: updated_at, last_seen_at: updated_at }
  const slow = { ...owned, ...seen, title: 'Too slow', severity: 'HIGH' }
  await write(
    'incidents',
    { ...slow, number: 8, fingerprint: 'skew', status: 'RESOLVED', resolved_at: early },
    { resolved_at: updated_at.toISOString().replace('.000Z', '+00:00') },
  )
  await write(
    'incidents',
    {
      ...slow,
      number: 0,
      fingerprint: 'null',
      occurrences: 0,
      version: 0,
      value: '0.0000000005',
      threshold: '-1e34',
    },
    { number: 9, occurrences: 1, version: 1, value: 1e-9, threshold: -(1e29 - 1) },
  )
  const line = { tenant_id: tenant, incident_id: incident, kind: 'NOTE_ADDED', actor: 'user:Ada' }
  // The living incident has a line of version 3 already, which is older than these.
  await write('incident_events', { ...line, version: 3, ...minute(2) }, { version: 3 })
  await write('incident_events', { ...line, version: 3, ...minute(1) }, { version: 2 })
  return repaired
}

test.each(['a superuser', 'a plain owner'] as const)(
  'a database of the version before, owned by %s, with rows in every table comes over whole, and the program serves it',
  async (owner) => {
    const { client, migrate, env } = await databases.open(owner)
    try {
      const { lean, living } = await fill(client)
      const [tenant, incident, cluster, project] = ['tenants', 'incidents', 'clusters', 'projects'].map(
        (table) => living[table]!.id as string,
      )
      const repaired = await writeAwkward(client, tenant!, incident!, cluster!, project!)
      // Its timeline is renumbered.
      const { rows } = await client.query<{ id: string }>(
        'SELECT id FROM incident_events WHERE incident_id = $1',
        [incident],
      )
      repaired.set(
        rows.map((row) => keyOf('incident_events', row)).find((each) => !repaired.has(each))!,
        { version: 1 },
      )
      repaired.set(keyOf('tenants', { id: tenant }), { incident_number: 9 })
      // Behind its own timeline, and behind its own incidents: the next one would be refused.
      repaired.set(keyOf('incidents', lean.incidents!), { version: 2 })
      repaired.set(keyOf('tenants', lean.tenants!), { incident_number: 2 })
      repaired.set(keyOf('api_keys', lean.api_keys!), { scopes: [] })
      const before = await everything(client)
      for (const [table, each] of before) expect([table, each.length]).not.toEqual([table, 0])

      expect(await migrate()).toEqual(migrations.slice(BEFORE.length))

      const after = await everything(client)
      for (const [table, each] of before) {
        const now = after.get(table)!
        const stays = each.filter((row) => repaired.get(keyOf(table, row)) !== null)
        expect([table, now.map((row) => keyOf(table, row)).toSorted()]).toEqual([
          table,
          stays.map((row) => keyOf(table, row)).toSorted(),
        ])
        for (const row of stays) {
          const changes = repaired.get(keyOf(table, row)) ?? {}
          const found = now.find((each) => keyOf(table, each) === keyOf(table, row))!
          const expected = { ...asNow(table, row), ...foldedOf(found), ...changes }
          // A repair is a change.
          if (Object.keys(changes).length > 0 && 'updated_at' in row) expected.updated_at = expect.any(String)
          expect([table, found]).toEqual([table, expected])
        }
      }
      const { rows: open } = await client.query(
        `SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
            AND NOT (relrowsecurity AND relforcerowsecurity)`,
      )
      expect(open).toEqual([{ relname: '_prisma_migrations' }])

      const program = await programs.start({ env })
      const { data, errors } = (await createTestClient(program.url, key).request(
        `{ tenant { slug plan projects { nodes { slug } } } viewer { scopes } streams { nodes { internalName title maxViewers } }
           edgeNodes { nodes { slug healthScore cluster { slug type } } } incidents { nodes { number severity status } } }`,
      )) as Answer<unknown>
      expect(errors).toBeUndefined()
      expect(data).toMatchObject({
        tenant: {
          slug: 'living-slug',
          plan: 'PRO',
          projects: { nodes: expect.arrayContaining([{ slug: 'living-slug' }]) },
        },
        viewer: { scopes: ['READ', 'WRITE'] },
        streams: {
          nodes: expect.arrayContaining([{ internalName: 'nobody', title: 'Nobody', maxViewers: null }]),
        },
        edgeNodes: {
          nodes: expect.arrayContaining([
            {
              slug: 'Edge 1.EU',
              healthScore: 100,
              cluster: { slug: 'living clusters cluster_id', type: 'EDGE' },
            },
          ]),
        },
        incidents: { nodes: expect.arrayContaining([{ number: 9, severity: 'HIGH', status: 'OPEN' }]) },
      })
      const signedIn = (await createTestClient(program.url).request(
        `mutation { signIn(input: { email: "living@example.test", password: "${PASSWORD}" }) {
           __typename ... on SignInPayload { membership { slug role } } } }`,
      )) as Answer<unknown>
      expect(signedIn.data).toEqual({
        signIn: { __typename: 'SignInPayload', membership: { slug: 'living-slug', role: 'OWNER' } },
      })
      program.kill('SIGTERM')
      expect((await program.ended).code).toBe(0)
    } finally {
      await client.end()
    }
  },
)

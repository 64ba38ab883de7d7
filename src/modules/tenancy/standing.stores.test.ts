import { Client } from 'pg'
import { afterAll, expect, test } from 'vitest'
import { startApp } from '../../../tests/testkit/app.ts'
import { createPeople } from '../../../tests/testkit/members.ts'

const program = await startApp()
const owner = new Client({ connectionString: program.databases.ownerUrl })
await owner.connect()
const { ask, run, outcome, tenant, join } = createPeople(program, owner)
afterAll(async () => {
  await owner.end()
  await program.stop()
})

const NEW_KEY = ['createApiKey', { name: 'K', mode: 'TEST', scopes: ['ADMIN', 'READ', 'WRITE'] }] as const
type Key = { readonly key: string; readonly apiKey: { readonly id: string } }
const newKey = (token: string) => run<Key>(token, ...NEW_KEY)
/** What of a tenant's rows tells whether something was done. */
const traces = async (slug: string): Promise<unknown> =>
  (
    await owner.query(
      `SELECT t.name, t.deleted_at, (SELECT count(*) FROM api_keys WHERE tenant_id = t.id AND revoked_at IS NULL) AS keys,
              (SELECT count(*) FROM streams WHERE tenant_id = t.id) AS streams,
              (SELECT count(*) FROM projects WHERE tenant_id = t.id) AS projects,
              (SELECT count(*) FROM invitations WHERE tenant_id = t.id) AS invitations,
              (SELECT count(*) FROM incidents WHERE tenant_id = t.id) AS incidents
         FROM tenants t WHERE t.slug = $1`,
      [slug],
    )
  ).rows
const changes = (slug: string): (readonly [name: string, input: object])[] => [
  NEW_KEY,
  ['updateTenant', { name: 'Mine' }],
  ['deleteTenant', { slug }],
  ['createProject', { name: 'P', slug: 'late' }],
  ['inviteMember', { email: 'friend@example.test', role: 'VIEWER' }],
  ['createStream', { title: 'T' }],
  ['openIncident', { title: 'T', severity: 'LOW' }],
]

test.each([
  ['made less', 'changeMemberRole', { role: 'VIEWER' }],
  ['removed', 'removeMember', {}],
])(
  'an owner who was %s a moment ago changes nothing, though their token is good for another moment',
  async (_what, name, input) => {
    const made = await tenant()
    const them = await join(made, 'OWNER')
    await ask(them.token, '{ viewer { role } }') // the answer is kept for 2 s from here
    expect(await outcome(made.founder.token, name, { id: them.memberId, ...input })).toBe('ok')
    const before = await traces(made.slug)
    // All at once: the moment is short.
    const all = changes(made.slug)
    const told = await Promise.all(all.map((change) => outcome(them.token, ...change)))
    expect(told).toEqual(all.map(() => 'FORBIDDEN'))
    expect(await traces(made.slug)).toEqual(before)
  },
)

test('a key that was revoked a moment ago changes nothing, and makes no key that outlives it', async () => {
  const { slug, founder } = await tenant()
  const { key, apiKey } = await newKey(founder.token)
  await ask(key, '{ tenant { id } }')
  expect(await outcome(founder.token, 'revokeApiKey', { id: apiKey.id })).toBe('ok')
  const before = await traces(slug)
  const all = changes(slug)
  const told = await Promise.all(all.map((change) => outcome(key, ...change)))
  expect(told).toEqual(all.map(() => 'FORBIDDEN'))
  expect(await traces(slug)).toEqual(before)
})

test('a key may end itself, by revoking and by rotating', async () => {
  const { founder } = await tenant()
  const { key, apiKey } = await newKey(founder.token)
  const rotated = await run<Key>(key, 'rotateApiKey', { id: apiKey.id })
  expect(await outcome(rotated.key, 'revokeApiKey', { id: rotated.apiKey.id })).toBe('ok')
})

test('refusals, member changes and sign-ins of one tenant at once wait for each other and never for good', async () => {
  const made = await tenant()
  const viewer = await join(made, 'VIEWER')
  const rounds = Array.from({ length: 40 }, (_, n) => n)
  const invited = rounds.map((n) =>
    outcome(made.founder.token, 'inviteMember', { email: `i${n}@example.test`, role: 'VIEWER' }),
  )
  const denied = rounds.map(() => outcome(viewer.token, 'createStream', { title: 'T' }))
  const switched = rounds.map(() => outcome(viewer.token, 'switchTenant', { slug: made.slug }))
  expect(new Set(await Promise.all([...invited, ...switched]))).toEqual(new Set(['ok']))
  expect(new Set(await Promise.all(denied))).toEqual(new Set(['FORBIDDEN']))
  const { rows } = await owner.query(
    `SELECT action, outcome, count(*)::int FROM audit_logs JOIN tenants t ON t.id = tenant_id
      WHERE slug = $1 AND action IN ('inviteMember', 'createStream', 'switchTenant') GROUP BY 1, 2 ORDER BY 1`,
    [made.slug],
  )
  expect(rows).toEqual([
    { action: 'createStream', outcome: 'DENIED', count: 40 },
    { action: 'inviteMember', outcome: 'SUCCESS', count: 41 }, // the viewer's is one of them
    { action: 'switchTenant', outcome: 'SUCCESS', count: 40 },
  ])
})

test('what a caller names as an id neither keeps a refusal out of the log nor fills it', async () => {
  const made = await tenant()
  const viewer = await join(made, 'VIEWER')
  const uuid = '01890a5d-ac96-774b-bcce-b302099a8057'
  const named = async (typename: string): Promise<Record<string, unknown>> => {
    const id = Buffer.from(`${typename}:${uuid}`).toString('base64')
    expect(await outcome(viewer.token, 'removeMember', { id })).toBe('FORBIDDEN')
    const { rows } = await owner.query<Record<string, unknown>>(
      `SELECT resource_type, resource_id FROM audit_logs JOIN tenants t ON t.id = tenant_id
        WHERE slug = $1 ORDER BY sequence DESC LIMIT 1`,
      [made.slug],
    )
    return rows[0]!
  }
  expect(await named('Member')).toEqual({ resource_type: 'Member', resource_id: uuid })
  for (const typename of ['\0', 'x'.repeat(20_000), 'not a type', 'User', ''])
    expect(await named(typename)).toEqual({ resource_type: null, resource_id: null })
})

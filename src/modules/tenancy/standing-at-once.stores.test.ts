import { randomUUID } from 'node:crypto'
import { Client } from 'pg'
import { afterAll, expect, test } from 'vitest'
import { startApp } from '../../../tests/testkit/app.ts'
import { createPeople, PASSWORD, type Invited } from '../../../tests/testkit/members.ts'
import { lockWaits } from '../../../tests/testkit/lock-waits.ts'
import { eventually } from '../../../tests/testkit/waiters.ts'

const program = await startApp()
const owner = new Client({ connectionString: program.databases.ownerUrl })
const watcher = new Client({ connectionString: program.databases.ownerUrl })
await Promise.all([owner.connect(), watcher.connect()])
const { ask, run, outcome, person, tenant, join } = createPeople(program, owner)
afterAll(async () => {
  await Promise.all([owner.end(), watcher.end()])
  await program.stop()
})

type Mutation = readonly [name: string, input?: object]
const NEW_KEY = { name: 'K', mode: 'TEST', scopes: ['ADMIN', 'READ', 'WRITE'] }
type Key = { readonly key: string; readonly apiKey: { readonly id: string } }

/** The session that an access token is of. */
const sessionOf = (token: string): string =>
  (JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as { sid: string }).sid

/** What every change waits for. */
const LOCK = 'BEGIN; LOCK TABLE audit_heads IN EXCLUSIVE MODE'
const waiting = (count: number): Promise<void> =>
  eventually(async () => {
    expect(await lockWaits(watcher)).toBeGreaterThanOrEqual(count)
  })

/** The outcome of a mutation that was let in, waits for a lock, and goes on once `revoke` has committed. */
const revokedMeanwhile = async (
  token: string,
  [name, input]: Mutation,
  revoke: readonly [text: string, ...values: string[]],
): Promise<string> => {
  await ask(token, '{ viewer { __typename } }')
  await owner.query(LOCK)
  const [text, ...values] = revoke
  expect((await owner.query(text, values)).rowCount).toBe(1)
  const told = outcome(token, name, input)
  await waiting(1)
  await owner.query('COMMIT')
  return told
}
const END_SESSION = 'UPDATE sessions SET revoked_at = now() WHERE id = $1'
const SWITCH_OFF =
  'UPDATE users SET is_active = false WHERE id = (SELECT user_id FROM sessions WHERE id = $1)'

test.each([
  ['createStream', { title: 'T' }],
  ['createApiKey', NEW_KEY],
  ['updateTenant', { name: 'Mine' }],
  ['inviteMember', { email: 'friend@example.test', role: 'VIEWER' }],
] as const)('a session that ends while %s waits changes nothing in its tenant', async (name, input) => {
  const { founder } = await tenant()
  const session = sessionOf(founder.token)
  expect(await revokedMeanwhile(founder.token, [name, input], [END_SESSION, session])).toBe('FORBIDDEN')
})

test('a session that ends while deleteTenant waits deletes nothing', async () => {
  const { founder, slug } = await tenant()
  const session = sessionOf(founder.token)
  const told = await revokedMeanwhile(founder.token, ['deleteTenant', { slug }], [END_SESSION, session])
  expect(told).toBe('FORBIDDEN')
})

const accountMutations = (slug: string, token: string): Mutation[] => [
  ['createTenant', { name: 'Some', slug: `late-${randomUUID()}` }],
  ['switchTenant', { slug }],
  ['leaveTenant', { slug }],
  ['acceptInvitation', { token }],
  ['changePassword', { oldPassword: PASSWORD, newPassword: 'another horse battery' }],
]
/** Who was signed out has nothing to sign out of; the end of sessions does no harm to who is switched off. */
const endings: Mutation[] = [['revokeAllSessions'], ['signOut']]
const refusals: Readonly<Record<string, string>> = { signOut: 'NOT_FOUND' }

test.each([
  ['session that ends', END_SESSION, endings],
  ['account that is switched off', SWITCH_OFF, []],
])('by a %s while it waits nothing about the account is changed', async (_what, revoke, besides) => {
  const [home, other] = [await tenant(), await tenant()]
  const count = accountMutations('', '').length + besides.length
  for (let index = 0; index < count; index += 1) {
    const them = await join(home, 'MEMBER')
    const input = { email: them.email, role: 'VIEWER' }
    const { token } = await run<Invited>(other.founder.token, 'inviteMember', input)
    const mutation = [...accountMutations(home.slug, token), ...besides][index]!
    const told = await revokedMeanwhile(them.token, mutation, [revoke, sessionOf(them.token)])
    expect([mutation[0], told]).toEqual([mutation[0], refusals[mutation[0]] ?? 'FORBIDDEN'])
  }
})

const revoke = (token: string, id: string) =>
  outcome(token, 'revokeSession', { id: Buffer.from(`Session:${id}`).toString('base64') })

test('two sessions of an account that end each other at once leave one, or none that was not told', async () => {
  const them = await person()
  const other = await program.app.modules.sessions.service.signIn(
    { email: them.email, password: PASSWORD },
    { kind: 'anonymous', id: null, name: 'nobody', address: null, userAgent: null, requestId: null },
  )
  const [mine, theirs] = [sessionOf(them.token), sessionOf(other.accessToken)]
  await owner.query(LOCK)
  const both = Promise.all([revoke(them.token, theirs), revoke(other.accessToken, mine)])
  await waiting(2) // or one might be over before the other is let in
  await owner.query('COMMIT')
  const told = await both
  expect(told.toSorted()).toEqual(['FORBIDDEN', 'ok'])
})

test.each([
  ['is revoked', 'UPDATE api_keys SET revoked_at = now() WHERE id = $1'],
  [
    'ends with its tenant',
    'UPDATE tenants SET is_active = false WHERE id = (SELECT tenant_id FROM api_keys WHERE id = $1)',
  ],
])('a key that %s while its change waits changes nothing', async (_what, revoke) => {
  const { founder } = await tenant()
  const { key, apiKey } = await run<Key>(founder.token, 'createApiKey', NEW_KEY)
  const id = Buffer.from(apiKey.id, 'base64').toString().split(':')[1]!
  expect(await revokedMeanwhile(key, ['createStream', { title: 'T' }], [revoke, id])).toBe('FORBIDDEN')
})

test('a key of a project that is deleted while its change waits changes nothing', async () => {
  const { founder } = await tenant()
  const { project } = await run<{ project: { id: string } }>(founder.token, 'createProject', {
    name: 'P',
    slug: 'p',
  })
  const { key } = await run<Key>(founder.token, 'createApiKey', { ...NEW_KEY, projectId: project.id })
  const id = Buffer.from(project.id, 'base64').toString().split(':')[1]!
  const told = await revokedMeanwhile(
    key,
    ['createApiKey', { name: 'K', mode: 'TEST', scopes: ['ADMIN'], projectId: project.id }],
    ['UPDATE projects SET deleted_at = now() WHERE id = $1', id],
  )
  expect(told).toBe('FORBIDDEN')
})

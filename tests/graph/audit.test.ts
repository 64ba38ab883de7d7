import { readFileSync } from 'node:fs'
import { buildSchema } from 'graphql'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startApp, type TestApp } from '../testkit/app.ts'
import { createTestClient } from '../testkit/client.ts'
import { startOpenIdProvider, walk } from '../testkit/providers/openid.ts'
import { createSignIn, REDIRECT_URI } from '../testkit/providers/sign-in.ts'

let provider: Awaited<ReturnType<typeof startOpenIdProvider>>
let program: TestApp
let owner: Client
beforeAll(async () => {
  provider = await startOpenIdProvider([REDIRECT_URI])
  program = await startApp({
    settings: {
      OAUTH_REDIRECT_URIS: REDIRECT_URI,
      OAUTH_OIDC_ISSUER: provider.origin,
      OAUTH_OIDC_CLIENT_ID: provider.client.id,
      OAUTH_OIDC_CLIENT_SECRET: provider.client.secret,
      OAUTH_OIDC_NAME: 'Example Ltd',
    },
  })
  owner = new Client({ connectionString: program.databases.ownerUrl })
  await owner.connect()
})
afterAll(async () => {
  await owner.end()
  await program.stop()
  await provider.stop()
})

const PLATFORM = '@platform'
const PASSWORD = 'canary horse battery'
type Payload = Record<string, never> & { code?: string; accessToken: string; refreshToken: string }
type Row = {
  sequence: string
  chain: string
  action: string
  outcome: string
  code: string | null
  actor_kind: string
  actor: string
  resource_type: string | null
  before: object | null
  after: object | null
  address: string
  whole: string
}

/** What each mutation answers under the name of a type; the rest of its answer is the matter of other tests. */
const SELECTIONS: Record<string, string> = {
  acceptInvitation: '... on TenantMembership { slug }',
  createApiKey: '... on ApiKeyWithSecret { key apiKey { id } }',
  createEnvironment: '... on Environment { id }',
  createProject: '... on Project { id }',
  createStream: '... on StreamWithKey { stream { id } streamKey }',
  inviteMember: '... on InvitationWithToken { invitation { id } token }',
  openIncident: '... on Incident { id version }',
  refreshSession: '... on SignedIn { accessToken refreshToken }',
  rotateApiKey: '... on ApiKeyWithSecret { key apiKey { id } }',
  completeOAuth: '... on SignedIn { accessToken refreshToken }',
  signIn: '... on SignedIn { accessToken refreshToken user { id } }',
  switchTenant: '... on SwitchedTenant { accessToken }',
}

const run = async (token: string | undefined, call: string): Promise<Payload> => {
  const field = call.split('(')[0]!
  const text = `mutation { ${call} { __typename ${SELECTIONS[field] ?? ''} ... on Problem { code } } }`
  const answer = await createTestClient(program.url, token).request<Record<string, Payload>, object>(text)
  if (!answer.data) throw new Error(`${call}: ${JSON.stringify(answer)}`)
  return answer.data[field]!
}

/** The newest row of the whole log. */
const newest = async (): Promise<Row> => {
  const { rows } = await owner.query<Row>(
    `SELECT l.*, t.slug AS chain, l::text AS whole FROM audit_logs l JOIN tenants t ON t.id = l.tenant_id
      ORDER BY l.created_at DESC, l.id DESC LIMIT 1`,
  )
  return rows[0]!
}
const rowCount = async (): Promise<number> =>
  (await owner.query<{ count: number }>('SELECT count(*)::int AS count FROM audit_logs')).rows[0]!.count

const done = new Map<string, Row>()
/** Runs a mutation that succeeds and holds that it left exactly one row, in that chain, that says who, what and from where. */
const does = async (token: string | undefined, call: string, chain: string): Promise<Payload> => {
  const field = call.split('(')[0]!
  const before = await rowCount()
  const payload = await run(token, call)
  expect(payload.code, call).toBeUndefined()
  expect(await rowCount(), call).toBe(before + 1)
  const row = await newest()
  expect(row, call).toMatchObject({
    action: field,
    outcome: 'SUCCESS',
    code: null,
    chain,
    actor_kind: 'user',
  })
  expect(row, call).toMatchObject({ address: '127.0.0.0/24', user_agent: expect.any(String) })
  expect(row, call).toMatchObject({ actor_id: expect.any(String), request_id: expect.any(String) })
  expect(row.resource_type, call).not.toBeNull()
  // No secret that went in or came out stands in it, wherever.
  for (const [name, value] of Object.entries(payload))
    if (/token|key$/i.test(name)) expect(row.whole, call).not.toContain(value)
  expect(row.whole, call).not.toContain('canary')
  done.set(field, row)
  return payload
}

const idIn = (payload: Payload, name: string): string =>
  (payload as never as Record<string, { id: string }>)[name]!.id

const person = async (name: string) => {
  const email = `${name.toLowerCase()}@example.test`
  await does(undefined, `signUp(email: "${email}", password: "${PASSWORD}", name: "${name}")`, PLATFORM)
  const signIn = `signIn(email: "${email}", password: "${PASSWORD}")`
  const signedIn = await does(undefined, signIn, PLATFORM)
  const { accessToken: token, refreshToken } = signedIn
  return { email, token, refreshToken, id: idIn(signedIn, 'user'), signIn }
}

/** Goes to the provider and back: the arguments that a browser comes home with. */
const away = async (login: string, credential?: string): Promise<string> => {
  provider.people.set(login, { email: `${login}@provider.test`, email_verified: true, name: login })
  const { ticket, authorizationUrl } = await createSignIn(program.url).begun('oidc', credential)
  return `ticket: "${ticket}", callbackUrl: "${await walk(authorizationUrl, login)}"`
}

test('every mutation that succeeds leaves exactly one row, in the chain of its tenant', async () => {
  const ada = await person('Ada')
  await does(ada.token, 'createTenant(name: "Acme", slug: "acme")', 'acme')
  const { accessToken: token } = await does(ada.token, 'switchTenant(slug: "acme")', 'acme')
  const acme = (call: string) => does(token, call, 'acme')
  await acme('updateTenant(name: "Acme Inc.")')

  const bob = await person('Bob')
  const withdrawn = await acme('inviteMember(email: "eve@example.test", role: VIEWER)')
  await acme(`withdrawInvitation(id: "${idIn(withdrawn, 'invitation')}")`)
  const invited = await acme(`inviteMember(email: "${bob.email}", role: VIEWER)`)
  await does(bob.token, `acceptInvitation(token: "${String(invited.token)}")`, 'acme')
  await acme(`changeMemberRole(userId: "${bob.id}", role: OWNER)`)
  await does(bob.token, 'leaveTenant(slug: "acme")', 'acme')
  const again = await acme(`inviteMember(email: "${bob.email}", role: ADMIN)`)
  await does(bob.token, `acceptInvitation(token: "${String(again.token)}")`, 'acme')
  await acme(`removeMember(userId: "${bob.id}")`)

  const project = String((await acme('createProject(name: "P", slug: "p")')).id)
  await acme(`updateProject(id: "${project}", name: "Q", color: "#123456")`)
  const environment = String(
    (await acme(`createEnvironment(projectId: "${project}", name: "E", slug: "e", retentionDays: 9)`)).id,
  )
  await acme(`updateEnvironment(id: "${environment}", retentionDays: 8)`)
  await acme(`deleteEnvironment(id: "${environment}")`)
  await acme(`deleteProject(id: "${project}")`)

  const key = idIn(await acme('createApiKey(input: { name: "K", mode: TEST, scopes: [READ] })'), 'apiKey')
  const rotated = idIn(await acme(`rotateApiKey(id: "${key}")`), 'apiKey')
  await acme(`revokeApiKey(id: "${rotated}")`)
  const stream = idIn(await acme('createStream(input: { title: "S" })'), 'stream')
  await acme(`rotateStreamKey(streamId: "${stream}")`)
  const incident = await acme('openIncident(input: { title: "I", severity: LOW })')
  const about = `id: "${String(incident.id)}"`
  await acme(`addIncidentNote(input: { ${about}, note: "N" })`)
  await acme(`changeIncidentStatus(input: { ${about}, status: INVESTIGATING })`)

  const cleo = await person('Cleo')
  const third = await acme(`inviteMember(email: "${cleo.email}", role: MEMBER)`)
  await does(cleo.token, `acceptInvitation(token: "${String(third.token)}")`, 'acme')
  await acme(`transferOwnership(userId: "${cleo.id}")`)
  await does(undefined, cleo.signIn, 'acme') // the only tenant of hers
  const { accessToken: owns } = await does(cleo.token, 'switchTenant(slug: "acme")', 'acme')
  await does(undefined, `refreshSession(refreshToken: "${cleo.refreshToken}")`, 'acme')
  await does(owns, `changePassword(oldPassword: "${PASSWORD}", newPassword: "another ${PASSWORD}")`, 'acme')
  await does(owns, 'deleteTenant(slug: "acme")', 'acme')

  const second = await does(undefined, ada.signIn, PLATFORM)
  const sessions = await createTestClient(program.url, second.accessToken).request<
    { sessions: { id: string; current: boolean }[] },
    object
  >('{ sessions { id current } }')
  const other = sessions.data!.sessions.find(({ current }) => !current)!
  await does(second.accessToken, `revokeSession(id: "${other.id}")`, PLATFORM)
  await does(second.accessToken, 'signOut', PLATFORM)
  await does((await does(undefined, ada.signIn, PLATFORM)).accessToken, 'revokeAllSessions', PLATFORM)

  const hal = await person('Hal')
  await does(hal.token, `linkOAuth(${await away('hal', hal.token)}, password: "${PASSWORD}")`, PLATFORM)
  await does(undefined, `completeOAuth(${await away('hal')})`, PLATFORM)
  await does(hal.token, 'unlinkOAuth', PLATFORM)

  const schema = buildSchema(readFileSync('schema.graphql', 'utf8'))
  const all = Object.keys(schema.getMutationType()!.getFields())
  const changing = all.filter((field) => field !== 'beginOAuth') // gives out a ticket, and is the same to everybody
  expect([...done.keys()].toSorted()).toEqual(changing.toSorted())
})

test('a row says what was changed, as it was and as it is', () => {
  const expected: Record<string, [object | null, object | null]> = {
    updateTenant: [{ name: 'Acme' }, { name: 'Acme Inc.' }],
    updateProject: [
      { name: 'P', color: '#888888' },
      { name: 'Q', color: '#123456' },
    ],
    updateEnvironment: [{ retentionDays: 9 }, { retentionDays: 8 }],
    changeMemberRole: [{ role: 'VIEWER' }, { role: 'OWNER' }],
    removeMember: [{ role: 'ADMIN' }, null],
    transferOwnership: [
      { role: 'MEMBER', mine: 'OWNER' },
      { role: 'OWNER', mine: 'ADMIN' },
    ],
    revokeAllSessions: [null, { sessionsEnded: 1 }],
    signUp: [null, { name: 'Hal' }],
    linkOAuth: [null, { provider: provider.origin }],
    unlinkOAuth: [{ provider: provider.origin }, null],
  }
  for (const [action, [before, after]] of Object.entries(expected))
    expect(done.get(action), action).toEqual(expect.objectContaining({ before, after }))
})

/** A sign-in that is refused, with that code, and the one row that tells of it. */
const failed = async (call: string, chain: string, known: boolean, code = 'UNAUTHENTICATED') => {
  const before = await rowCount()
  expect((await run(undefined, call)).code).toBe(code)
  expect(await rowCount()).toBe(before + 1)
  const row = await newest()
  const expected = { outcome: 'FAILED', code, chain, actor_kind: 'anonymous', actor: 'nobody' }
  expect(row).toMatchObject({ ...expected, resource_type: known ? 'User' : null })
  expect(row.whole).not.toMatch(/canary|nobody-has-this|wrong-password/)
}

test('a sign-in that failed is told to the tenant that it was for, and of an unknown account to the platform alone', async () => {
  const dan = await person('Dan')
  await does(dan.token, 'createTenant(name: "Dan", slug: "dan")', 'dan')
  await does(dan.token, 'createTenant(name: "Two", slug: "two")', 'two')
  const wrong = `password: "wrong-password"`
  await failed(`signIn(email: "${dan.email}", ${wrong})`, 'dan', true)
  await failed(`signIn(email: "${dan.email}", ${wrong}, tenantSlug: "two")`, 'two', true)
  await failed(`signIn(email: "${dan.email}", ${wrong}, tenantSlug: "acme")`, 'dan', true)
  await failed(`signIn(email: "nobody-has-this@example.test", ${wrong})`, PLATFORM, false)
  const elsewhere = `signIn(email: "${dan.email}", password: "${PASSWORD}", tenantSlug: "acme")`
  await failed(elsewhere, 'dan', true, 'NOT_FOUND')
})

test('who signs in with a provider for the first time leaves a row for the account and one for the session', async () => {
  const before = await rowCount()
  await run(undefined, `completeOAuth(${await away('iris')})`)
  expect(await rowCount()).toBe(before + 2)
  const { rows } = await owner.query(
    `SELECT action, after FROM audit_logs WHERE actor = 'iris' ORDER BY sequence`,
  )
  const made = { action: 'signUp', after: { name: 'iris', provider: provider.origin } }
  expect(rows).toEqual([made, { action: 'completeOAuth', after: null }])
  const elsewhere = (await away('iris')).replace(REDIRECT_URI, 'https://evil.example.test/')
  await failed(`completeOAuth(${elsewhere})`, PLATFORM, false)
})

test('a refresh token and a ticket that are nobody’s leave no row, or anybody could make the log grow; those of an account do', async () => {
  const { token, refreshToken } = await person('Jo')
  const used = await away('jo')
  await run(undefined, `completeOAuth(${used})`)
  const before = await rowCount()
  const random = 'A'.repeat(43)
  for (const call of [
    `refreshSession(refreshToken: "hr_${random}")`,
    `completeOAuth(ticket: "ho_${random}", callbackUrl: "${REDIRECT_URI}")`,
    `completeOAuth(${used})`,
  ])
    expect((await run(undefined, call)).code, call).toBe('UNAUTHENTICATED')
  expect(await rowCount()).toBe(before)
  await does(token, 'signOut', PLATFORM)
  await failed(`refreshSession(refreshToken: "${refreshToken}")`, PLATFORM, true)
})

test('a refresh token that comes again is told, with the session that it ended', async () => {
  const { refreshToken } = await person('Finn')
  const refresh = `refreshSession(refreshToken: "${refreshToken}")`
  await does(undefined, refresh, PLATFORM)
  expect((await run(undefined, refresh)).code).toBe('UNAUTHENTICATED')
  expect(await newest()).toMatchObject({
    action: 'refreshSession',
    outcome: 'FAILED',
    code: 'UNAUTHENTICATED',
    actor: 'Finn',
    resource_type: 'Session',
    after: { revokedAt: expect.any(String) },
  })
})

test('what somebody without a tenant was refused is in the chain of the platform', async () => {
  const { token } = await person('Gil')
  expect((await run(token, 'switchTenant(slug: "dan")')).code).toBe('NOT_FOUND')
  expect(await newest()).toMatchObject({
    action: 'switchTenant',
    chain: PLATFORM,
    actor: 'Gil',
    code: 'NOT_FOUND',
  })
})

test('all chains are whole after all of that', async () => {
  const { tenants, audit } = program.app.modules
  const all = await tenants.service.list()
  expect(all.map(({ slug }) => slug)).toEqual([PLATFORM, 'acme', 'dan', 'two'])
  for (const { tenant } of all) expect(await audit.service.verify(tenant)).toMatchObject({ damage: [] })
})

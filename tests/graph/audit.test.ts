import { readFileSync } from 'node:fs'
import { buildSchema } from 'graphql'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { domains } from '../domains/index.ts'
import { startApp, type TestApp } from '../testkit/app.ts'
import { createTestClient } from '../testkit/client.ts'
import { memberIdOf } from '../testkit/members.ts'
import { mutate, type Payload } from '../testkit/mutate.ts'
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

const run = (token: string | undefined, name: string, input?: object): Promise<Payload> =>
  mutate(createTestClient(program.url, token), name, input)

/** The newest row of the whole log. */
const newest = async (): Promise<Row> => {
  const { rows } = await owner.query<Row>(
    `SELECT l.*, t.slug AS chain, l::text AS whole FROM audit_logs l JOIN tenants t ON t.id = l.tenant_id
      ORDER BY l.created_at DESC, l.id DESC LIMIT 1`,
  )
  return rows[0]!
}
const rowCount = async (): Promise<number> => {
  await program.app.modules.audit.service.drained(30_000)
  const { rows } = await owner.query<{ count: number }>('SELECT count(*)::int AS count FROM audit_logs')
  return rows[0]!.count
}

const done = new Map<string, Row>()
/**
 * Runs a mutation that succeeds and holds that it left exactly one row, in that chain, that says who, what
 * and from where.
 */
const does = async (
  token: string | undefined,
  chain: string,
  name: string,
  input?: object,
): Promise<Payload> => {
  const before = await rowCount()
  const payload = await run(token, name, input)
  expect(payload.code, name).toBeUndefined()
  expect(await rowCount(), name).toBe(before + 1)
  const row = await newest()
  expect(row, name).toMatchObject({
    action: name,
    outcome: 'SUCCESS',
    code: null,
    chain,
    actor_kind: 'user',
  })
  expect(row, name).toMatchObject({ address: '127.0.0.0/24', user_agent: expect.any(String) })
  expect(row, name).toMatchObject({ actor_id: expect.any(String), request_id: expect.any(String) })
  expect(row.resource_type, name).not.toBeNull()
  // No secret that went in or came out stands in it, wherever.
  for (const [field, value] of Object.entries(payload))
    if (/token|key$/i.test(field) && typeof value === 'string') expect(row.whole, name).not.toContain(value)
  expect(row.whole, name).not.toContain('canary')
  done.set(name, row)
  return payload
}

const idIn = (payload: Payload, name: string): string =>
  (payload as never as Record<string, { id: string }>)[name]!.id

const person = async (name: string) => {
  const email = `${name.toLowerCase()}@example.test`
  await does(undefined, PLATFORM, 'signUp', { email, password: PASSWORD, name })
  const signIn = { email, password: PASSWORD }
  const signedIn = await does(undefined, PLATFORM, 'signIn', signIn)
  const { accessToken, refreshToken } = signedIn as never as Record<string, string>
  return { email, token: accessToken!, refreshToken: refreshToken!, id: idIn(signedIn, 'user'), signIn }
}
const tokenOf = async (payload: Promise<Payload>): Promise<string> =>
  (await payload).accessToken as unknown as string

/** Goes to the provider and back: the input that a browser comes home with. */
const away = async (login: string, credential?: string): Promise<{ ticket: string; callbackUrl: string }> => {
  provider.people.set(login, { email: `${login}@provider.test`, email_verified: true, name: login })
  const { ticket, authorizationUrl } = await createSignIn(program.url).begun('OIDC', credential)
  return { ticket, callbackUrl: await walk(authorizationUrl, login) }
}

test('every mutation that succeeds leaves exactly one row, in the chain of its tenant', async () => {
  const ada = await person('Ada')
  await does(ada.token, 'acme', 'createTenant', { name: 'Acme', slug: 'acme' })
  const token = await tokenOf(does(ada.token, 'acme', 'switchTenant', { slug: 'acme' }))
  const acme = (name: string, input?: object) => does(token, 'acme', name, input)
  await acme('updateTenant', { name: 'Acme Inc.' })

  const invite = async (email: string, role: string) => {
    const { invitation, token } = (await acme('inviteMember', { email, role })) as never as {
      invitation: { id: string }
      token: string
    }
    return { id: invitation.id, token }
  }
  const join = async (someone: { token: string; email: string }, role: string) => {
    const invited = await invite(someone.email, role)
    await does(someone.token, 'acme', 'acceptInvitation', { token: invited.token })
  }
  const bob = await person('Bob')
  await acme('withdrawInvitation', { id: (await invite('eve@example.test', 'VIEWER')).id })
  await join(bob, 'VIEWER')
  const member = (someone: { id: string }) => memberIdOf(program.url, token, someone.id)
  await acme('changeMemberRole', { id: await member(bob), role: 'OWNER' })
  await does(bob.token, 'acme', 'leaveTenant', { slug: 'acme' })
  await join(bob, 'ADMIN')
  await acme('removeMember', { id: await member(bob) })

  const { modules } = program.app
  const given = { modules, tenant: await modules.tenants.service.bySlug('acme') }
  for (const { audited } of domains) await audited?.(acme, given)

  const cleo = await person('Cleo')
  await join(cleo, 'MEMBER')
  await acme('transferOwnership', { id: await member(cleo) })
  await does(undefined, 'acme', 'signIn', cleo.signIn) // the only tenant of hers
  const owns = await tokenOf(does(cleo.token, 'acme', 'switchTenant', { slug: 'acme' }))
  await does(undefined, 'acme', 'refreshSession', { refreshToken: cleo.refreshToken })
  const changed = { oldPassword: PASSWORD, newPassword: `another ${PASSWORD}` }
  await does(owns, 'acme', 'changePassword', changed)
  await does(owns, 'acme', 'deleteTenant', { slug: 'acme' })

  const second = await tokenOf(does(undefined, PLATFORM, 'signIn', ada.signIn))
  const sessions = await createTestClient(program.url, second).request<
    { sessions: { nodes: { id: string; current: boolean }[] } },
    object
  >('{ sessions { nodes { id current } } }')
  const other = sessions.data!.sessions.nodes.find(({ current }) => !current)!
  await does(second, PLATFORM, 'revokeSession', { id: other.id })
  await does(second, PLATFORM, 'signOut')
  await does(await tokenOf(does(undefined, PLATFORM, 'signIn', ada.signIn)), PLATFORM, 'revokeAllSessions')

  const hal = await person('Hal')
  await does(hal.token, PLATFORM, 'linkOAuth', { ...(await away('hal', hal.token)), password: PASSWORD })
  await does(undefined, PLATFORM, 'completeOAuth', await away('hal'))
  await does(hal.token, PLATFORM, 'unlinkOAuth')

  const schema = buildSchema(readFileSync('schema.graphql', 'utf8'))
  const all = Object.keys(schema.getMutationType()!.getFields())
  // It gives out a ticket, and is the same to everybody; the use of a key is nobody's change, and a heartbeat comes
  // every few seconds.
  const others = new Set(['beginOAuth', 'reportServiceInstance', 'validateStreamKey'])
  const changing = all.filter((field) => !others.has(field))
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
const failed = async (
  [name, input]: readonly [name: string, input: object],
  chain: string,
  known: boolean,
  code = 'UNAUTHENTICATED',
) => {
  const before = await rowCount()
  expect((await run(undefined, name, input)).code).toBe(code)
  expect(await rowCount()).toBe(before + 1)
  const row = await newest()
  const expected = { outcome: 'FAILED', code, chain, actor_kind: 'anonymous', actor: 'nobody' }
  expect(row).toMatchObject({ ...expected, resource_type: known ? 'User' : null })
  expect(row.whole).not.toMatch(/canary|nobody-has-this|wrong-password/)
}

test('a sign-in that failed is told to the tenant that it was for, and of an unknown account to the platform alone', async () => {
  const dan = await person('Dan')
  await does(dan.token, 'dan', 'createTenant', { name: 'Dan', slug: 'dan' })
  await does(dan.token, 'two', 'createTenant', { name: 'Two', slug: 'two' })
  const signIn = (more: object) =>
    ['signIn', { email: dan.email, password: 'wrong-password', ...more }] as const
  await failed(signIn({}), 'dan', true)
  await failed(signIn({ tenantSlug: 'two' }), 'two', true)
  await failed(signIn({ tenantSlug: 'acme' }), 'dan', true)
  await failed(signIn({ email: 'nobody-has-this@example.test' }), PLATFORM, false)
  await failed(signIn({ password: PASSWORD, tenantSlug: 'acme' }), 'dan', true, 'NOT_FOUND')
})

test('who signs in with a provider for the first time leaves a row for the account and one for the session', async () => {
  const before = await rowCount()
  await run(undefined, 'completeOAuth', await away('iris'))
  expect(await rowCount()).toBe(before + 2)
  const { rows } = await owner.query(
    `SELECT action, after FROM audit_logs WHERE actor = 'iris' ORDER BY sequence`,
  )
  const made = { action: 'signUp', after: { name: 'iris', provider: provider.origin } }
  expect(rows).toEqual([made, { action: 'completeOAuth', after: null }])
  const { ticket, callbackUrl } = await away('iris')
  const elsewhere = callbackUrl.replace(REDIRECT_URI, 'https://evil.example.test/')
  await failed(['completeOAuth', { ticket, callbackUrl: elsewhere }], PLATFORM, false)
})

test('a refresh token and a ticket that are nobody’s leave no row, or anybody could make the log grow; those of an account do', async () => {
  const { token, refreshToken } = await person('Jo')
  const used = await away('jo')
  await run(undefined, 'completeOAuth', used)
  const before = await rowCount()
  const random = 'A'.repeat(43)
  for (const [name, input] of [
    ['refreshSession', { refreshToken: `hr_${random}` }],
    ['completeOAuth', { ticket: `ho_${random}`, callbackUrl: REDIRECT_URI }],
    ['completeOAuth', used],
  ] as const)
    expect((await run(undefined, name, input)).code, name).toBe('UNAUTHENTICATED')
  expect(await rowCount()).toBe(before)
  await does(token, PLATFORM, 'signOut')
  await failed(['refreshSession', { refreshToken }], PLATFORM, true)
})

test('a refresh token that comes again is told, with the session that it ended', async () => {
  const { refreshToken } = await person('Finn')
  await does(undefined, PLATFORM, 'refreshSession', { refreshToken })
  expect((await run(undefined, 'refreshSession', { refreshToken })).code).toBe('UNAUTHENTICATED')
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
  expect((await run(token, 'switchTenant', { slug: 'dan' })).code).toBe('NOT_FOUND')
  expect(await newest()).toMatchObject({
    action: 'switchTenant',
    chain: PLATFORM,
    actor: 'Gil',
    code: 'NOT_FOUND',
  })
})

test('all chains are whole after all of that', async () => {
  const { tenants, audit } = program.app.modules
  const all = await tenants.service.chains()
  expect(all.map(({ slug }) => slug)).toEqual([PLATFORM, 'acme', 'dan', 'neighbour', 'two'])
  for (const { tenant } of all) expect(await audit.service.verify(tenant)).toMatchObject({ damage: [] })
})

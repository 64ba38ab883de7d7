import { Client } from 'pg'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startApp, type TestApp } from '../../../tests/testkit/app.ts'
import { createTestClient, type Answer } from '../../../tests/testkit/client.ts'
import { startOpenIdProvider, walk, type Person } from '../../../tests/testkit/providers/openid.ts'
import { createSignIn, REDIRECT_URI } from '../../../tests/testkit/providers/sign-in.ts'
import { lockWaits } from '../../../tests/testkit/lock-waits.ts'
import { eventually } from '../../../tests/testkit/waiters.ts'
import { createPasswords } from '../../auth/passwords.ts'

let provider: Awaited<ReturnType<typeof startOpenIdProvider>>
let program: TestApp
let owner: Client
let graph: ReturnType<typeof createSignIn>
let work = 0
const lines: string[] = []
/** All that must never be seen again: tickets and what providers sent back. */
const secrets: string[] = []
const PASSWORD = 'correct horse battery'
const OTHER_URI = 'https://dash.example.test/other'

beforeAll(async () => {
  provider = await startOpenIdProvider([REDIRECT_URI, OTHER_URI])
  secrets.push(provider.client.secret)
  program = await startApp({
    passwords: createPasswords({ onWork: () => (work += 1) }),
    log: pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) }),
    settings: {
      OAUTH_REDIRECT_URIS: `${REDIRECT_URI},${OTHER_URI}`,
      OAUTH_OIDC_ISSUER: provider.origin,
      OAUTH_OIDC_CLIENT_ID: provider.client.id,
      OAUTH_OIDC_CLIENT_SECRET: provider.client.secret,
      OAUTH_OIDC_NAME: 'Example Ltd',
    },
  })
  graph = createSignIn(program.url)
  owner = new Client({ connectionString: program.databases.ownerUrl })
  await owner.connect()
})
afterAll(async () => {
  await owner.end()
  await program.stop()
  await provider.stop()
})

let count = 0
/** Somebody new at the provider, with a verified e-mail unless told otherwise. */
const person = (more: Person = {}): { login: string; email: string } => {
  const login = `person-${(count += 1)}`
  const email = `${login}@example.test`
  provider.people.set(login, { email, email_verified: true, name: `Name of ${login}`, ...more })
  return { login, email }
}
/** Goes to the provider and back. */
const away = async (login: string, credential?: string) => {
  const { ticket, authorizationUrl } = await graph.begun('OIDC', credential)
  const callbackUrl = await walk(authorizationUrl, login)
  secrets.push(ticket, new URL(callbackUrl).searchParams.get('code')!)
  return { ticket, callbackUrl }
}
const signInAs = async (login: string, credential?: string) => {
  const { ticket, callbackUrl } = await away(login, credential)
  return graph.complete(ticket, callbackUrl)
}
/** Somebody with a password. */
const member = async () => {
  const email = `member-${(count += 1)}@example.test`
  await graph.signUp(email, PASSWORD)
  const { accessToken, user } = await graph.signIn(email, PASSWORD)
  return { email, accessToken: accessToken!, user: user! }
}
const REFUSED = {
  __typename: 'CredentialsError',
  code: 'UNAUTHENTICATED',
  message: 'The sign-in with the provider could not be completed. Begin it again.',
  path: [],
}
const usersNamed = async (email: string): Promise<Record<string, unknown>[]> =>
  (await owner.query<Record<string, unknown>>('SELECT * FROM users WHERE email = $1', [email])).rows

test('the providers that are configured are listed to anybody', async () => {
  expect(await graph.providers()).toEqual([{ provider: 'OIDC', name: 'Example Ltd' }])
})

test('who comes back from the provider has an account without password, with name and picture, and the same one the next time', async () => {
  const { login, email } = person({ picture: 'https://pictures.example.test/1.png' })
  const first = await signInAs(login)
  expect(first).toMatchObject({
    __typename: 'CompleteOAuthPayload',
    user: { email, name: `Name of ${login}` },
    membership: null,
  })
  const { data } = (await createTestClient(program.url, first.accessToken).request(
    '{ viewer { user { id email } } }',
  )) as Answer<unknown>
  expect(data).toEqual({ viewer: { user: { id: first.user!.id, email } } })
  const again = await signInAs(login)
  expect(again.user).toEqual(first.user)
  expect(await usersNamed(email)).toMatchObject([
    {
      oauth_provider: provider.origin,
      oauth_id: login,
      picture: 'https://pictures.example.test/1.png',
    },
  ])
})

test('what goes to the provider is state, nonce and the hash of the verifier, never the ticket or a secret', async () => {
  const { ticket, authorizationUrl, expiresAt } = await graph.begun('OIDC')
  const url = new URL(authorizationUrl)
  expect(Object.fromEntries(url.searchParams)).toEqual({
    client_id: provider.client.id,
    response_type: 'code',
    redirect_uri: REDIRECT_URI,
    scope: 'openid email profile',
    state: expect.stringMatching(/^[\w-]{43}$/),
    nonce: expect.stringMatching(/^[\w-]{43}$/),
    code_challenge: expect.stringMatching(/^[\w-]{43}$/),
    code_challenge_method: 'S256',
  })
  expect(authorizationUrl).not.toContain(ticket)
  expect(Date.parse(expiresAt) - Date.now()).toBeGreaterThan(590_000)
  url.searchParams.delete('code_challenge')
  url.searchParams.delete('code_challenge_method')
  const without = new URL(await walk(url.href, person().login))
  expect(without.searchParams.get('error')).toBe('invalid_request') // this provider insists on PKCE
})

test('a tenant that is named is acted in, and one that one is not in is not found', async () => {
  const { login } = person()
  const { accessToken } = await signInAs(login)
  await graph.run('createTenant', { name: 'Own', slug: 'own-oauth' }, accessToken)
  const there = await away(login)
  expect(await graph.complete(there.ticket, there.callbackUrl, 'own-oauth')).toMatchObject({
    membership: { slug: 'own-oauth' },
  })
  const elsewhere = await away(login)
  expect(await graph.complete(elsewhere.ticket, elsewhere.callbackUrl, 'not-mine')).toMatchObject({
    __typename: 'NotFoundError',
    path: ['tenantSlug'],
  })
})

test('a redirect URI that is not listed, or not exactly, begins nothing; nor does an unknown provider', async () => {
  for (const uri of [
    'https://evil.example.test/signed-in',
    `${REDIRECT_URI}/`,
    `${REDIRECT_URI}?x=1`,
    REDIRECT_URI.toUpperCase(),
    `${REDIRECT_URI},${OTHER_URI}`,
    '',
  ])
    expect(await graph.begin('OIDC', uri)).toMatchObject({
      __typename: 'ValidationError',
      path: ['redirectUri'],
    })
  expect(await graph.begin('GITHUB')).toMatchObject({ __typename: 'NotFoundError', path: ['provider'] })
})

const change = (url: string, name: string, value: string | null): string => {
  const changed = new URL(url)
  if (value === null) changed.searchParams.delete(name)
  else changed.searchParams.set(name, value)
  return changed.href
}
const tampered: [string, (callbackUrl: string) => string][] = [
  ['another state', (url) => change(url, 'state', 'A'.repeat(43))],
  ['no state', (url) => change(url, 'state', null)],
  ['another issuer', (url) => change(url, 'iss', 'https://accounts.google.com')],
  ['no issuer', (url) => change(url, 'iss', null)],
  ['another code', (url) => change(url, 'code', 'A'.repeat(43))],
  ['no code', (url) => change(url, 'code', null)],
  ['a code twice', (url) => `${url}&code=${new URL(url).searchParams.get('code')}`],
  ['an error beside the code', (url) => change(url, 'error', 'access_denied')],
  ['an ID token beside the code', (url) => change(url, 'id_token', 'a.b.c')],
  ['another page of ours', (url) => url.replace(REDIRECT_URI, OTHER_URI)],
  ['a page of somebody else', (url) => url.replace('dash.example.test', 'evil.example.test')],
  ['http', (url) => url.replace('https:', 'http:')],
  ['a user in the URL', (url) => url.replace('https://', 'https://me@')],
  ['no URL', () => 'no URL'],
]
test.each(tampered)('a callback URL with %s is refused, then the right one too', async (what, tamper) => {
  const { login, email } = person()
  const { ticket, callbackUrl } = await away(login)
  const before = provider.exchanges()
  expect(await graph.complete(ticket, tamper(callbackUrl))).toEqual(REFUSED)
  expect(await graph.complete(ticket, callbackUrl)).toEqual(REFUSED)
  expect(await usersNamed(email)).toEqual([])
  // What can be seen from the URL is not asked of the provider.
  expect(provider.exchanges() - before).toBe(what === 'another code' ? 1 : 0)
})

test('a person who says no to the provider is refused, and who then says yes is not', async () => {
  const { login } = person()
  const { ticket, authorizationUrl } = await graph.begun('OIDC')
  const callbackUrl = await walk(authorizationUrl, login, 'deny')
  expect(new URL(callbackUrl).searchParams.get('error')).toBe('access_denied')
  expect(await graph.complete(ticket, callbackUrl)).toEqual(REFUSED)
  expect((await signInAs(login)).__typename).toBe('CompleteOAuthPayload')
})

test("a ticket of one's own ends no sign-in that somebody else began: whose link one follows does not sign one in", async () => {
  const [victim, attacker] = [person(), person()]
  const theirs = await away(attacker.login)
  const mine = await away(victim.login)
  expect(await graph.complete(mine.ticket, theirs.callbackUrl)).toEqual(REFUSED)
  for (const ticket of ['', 'ho_none', `ho_${'A'.repeat(43)}`, `hr_${theirs.ticket.slice(3)}`])
    expect(await graph.complete(ticket, theirs.callbackUrl)).toEqual(REFUSED)
  expect((await graph.complete(theirs.ticket, theirs.callbackUrl)).user?.email).toBe(attacker.email)
})

test('a code that was injected into the sign-in of another browser is refused by its verifier', async () => {
  const [victim, attacker] = [person(), person()]
  const stolen = await away(victim.login)
  const own = await away(attacker.login)
  const code = new URL(stolen.callbackUrl).searchParams.get('code')!
  expect(await graph.complete(own.ticket, change(own.callbackUrl, 'code', code))).toEqual(REFUSED)
  expect(await usersNamed(victim.email)).toEqual([])
})

test('a ticket is good once: again it is refused, and of eight at once one signs in', async () => {
  const { login } = person()
  const { ticket, callbackUrl } = await away(login)
  expect((await graph.complete(ticket, callbackUrl)).__typename).toBe('CompleteOAuthPayload')
  expect(await graph.complete(ticket, callbackUrl)).toEqual(REFUSED)
  const next = await away(login)
  const all = await Promise.all(
    Array.from({ length: 8 }, () => graph.complete(next.ticket, next.callbackUrl)),
  )
  expect(all.filter(({ __typename }) => __typename === 'CompleteOAuthPayload')).toHaveLength(1)
  expect(all.filter(({ message }) => message === REFUSED.message)).toHaveLength(7)
})

test('two first sign-ins of one person at once come to one account', async () => {
  const { login, email } = person()
  const both = await Promise.all([away(login), away(login)])
  await owner.query('BEGIN')
  await owner.query('LOCK TABLE users IN SHARE MODE') // looking is allowed, making an account waits
  const answers = Promise.all(both.map(({ ticket, callbackUrl }) => graph.complete(ticket, callbackUrl)))
  await eventually(async () => {
    expect(await lockWaits(owner)).toBe(2)
  })
  await owner.query('COMMIT')
  const [one, two] = await answers
  expect(one!.user?.id).toBeDefined()
  expect(two!.user).toEqual(one!.user)
  expect(await usersNamed(email)).toHaveLength(1)
})

test.each([{ email_verified: false }, { email: '' }, { email_verified: 'true' as never }])(
  'whose e-mail the provider does not say to be verified (%j) gets the advice to verify it there, and no account',
  async (more) => {
    const { login, email } = person(more)
    const answer = await signInAs(login)
    expect(answer).toMatchObject({ __typename: 'ConflictError', path: [] })
    expect(answer.message).toContain('Verify it there')
    expect(await usersNamed(email)).toEqual([])
  },
)

test('an account that was made with the e-mail before is not opened, in whatever case the provider writes it', async () => {
  const { login, email } = person()
  provider.people.get(login)!.email = email.toUpperCase()
  await graph.signUp(email, PASSWORD) // by anybody: nobody asked for a proof
  const [before] = await usersNamed(email)
  const answer = await signInAs(login)
  expect(answer).toMatchObject({ __typename: 'ConflictError', path: [] })
  expect(answer.message).toContain('linkOAuth')
  expect(await usersNamed(email)).toEqual([before])
})

test('an account that was switched off or deleted is refused as everything is', async () => {
  for (const change of ['is_active = false', 'deleted_at = now()']) {
    const { login, email } = person()
    await signInAs(login)
    await owner.query(`UPDATE users SET ${change} WHERE email = $1`, [email])
    expect(await signInAs(login)).toEqual(REFUSED)
  }
})

test('an account without password is signed in to by no password, with the answer and the work of a wrong one', async () => {
  const { login, email } = person()
  const { accessToken } = await signInAs(login)
  work = 0
  const wrong = await graph.signIn('nobody-at-all@example.test', PASSWORD)
  const once = work
  for (const password of ['', 'null', PASSWORD]) expect(await graph.signIn(email, password)).toEqual(wrong)
  expect([once, work]).toEqual([1, 4])
  expect(await graph.signUp(email, PASSWORD)).toMatchObject({ __typename: 'SignUpPayload' })
  expect(await graph.signIn(email, PASSWORD)).toEqual(wrong)
  expect(
    await graph.run('changePassword', { oldPassword: '', newPassword: PASSWORD }, accessToken),
  ).toMatchObject({
    __typename: 'ConflictError',
    message: 'This account has no password: it signs in with a provider.',
  })
  expect(await graph.unlink(accessToken!)).toMatchObject({ __typename: 'ConflictError' })
  expect((await signInAs(login)).__typename).toBe('CompleteOAuthPayload')
})

test('who is signed in links an identity with their password, signs in with it, and unlinks it', async () => {
  const { login } = person({ email_verified: false })
  const { accessToken, user } = await member()
  const wrong = await away(login, accessToken)
  expect(await graph.link(accessToken, wrong.ticket, wrong.callbackUrl, 'not the password')).toMatchObject({
    __typename: 'CredentialsError',
    path: ['password'],
  })
  expect(await graph.link(accessToken, wrong.ticket, wrong.callbackUrl, PASSWORD)).toMatchObject({
    __typename: 'LinkOAuthPayload',
  })
  const again = await away(login, accessToken)
  expect(await graph.link(accessToken, again.ticket, again.callbackUrl, PASSWORD)).toMatchObject({
    __typename: 'LinkOAuthPayload',
  })
  expect((await signInAs(login)).user).toEqual(user)
  const second = await away(person().login, accessToken)
  expect(await graph.link(accessToken, second.ticket, second.callbackUrl, PASSWORD)).toMatchObject({
    __typename: 'ConflictError',
  })
  expect(await graph.unlink(accessToken)).toMatchObject({ __typename: 'UnlinkOAuthPayload', user })
  expect(await graph.unlink(accessToken)).toMatchObject({ __typename: 'NotFoundError' })
  expect(await signInAs(login)).toMatchObject({ __typename: 'ConflictError' }) // to a new account, but for the e-mail
  expect((await graph.signIn(user.email, PASSWORD)).__typename).toBe('SignInPayload')
})

test('a password that is changed while an identity is being linked with it links nothing', async () => {
  const { accessToken, user, email } = await member()
  const { ticket, callbackUrl } = await away(person().login, accessToken)
  const id = Buffer.from(user.id, 'base64').toString().split(':')[1]!
  await owner.query('BEGIN')
  await owner.query('SELECT FROM users WHERE id = $1 FOR UPDATE', [id])
  await owner.query(`UPDATE passwords SET hash = hash || 'x' WHERE user_id = $1`, [id])
  const linking = graph.link(accessToken, ticket, callbackUrl, PASSWORD)
  await eventually(async () => {
    const { rows } = await owner.query(
      `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    )
    expect(rows).not.toHaveLength(0)
  })
  await owner.query('COMMIT')
  expect(await linking).toMatchObject({ __typename: 'CredentialsError', path: ['password'] })
  expect(await usersNamed(email)).toMatchObject([{ oauth_provider: null }])
})

test('an identity of another account is not linked, and the answer tells nothing of that account', async () => {
  const { login, email } = person()
  const theirs = await signInAs(login)
  const { accessToken } = await member()
  const { ticket, callbackUrl } = await away(login, accessToken)
  const answer = await graph.link(accessToken, ticket, callbackUrl, PASSWORD)
  expect(answer).toMatchObject({ __typename: 'ConflictError', path: [] })
  expect(answer.message).toBe('Who you are at Example Ltd can not be linked: it is in use.')
  expect((await signInAs(login)).user).toEqual({ ...theirs.user, email })
})

test('only what was begun while signed in as the same account is linked', async () => {
  const [mine, theirs] = [await member(), await member()]
  for (const credential of [undefined, theirs.accessToken]) {
    const { login } = person()
    const { ticket, callbackUrl } = await away(login, credential)
    expect(await graph.link(mine.accessToken, ticket, callbackUrl, PASSWORD)).toEqual(REFUSED)
  }
  const { ticket, callbackUrl } = await away(person().login)
  expect(await graph.link('', ticket, callbackUrl, PASSWORD)).toMatchObject({ failure: 'UNAUTHENTICATED' })
  expect((await usersNamed(mine.email))[0]).toMatchObject({ oauth_provider: null, oauth_id: null })
})

test('no code, ticket, token or secret of all this is in a log, in the audit log or in the database', async () => {
  // A refusal is a row of the audit log too.
  const { accessToken } = await member()
  await graph.run('createTenant', { name: 'Own', slug: 'own-audited' }, accessToken)
  const switched = await graph.run('switchTenant', { slug: 'own-audited' }, accessToken)
  const { ticket, callbackUrl } = await away(person().login)
  expect(await graph.link(switched.accessToken!, ticket, callbackUrl, PASSWORD)).toEqual(REFUSED)
  const { rows: audited } = await owner.query(
    `SELECT code FROM audit_logs JOIN tenants t ON t.id = tenant_id WHERE action = 'linkOAuth' AND slug = 'own-audited'`,
  )
  expect(audited).toEqual([{ code: 'UNAUTHENTICATED' }])

  const { rows: tables } = await owner.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'`,
  )
  let stored = ''
  for (const { name } of tables)
    stored += JSON.stringify((await owner.query(`SELECT to_jsonb(t)::text AS row FROM "${name}" t`)).rows)
  const log = lines.join('')
  expect(log).toContain('a sign-in with a provider was refused')
  expect(secrets.length).toBeGreaterThan(60)
  for (const secret of secrets) {
    expect(log).not.toContain(secret)
    expect(stored).not.toContain(secret)
  }
})

test('signing in is slowed down by address, beginning and completing together', async () => {
  let slowed: unknown
  for (let attempts = 0; attempts < 300 && !slowed; attempts += 1) {
    const answer = await graph.complete(`ho_${'A'.repeat(43)}`, REDIRECT_URI)
    if (answer.__typename === 'RateLimitedError') slowed = answer
  }
  expect(slowed).toMatchObject({ code: 'RATE_LIMITED' })
  expect(await graph.begin('OIDC')).toMatchObject({ __typename: 'RateLimitedError' })
})

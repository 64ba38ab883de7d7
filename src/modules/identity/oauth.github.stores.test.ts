import { afterAll, beforeAll, expect, test } from 'vitest'
import { startApp, type TestApp } from '../../../tests/testkit/app.ts'
import { settled } from '../../../tests/testkit/waiters.ts'
import { startGitHub, type GitHubUser } from '../../../tests/testkit/providers/github.ts'
import { json, type Handler } from '../../../tests/testkit/providers/serve.ts'
import { createSignIn, REDIRECT_URI } from '../../../tests/testkit/providers/sign-in.ts'

let gitHub: Awaited<ReturnType<typeof startGitHub>>
let program: TestApp
let graph: ReturnType<typeof createSignIn>

const settings = () => ({
  OAUTH_REDIRECT_URIS: REDIRECT_URI,
  OAUTH_GITHUB_URL: gitHub.origin,
  OAUTH_GITHUB_CLIENT_ID: gitHub.client.id,
  OAUTH_GITHUB_CLIENT_SECRET: gitHub.client.secret,
})
beforeAll(async () => {
  gitHub = await startGitHub()
  program = await startApp({ settings: settings(), providerTimeoutMs: 2_000 })
  graph = createSignIn(program.url)
})
afterAll(async () => {
  await program.stop()
  await gitHub.stop()
})

let count = 0
const gitHubUser = (more: Partial<GitHubUser> = {}): GitHubUser => {
  const id = 1_000 + (count += 1)
  return {
    id,
    login: `octo-${id}`,
    name: null,
    avatar_url: 'https://avatars.example.test/u/1',
    emails: [
      { email: `other-${id}@example.test`, primary: false, verified: true },
      { email: `octo-${id}@example.test`, primary: true, verified: true },
    ],
    ...more,
  }
}
const signInAs = async (user: GitHubUser) => {
  const { ticket, authorizationUrl } = await graph.begun('GITHUB')
  return graph.complete(ticket, await gitHub.visit(authorizationUrl, user))
}

test('who comes back from GitHub has an account with the primary e-mail, and is known by the number, not by the login', async () => {
  expect(await graph.providers()).toEqual([{ provider: 'GITHUB', name: 'GitHub' }])
  const user = gitHubUser()
  const first = await signInAs(user)
  expect(first).toMatchObject({ user: { email: `octo-${user.id}@example.test`, name: user.login } })
  const renamed = { ...user, login: 'somebody-else', emails: [] }
  expect((await signInAs(renamed)).user).toEqual(first.user)
  const newcomer = gitHubUser({ login: user.login, name: 'A Newcomer' })
  expect((await signInAs(newcomer)).user).toMatchObject({ name: 'A Newcomer' })
  expect((await signInAs(newcomer)).user?.id).not.toBe(first.user?.id)
})

test('no nonce goes to GitHub, and a code is good for the verifier that it was asked with alone', async () => {
  const { ticket, authorizationUrl } = await graph.begun('GITHUB')
  const { searchParams } = new URL(authorizationUrl)
  expect(Object.fromEntries(searchParams)).toMatchObject({ scope: 'read:user user:email' })
  expect(searchParams.has('nonce')).toBe(false)
  const challenged = new URL(authorizationUrl)
  challenged.searchParams.set('code_challenge', 'A'.repeat(43))
  const callbackUrl = await gitHub.visit(challenged.href, gitHubUser())
  expect(await graph.complete(ticket, callbackUrl)).toMatchObject({ __typename: 'CredentialsError' })
})

test.each([
  ['whose primary one is not verified', [{ email: 'a@example.test', primary: true, verified: false }]],
  ['who verified only another one', [{ email: 'a@example.test', primary: false, verified: true }]],
  ['who has none', []],
])('somebody new %s gets the advice to verify it', async (_who, emails) => {
  expect(await signInAs(gitHubUser({ emails }))).toMatchObject({
    __typename: 'ConflictError',
    message: expect.stringContaining('Verify it there'),
  })
})

const faults: [string, string, Handler][] = [
  ['/api/v3/user', '500', ({ response }) => json(response, 500, {})],
  ['/api/v3/user', 'what is no user', ({ response }) => json(response, 200, { login: 'octo' })],
  ['/api/v3/user', 'that it may not', ({ response }) => json(response, 403, { message: 'No' })],
  ['/api/v3/user/emails', 'nothing', () => undefined],
  ['/api/v3/user/emails', 'what is no list', ({ response }) => json(response, 200, {})],
  ['/login/oauth/access_token', 'nothing', () => undefined],
  ['/login/oauth/access_token', '502', ({ response }) => void response.writeHead(502).end('<html>')],
]
test.each(faults)(
  'when %s answers %s, that is told in time, and nothing else',
  async (path, _what, handler) => {
    const good = gitHub.handlers.get(path)!
    gitHub.handlers.set(path, handler)
    const answer = await settled(signInAs(gitHubUser()), 8_000, 'an answer')
    gitHub.handlers.set(path, good)
    expect(answer).toEqual({
      __typename: 'Error',
      failure: 'PROVIDER_UNAVAILABLE',
      message: 'GitHub does not answer as it should. Try again in a minute, or sign in another way.',
    })
  },
)

test('a program that has the wrong secret says that GitHub is unavailable, and a code that is none is refused', async () => {
  const other = await startApp({ settings: { ...settings(), OAUTH_GITHUB_CLIENT_SECRET: 'another' } })
  try {
    const there = createSignIn(other.url)
    const { ticket, authorizationUrl } = await there.begun('GITHUB')
    const callbackUrl = await gitHub.visit(authorizationUrl, gitHubUser())
    expect(await there.complete(ticket, callbackUrl)).toMatchObject({ failure: 'PROVIDER_UNAVAILABLE' })
  } finally {
    await other.stop()
  }
  const { ticket, authorizationUrl } = await graph.begun('GITHUB')
  const spent = new URL(await gitHub.visit(authorizationUrl, gitHubUser()))
  spent.searchParams.set('code', 'none')
  expect(await graph.complete(ticket, spent.href)).toMatchObject({ __typename: 'CredentialsError' })
})

test('what was begun in one process is completed in another, once', async () => {
  const second = await program.beside()
  try {
    const { ticket, authorizationUrl } = await graph.begun('GITHUB')
    const callbackUrl = await gitHub.visit(authorizationUrl, gitHubUser())
    const there = createSignIn(second.url)
    const both = await Promise.all([there.complete(ticket, callbackUrl), graph.complete(ticket, callbackUrl)])
    expect(both.map(({ __typename }) => __typename).toSorted()).toEqual([
      'CompleteOAuthPayload',
      'CredentialsError',
    ])
  } finally {
    await second.stop()
  }
})

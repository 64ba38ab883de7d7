import { createServer } from 'node:net'
import { generateKeyPair, SignJWT, type JWTPayload } from 'jose'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { startHandMadeProvider } from '../../../tests/testkit/providers/hand-made.ts'
import { json, type Handler } from '../../../tests/testkit/providers/serve.ts'
import { settled } from '../../../tests/testkit/waiters.ts'
import { AppError } from '../../platform/errors.ts'
import { createOAuthClient } from './client.ts'
import { OAuthRefused } from './errors.ts'
import type { Provider } from './providers.ts'

const REDIRECT_URI = 'https://dash.example.test/signed-in'
/** For a provider that says nothing; others get the time that a busy machine needs. */
const SHORT_MS = 400
let provider: Awaited<ReturnType<typeof startHandMadeProvider>>
let skewMs = 0
const clock = { now: () => Date.now() + skewMs }

beforeAll(async () => {
  provider = await startHandMadeProvider()
})
beforeEach(() => provider.reset())
afterAll(() => provider.stop())

const clientOf = (more: Partial<Provider> = {}, timeoutMs = 8_000) =>
  createOAuthClient({
    provider: {
      kind: 'openid',
      id: 'oidc',
      name: 'Example Ltd',
      issuer: provider.origin,
      clientId: provider.client.id,
      clientSecret: provider.client.secret,
      ...more,
    } as Provider,
    clock,
    timeoutMs,
  })
const ada = { sub: '1', email: 'ada@example.test', email_verified: true, name: 'Ada' }
const signIn = async (claims: JWTPayload = ada, client = clientOf()) => {
  const { authorizationUrl, checks } = await client.begin(REDIRECT_URI)
  return client.complete(new URL(provider.grant(authorizationUrl, claims)), checks)
}
/** What it fails with, which is one of two, and says no word of an answer, a code or a token. */
const failureOf = async (work: Promise<unknown>): Promise<string> => {
  const error: unknown = await work.then(
    () => new Error('it did not fail'),
    (reason: unknown) => reason,
  )
  const told: string[] = []
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    told.push(JSON.stringify([cause.message, cause.stack, Object.entries(cause)]))
  for (const secret of [...provider.issued, provider.client.secret])
    expect(told.join('\n')).not.toContain(secret)
  if (error instanceof OAuthRefused) return 'refused'
  if (error instanceof AppError) return error.code
  throw error
}

test('an ID token that holds is who it says, by its issuer and subject', async () => {
  expect(await signIn()).toEqual({
    issuer: provider.origin,
    subject: '1',
    email: 'ada@example.test',
    name: 'Ada',
    picture: undefined,
  })
})

const claims: [string, Record<string, unknown>][] = [
  ['another nonce', { ...ada, nonce: 'A'.repeat(43) }],
  ['no nonce', { ...ada, nonce: undefined }],
  ['another audience', { ...ada, aud: 'somebody else' }],
  ['another issuer', { ...ada, iss: 'https://accounts.google.com' }],
  ['no subject', { ...ada, sub: undefined }],
  ['an empty subject', { ...ada, sub: '' }],
  ['a subject longer than one is', { ...ada, sub: 'a'.repeat(256) }],
  ['a subject of other letters', { ...ada, sub: 'ada\u0000' }],
]
test.each(claims)('an ID token with %s is refused', async (_what, changed) => {
  expect(await failureOf(signIn(changed))).toBe('refused')
})

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const forged: [string, (claims: JWTPayload) => Promise<string>][] = [
  [
    'signed with another key',
    async (given) => provider.sign(given, { key: (await generateKeyPair('ES256')).privateKey }),
  ],
  [
    'that was changed after signing',
    async (given) => {
      const [head, body, signature] = (await provider.sign(given)).split('.')
      const claims = JSON.parse(Buffer.from(body!, 'base64url').toString()) as JWTPayload
      return [head, part({ ...claims, email: 'other@example.test' }), signature].join('.')
    },
  ],
  [
    'without signature',
    async (given) => {
      const [, body] = (await provider.sign(given)).split('.')
      return `${part({ alg: 'none' })}.${body}.`
    },
  ],
  [
    'signed with the secret of the client',
    (given) =>
      new SignJWT(given)
        .setProtectedHeader({ alg: 'HS256' })
        .setIssuedAt()
        .setExpirationTime('1m')
        .sign(Buffer.from(provider.client.secret)),
  ],
  ['that has expired', (given) => provider.sign(given, { at: 1_700_000_000 })],
  ['that is none', () => Promise.resolve('none')],
]
test.each(forged)('an ID token %s is refused', async (_what, forge) => {
  provider.idToken = forge
  expect(await failureOf(signIn())).toBe('refused')
})

const METADATA = '/.well-known/openid-configuration'
const never: Handler = () => undefined
const stalls: Handler = ({ response }) => {
  response.writeHead(200, { 'content-type': 'application/json' }).write('{"issuer":')
}
const floods: Handler = ({ response }) => {
  response.writeHead(200, { 'content-type': 'application/json' }).end(`"${'A'.repeat(2 << 20)}"`)
}
const page =
  (status: number): Handler =>
  ({ response }) =>
    void response.writeHead(status, { 'content-type': 'text/html', location: '/keys' }).end('<h1>Sorry</h1>')
const says =
  (status: number, value: unknown): Handler =>
  ({ response }) =>
    json(response, status, value)
const metadata = (more: object): Handler => {
  const { origin } = provider
  const good = { authorization_endpoint: `${origin}/authorize`, token_endpoint: `${origin}/token` }
  return says(200, { issuer: origin, ...good, jwks_uri: `${origin}/keys`, ...more })
}
const UNAVAILABLE = 'PROVIDER_UNAVAILABLE'
const everywhere: [string, Handler][] = [
  ['answers nothing', never],
  ['stops in the middle', stalls],
  ['answers without end', floods],
  ['answers 500', page(500)],
  ['answers 500 in JSON', says(500, { error: 'invalid_grant' })],
  ['answers 429', says(429, {})],
  ['sends one elsewhere', page(302)],
  ['answers a page', page(200)],
  ['answers a page that says no', page(403)],
]
const faults: [string, string, () => Handler, string][] = [
  ...[METADATA, '/token', '/keys'].flatMap((path) =>
    everywhere.map(([what, handler]): [string, string, () => Handler, string] => [
      path,
      what,
      () => handler,
      UNAVAILABLE,
    ]),
  ),
  [METADATA, 'is of another issuer', () => metadata({ issuer: 'https://accounts.google.com' }), UNAVAILABLE],
  [METADATA, 'lacks an endpoint', () => metadata({ token_endpoint: undefined }), UNAVAILABLE],
  [METADATA, 'has a script', () => metadata({ authorization_endpoint: 'javascript:alert(1)' }), UNAVAILABLE],
  [METADATA, 'is of no issuer', () => metadata({ issuer: 'nobody' }), UNAVAILABLE],
  [
    METADATA,
    'has methods of the wrong type',
    () => metadata({ token_endpoint_auth_methods_supported: 1 }),
    UNAVAILABLE,
  ],
  [METADATA, 'is nothing', () => says(200, null), UNAVAILABLE],
  ['/token', 'does not know this program', () => says(401, { error: 'invalid_client' }), UNAVAILABLE],
  ['/token', 'is unwell', () => says(400, { error: 'temporarily_unavailable' }), UNAVAILABLE],
  ['/token', 'does not know the code', () => says(400, { error: 'invalid_grant' }), 'refused'],
  ['/token', 'gives no token', () => says(200, {}), 'refused'],
  ['/token', 'gives no ID token', () => says(200, { access_token: 'a', token_type: 'bearer' }), 'refused'],
  ['/token', 'gives nothing', () => says(200, null), 'refused'],
  ['/keys', 'has no key', () => says(200, { keys: [] }), 'refused'],
]
test.each(faults)(
  'a provider whose %s %s is told as such, in time',
  async (path, _what, handler, expected) => {
    provider.handlers.set(path, handler())
    const isSilent = [never, stalls].includes(handler())
    const client = clientOf({}, isSilent ? SHORT_MS : undefined)
    expect(await settled(failureOf(signIn(ada, client)), 7_000, 'an answer')).toBe(expected)
  },
)

test('a provider that is not there, or takes connections and says nothing, is unavailable', async () => {
  expect(await failureOf(clientOf({ issuer: 'http://127.0.0.1:1' }).begin(REDIRECT_URI))).toBe(UNAVAILABLE)
  const server = createServer(() => undefined)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  const silent = clientOf({ issuer: `http://127.0.0.1:${port}` }, SHORT_MS).begin(REDIRECT_URI)
  expect(await settled(failureOf(silent), 7_000, 'an answer')).toBe(UNAVAILABLE)
  server.close()
})

test('a provider that knows another secret of this program is unavailable, and not the fault of who signs in', async () => {
  expect(await failureOf(signIn(ada, clientOf({ clientSecret: 'another' })))).toBe(UNAVAILABLE)
})

test('what a provider says of itself is asked at first use, once by many, again after a failure and after an hour', async () => {
  let asked = 0
  const good = provider.handlers.get(METADATA)!
  const counted: Handler = (call) => {
    asked += 1
    return good(call)
  }
  const client = clientOf()
  provider.handlers.set(METADATA, page(500))
  expect(await failureOf(client.begin(REDIRECT_URI))).toBe(UNAVAILABLE)
  provider.handlers.set(METADATA, counted)
  await Promise.all([1, 2, 3].map(() => client.begin(REDIRECT_URI)))
  await signIn(ada, client)
  expect(asked).toBe(1)
  skewMs += 61 * 60_000
  await client.begin(REDIRECT_URI)
  expect(asked).toBe(2)
})

test('a name, picture or e-mail of the wrong type is left out; who it is counts', async () => {
  const odd = { sub: '2', email: ['ada@example.test'], email_verified: 1, name: { first: 'Ada' }, picture: 3 }
  expect(await signIn(odd)).toEqual({
    issuer: provider.origin,
    subject: '2',
    email: undefined,
    name: '',
    picture: undefined,
  })
})

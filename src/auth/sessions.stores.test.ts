import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startApp, type TestApp } from '../../tests/testkit/app.ts'
import { createTestClient, type Answer } from '../../tests/testkit/client.ts'
import { mutate } from '../../tests/testkit/mutate.ts'
import { stranger } from '../../tests/testkit/seed.ts'
import { createPasswords, type PasswordParameters } from './passwords.ts'

let program: TestApp
let owner: Client
let skewMs = 0
const works: PasswordParameters[] = []
const clock = { now: () => Date.now() + skewMs }
const PASSWORD = 'correct horse battery'
/** What the issue asks of argon2id: 19 MiB, two passes, one lane. */
const PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

beforeAll(async () => {
  program = await startApp({ clock, passwords: createPasswords({ onWork: (cost) => works.push(cost) }) })
  owner = new Client({ connectionString: program.databases.ownerUrl })
  await owner.connect()
})
afterAll(async () => {
  await owner.end()
  await program.stop()
})

let count = 0
const newEmail = (): string => `user-${(count += 1)}@example.test`
/** Runs one mutation and answers its payload. */
const run = (name: string, input?: object, credential?: string) =>
  mutate(createTestClient(program.url, credential), name, input)
/** Asks for one field and answers it. */
const ask = async <T>(text: string, credential: string): Promise<T> => {
  const answer = (await createTestClient(program.url, credential).request(text)) as Answer<Record<string, T>>
  if (!answer.data || answer.errors) throw new Error(JSON.stringify(answer))
  return Object.values(answer.data)[0]!
}
const codeOf = async (credential: string, query = '{ viewer { scopes } }'): Promise<string | undefined> =>
  ((await createTestClient(program.url, credential).request(query)) as Answer<unknown>).errors?.[0]
    ?.extensions?.code

const signUp = (email: string, password = PASSWORD) => run('signUp', { email, password, name: 'Ada' })
type Tokens = {
  __typename: string
  accessToken: string
  refreshToken: string
  user: { id: string; email: string; name: string }
  membership: { slug: string; role: string } | null
  code: string
  message: string
}
const signIn = (email: string, password = PASSWORD, tenantSlug?: string) =>
  run('signIn', { email, password, tenantSlug }) as unknown as Promise<Tokens>
const refresh = (refreshToken: string) =>
  run('refreshSession', { refreshToken }) as unknown as Promise<Tokens>
const newUser = async () => {
  const email = newEmail()
  await signUp(email)
  return { email, ...(await signIn(email)) }
}

test('who signs up signs in with the e-mail in any case, and is who they said', async () => {
  const email = newEmail()
  expect(await signUp(` ${email.toUpperCase()} `)).toEqual({ __typename: 'SignUpPayload', email })
  const { accessToken, user, membership } = await signIn(email.toUpperCase())
  expect(user).toMatchObject({ email, name: 'Ada' })
  expect(membership).toBeNull()
  const viewer = await ask(
    '{ viewer { scopes role user { id email } memberships { nodes { slug } } tenant { id } apiKey { prefix } } }',
    accessToken,
  )
  expect(viewer).toEqual({
    scopes: [],
    role: null,
    user: { id: user.id, email },
    memberships: { nodes: [] },
    tenant: null,
    apiKey: null,
  })
})

test('signing up with an e-mail that has an account answers the same, does the same work, and changes nothing', async () => {
  const email = newEmail()
  works.length = 0
  const first = await signUp(email)
  const again = await signUp(email, 'quite another password')
  expect(again).toEqual(first)
  expect(works).toEqual([PARAMETERS, PARAMETERS])
  expect((await signIn(email)).__typename).toBe('SignInPayload')
  expect((await signIn(email, 'quite another password')).__typename).toBe('CredentialsError')
})

test('a wrong password, an unknown account, an inactive one, a deleted one and one without password get one answer for one run of argon2 at the full price', async () => {
  const [wrong, inactive, without, deleted] = await Promise.all(Array.from({ length: 4 }, newUser))
  await owner.query('UPDATE users SET is_active = false WHERE email = $1', [inactive!.email])
  await owner.query('DELETE FROM passwords USING users u WHERE u.id = user_id AND u.email = $1', [
    without!.email,
  ])
  await owner.query('UPDATE users SET deleted_at = now() WHERE email = $1', [deleted!.email])
  for (const [email, password] of [
    [wrong!.email, 'not the password'],
    ['nobody@example.test', PASSWORD],
    [inactive!.email, PASSWORD],
    [deleted!.email, PASSWORD],
    [without!.email, PASSWORD],
  ] as const) {
    works.length = 0
    expect([email, await signIn(email, password), works]).toEqual([
      email,
      {
        __typename: 'CredentialsError',
        code: 'UNAUTHENTICATED',
        message: 'E-mail or password is wrong.',
        path: [],
      },
      [PARAMETERS],
    ])
  }
})

test.each(['short', 'password123', 'PASSWORD123', 'aaaaaaaaaa', 'x'.repeat(257)])(
  'the password %j may not be chosen',
  async (password) => {
    expect(await signUp(newEmail(), password)).toMatchObject({
      __typename: 'ValidationError',
      path: ['password'],
    })
  },
)

test('after 20 wrong passwords an account has to wait, also with the right one, and an unknown one just the same', async () => {
  const { email } = await newUser()
  for (const name of [email, newEmail()]) {
    for (let attempt = 0; attempt < 20; attempt += 1)
      expect((await signIn(name, 'not the password')).code).toBe('UNAUTHENTICATED')
    expect((await signIn(name)).code).toBe('RATE_LIMITED')
  }
})

test('guesses from one network keep the owner in another one not out; a hundred from anywhere do, and no sign-in makes room for more', async () => {
  const { email } = await newUser()
  const { signIn: from } = program.app.modules.sessions.service
  const signInFrom = (network: number, password: string) =>
    from({ email, password }, stranger(`203.0.${network}.0/24`)).then(
      () => 'in',
      ({ code }: { code: string }) => code,
    )
  const guess = async (network: number, times: number) => {
    for (let time = 0; time < times; time += 1)
      expect(await signInFrom(network, 'not the password')).toBe('UNAUTHENTICATED')
  }
  for (const network of [1, 2, 3, 4]) {
    await guess(network, 20)
    // What its own bound refuses does not count for the others.
    for (let time = 0; time < 10; time += 1) expect(await signInFrom(network, PASSWORD)).toBe('RATE_LIMITED')
    expect(await signInFrom(5, PASSWORD)).toBe('in')
  }
  await guess(6, 19)
  expect(await signInFrom(5, PASSWORD)).toBe('in')
  await guess(7, 1)
  expect(await signInFrom(5, PASSWORD)).toBe('RATE_LIMITED')
})

test('a refresh token gives a new pair; brought again it ends the session with all its tokens', async () => {
  const { accessToken, refreshToken } = await newUser()
  const next = await refresh(refreshToken)
  expect(next.__typename).toBe('RefreshSessionPayload')
  expect(next.refreshToken).not.toBe(refreshToken)
  const reused = await refresh(refreshToken)
  expect(reused).toMatchObject({ __typename: 'CredentialsError', code: 'UNAUTHENTICATED' })
  expect(await refresh(next.refreshToken)).toEqual(reused)
  skewMs += 2_000
  expect(await codeOf(accessToken)).toBe('UNAUTHENTICATED')
  expect(await codeOf(next.accessToken)).toBe('UNAUTHENTICATED')
})

test('of many refreshes at once with one token one wins at most, and the session is over', async () => {
  const { refreshToken } = await newUser()
  const answers = await Promise.all(Array.from({ length: 6 }, () => refresh(refreshToken)))
  const won = answers.filter((each) => each.__typename === 'RefreshSessionPayload')
  expect(won).toHaveLength(1)
  expect((await refresh(won[0]!.refreshToken)).__typename).toBe('CredentialsError')
})

test('a refresh token ends after 30 days without use, a session after 90 days whatever its use', async () => {
  const idle = await newUser()
  let busy: Tokens = await newUser()
  skewMs += 20 * 86_400_000
  for (let month = 0; month < 3; month += 1) {
    busy = await refresh(busy.refreshToken)
    expect(busy.__typename).toBe('RefreshSessionPayload')
    skewMs += 20 * 86_400_000
    if (month === 0) expect((await refresh(idle.refreshToken)).__typename).toBe('CredentialsError')
  }
  skewMs += 11 * 86_400_000
  expect((await refresh(busy.refreshToken)).__typename).toBe('CredentialsError')
})

test.each(['', 'hr_', 'hr_short', `hr_${'A'.repeat(43)}`, `hi_${'A'.repeat(43)}`])(
  'the refresh token %j is none',
  async (token) => {
    expect(await refresh(token)).toMatchObject({ code: 'UNAUTHENTICATED' })
  },
)

test('an access token works until its quarter of an hour is over and not then', async () => {
  const { accessToken } = await newUser()
  skewMs += 14 * 60_000
  expect(await codeOf(accessToken)).toBeUndefined()
  skewMs += 60_000
  expect(await codeOf(accessToken)).toBe('UNAUTHENTICATED')
})

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
test('a token that was changed, unsigned, or signed by somebody else is nobody', async () => {
  const { accessToken } = await newUser()
  const [head, body, signature] = accessToken.split('.') as [string, string, string]
  const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as Record<string, unknown>
  const other = (await newUser()).user.id
  // 64 bytes fill 85 letters and a part of the last: of four spellings we write one.
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const last = letters.indexOf(signature.at(-1)!)
  const spelt = [1, 2, 3].map((more) => `${head}.${body}.${signature.slice(0, -1)}${letters[last + more]}`)
  for (const forged of [
    ...spelt,
    `${head}.${encode({ ...claims, tid: claims.sid })}.${signature}`,
    `${head}.${encode({ ...claims, sub: other })}.${signature}`,
    `${encode({ alg: 'none', typ: 'at+jwt' })}.${body}.`,
    `${encode({ alg: 'none', typ: 'at+jwt' })}.${body}.${signature}`,
    `${encode({ alg: 'EdDSA', typ: 'at+jwt', kid: 'unknown' })}.${body}.${signature}`,
    `${head}.${body}.${signature.slice(0, -4)}AAAA`,
    `${head}.${body}`,
  ])
    expect([forged, await codeOf(forged)]).toEqual([forged, 'UNAUTHENTICATED'])
  expect(await codeOf(accessToken)).toBeUndefined()
})

const kidOf = (token: string) =>
  (JSON.parse(Buffer.from(token.split('.')[0]!, 'base64url').toString()) as { kid: string }).kid
test('after a rotation of the signing keys open tokens stay good until they expire, and new ones have the new key', async () => {
  const before = await newUser()
  const kid = await program.app.signingKeys.rotate()
  const after = await newUser()
  expect(kidOf(after.accessToken)).toBe(kid)
  expect(kidOf(before.accessToken)).not.toBe(kid)
  const second = await program.beside()
  try {
    for (const { accessToken } of [before, after]) {
      const { errors } = (await createTestClient(second.url, accessToken).request(
        '{ viewer { scopes } }',
      )) as Answer<unknown>
      expect(errors).toBeUndefined()
      expect(await codeOf(accessToken)).toBeUndefined()
    }
    // Made while the other program is running, so that it has to look for the key.
    await program.app.signingKeys.rotate()
    skewMs += 1_000
    const newest = await newUser()
    const { errors } = (await createTestClient(second.url, newest.accessToken).request(
      '{ viewer { scopes } }',
    )) as Answer<unknown>
    expect(errors).toBeUndefined()
  } finally {
    await second.stop()
  }
})

test('the private keys stand in Postgres encrypted', async () => {
  await newUser()
  const { rows } = await owner.query<{ public_jwk: { x: string }; text: string }>(
    `SELECT public_jwk, encode(private_jwk_encrypted, 'escape') AS text FROM signing_keys`,
  )
  expect(rows.length).toBeGreaterThan(0)
  for (const { public_jwk: jwk, text } of rows) {
    expect(jwk).not.toHaveProperty('d')
    expect(text).not.toContain(jwk.x)
    expect(text).not.toContain('Ed25519')
  }
})

test('changing the password ends all other sessions and keeps this one', async () => {
  const { email, accessToken } = await newUser()
  const other = await signIn(email)
  const change = (oldPassword: string) =>
    run('changePassword', { oldPassword, newPassword: 'another good password' }, accessToken)
  expect(await change('not the password')).toMatchObject({
    __typename: 'CredentialsError',
    path: ['oldPassword'],
  })
  expect(await change(PASSWORD)).toMatchObject({ __typename: 'ChangePasswordPayload', user: { email } })
  expect((await refresh(other.refreshToken)).__typename).toBe('CredentialsError')
  skewMs += 2_000
  expect(await codeOf(other.accessToken)).toBe('UNAUTHENTICATED')
  expect(await codeOf(accessToken)).toBeUndefined()
  expect((await signIn(email)).__typename).toBe('CredentialsError')
  expect((await signIn(email, 'another good password')).__typename).toBe('SignInPayload')
})

test("a list of sessions is one's own; one can end one of them, all, and none of somebody else's", async () => {
  const [mine, theirs] = [await newUser(), await newUser()]
  const second = await signIn(mine.email)
  type Listed = { id: string; current: boolean; address: string }[]
  const list = async (token: string) =>
    (await ask<{ nodes: Listed }>('{ sessions { nodes { id current address userAgent } } }', token)).nodes
  const sessions = await list(mine.accessToken)
  expect(sessions.map(({ current }) => String(current)).toSorted()).toEqual(['false', 'true'])
  expect(sessions[0]!.address).toBe('127.0.0.0/24')
  const end = (id: string, token: string) => run('revokeSession', { id }, token)
  const other = sessions.find(({ current }) => !current)!
  expect((await end(other.id, theirs.accessToken)).__typename).toBe('NotFoundError')
  expect(await list(mine.accessToken)).toHaveLength(2)
  expect(await end(other.id, mine.accessToken)).toEqual({
    __typename: 'RevokeSessionPayload',
    deletedId: other.id,
  })
  expect((await refresh(second.refreshToken)).__typename).toBe('CredentialsError')
  await signIn(mine.email)
  expect(await run('revokeAllSessions', undefined, mine.accessToken)).toMatchObject({ sessionsEnded: 2 })
  expect((await refresh(mine.refreshToken)).__typename).toBe('CredentialsError')
  expect((await refresh(theirs.refreshToken)).__typename).toBe('RefreshSessionPayload')
})

test('nothing secret of a sign-in stands in the database as it was sent', async () => {
  const { accessToken, refreshToken } = await newUser()
  for (const table of ['users', 'passwords', 'sessions', 'refresh_tokens']) {
    const { rows } = await owner.query(`SELECT to_jsonb(t)::text AS text FROM ${table} t`)
    const text = JSON.stringify(rows)
    for (const secret of [PASSWORD, refreshToken, accessToken]) expect(text).not.toContain(secret)
  }
})

/** The code that a mutation ends with as a whole. */
const failing = async (name: string, input: object) =>
  (
    await createTestClient(program.url).request(
      `mutation ($input: ${name === 'signIn' ? 'SignIn' : 'RefreshSession'}Input!) { ${name}(input: $input) { __typename } }`,
      { input },
    )
  ).errors?.[0]?.extensions?.code

test('where no access token can be signed nothing is used up: no refresh token, and no session begins', async () => {
  const { email, refreshToken } = await newUser()
  const counted = async () =>
    (
      await owner.query<Record<string, unknown>>(
        `SELECT (SELECT count(*) FROM sessions) AS sessions, (SELECT count(*) FROM refresh_tokens) AS tokens,
                (SELECT count(*) FROM refresh_tokens WHERE used_at IS NOT NULL) AS used`,
      )
    ).rows
  const before = await counted()
  // As \`heliograph keys reset\` leaves it for a program that has another secret.
  await owner.query(`CREATE TEMP TABLE kept AS SELECT * FROM signing_keys WHERE retired_at IS NULL`)
  await owner.query(
    `UPDATE signing_keys SET kid = gen_random_uuid(), private_jwk_encrypted = decode(repeat('00', 60), 'hex')
      WHERE retired_at IS NULL`,
  )
  skewMs += 60_000
  expect(await failing('refreshSession', { refreshToken })).toBe('INTERNAL')
  expect(await failing('signIn', { email, password: PASSWORD })).toBe('INTERNAL')
  expect(await counted()).toEqual(before)
  await owner.query(`DELETE FROM signing_keys WHERE retired_at IS NULL`)
  await owner.query(`INSERT INTO signing_keys SELECT * FROM kept`)
  skewMs += 60_000
  expect((await refresh(refreshToken)).__typename).toBe('RefreshSessionPayload')
})

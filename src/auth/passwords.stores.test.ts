import { monitorEventLoopDelay } from 'node:perf_hooks'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { startApp, type TestApp } from '../../tests/testkit/app.ts'
import { createTestClient, type Answer } from '../../tests/testkit/client.ts'
import { createAccountStore } from '../modules/identity/account.store.ts'
import { createPasswords, type Passwords } from './passwords.ts'

const PASSWORD = 'correct horse battery'
const NEW_PASSWORD = 'another good password'
const today = createPasswords()
/** What the program hashes with, which a test may change. */
let passwords: Passwords
let program: TestApp

beforeAll(async () => {
  program = await startApp({
    passwords: {
      hash: (password) => passwords.hash(password),
      verify: (hash, password) => passwords.verify(hash, password),
    },
  })
})
afterAll(() => program.stop())
beforeEach(() => {
  passwords = today
})

let count = 0
const newEmail = (): string => `hashed-${(count += 1)}@example.test`
type Payload = { __typename: string; accessToken: string; retryAfterSeconds: number }
const run = async (text: string, variables: object, credential?: string): Promise<Payload> => {
  const client = createTestClient(program.url, credential)
  const answer = (await client.request(text, variables)) as Answer<Record<string, Payload>>
  if (!answer.data) throw new Error(JSON.stringify(answer))
  return Object.values(answer.data)[0]!
}
const signIn = (email: string, password = PASSWORD) =>
  run(
    `mutation ($input: SignInInput!) {
       signIn(input: $input) { __typename ... on SignInPayload { accessToken } ... on RateLimitedError { retryAfterSeconds } } }`,
    { input: { email, password } },
  )
const changePassword = (accessToken: string) =>
  run(
    `mutation { changePassword(input: { oldPassword: "${PASSWORD}", newPassword: "${NEW_PASSWORD}" }) { __typename } }`,
    {},
    accessToken,
  )
/** An account that signed up when hashes cost as little as that. */
const newUser = async (parameters?: { memoryCost: number; timeCost: number; parallelism: number }) => {
  const email = newEmail()
  passwords = parameters ? createPasswords({ parameters }) : today
  await run(
    `mutation { signUp(input: { email: "${email}", password: "${PASSWORD}", name: "Ada" }) { __typename } }`,
    {},
  )
  const { accessToken } = await signIn(email)
  passwords = today
  return { email, accessToken }
}
const hashOf = async (email: string) =>
  (await createAccountStore({ postgres: program.app.postgres }).findByEmail(email))?.passwordHash
const OLD = { memoryCost: 8_192, timeCost: 1, parallelism: 1 }
const CURRENT = /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/

/** Passwords that stop where the test says, and go on when it says so. */
const stoppedAt = (where: (what: keyof Passwords, password: string) => boolean) => {
  const [reached, resume] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  let first = true
  const stop = async <T>(what: keyof Passwords, password: string, result: Promise<T>): Promise<T> => {
    const value = await result
    if (first && where(what, password)) {
      first = false
      reached.resolve()
      await resume.promise
    }
    return value
  }
  passwords = {
    hash: (password) => stop('hash', password, today.hash(password)),
    verify: (hash, password) => stop('verify', password, today.verify(hash, password)),
  }
  return { reached: reached.promise, resume: resume.resolve }
}

test.each([OLD, { ...OLD, memoryCost: 19_456 }, { ...OLD, timeCost: 2 }])(
  'a hash that cost only %j is made anew by the sign-in that proves the password, once',
  async (parameters) => {
    const { email } = await newUser(parameters)
    const old = await hashOf(email)
    expect(old).toContain(`m=${parameters.memoryCost},t=${parameters.timeCost},p=1`)
    expect((await signIn(email, 'not the password')).__typename).toBe('CredentialsError')
    expect(await hashOf(email)).toBe(old)
    expect((await signIn(email)).__typename).toBe('SignInPayload')
    const renewed = await hashOf(email)
    expect(renewed).toMatch(CURRENT)
    expect((await signIn(email)).__typename).toBe('SignInPayload')
    expect(await hashOf(email)).toBe(renewed)
  },
)

test('two sign-ins at once with an old hash both succeed', async () => {
  const { email } = await newUser(OLD)
  const { reached, resume } = stoppedAt((what) => what === 'hash')
  const first = signIn(email)
  await reached
  expect((await signIn(email)).__typename).toBe('SignInPayload')
  const renewed = await hashOf(email)
  resume()
  expect((await first).__typename).toBe('SignInPayload')
  expect(await hashOf(email)).toBe(renewed)
})

test.each(['hash', 'verify'] as const)(
  'a password that is changed while another sign-in is at %s stays changed, and that sign-in begins no session',
  async (where) => {
    const { email, accessToken } = await newUser(where === 'hash' ? OLD : undefined)
    const { reached, resume } = stoppedAt((what, password) => what === where && password === PASSWORD)
    const late = signIn(email)
    await reached
    expect((await changePassword(accessToken)).__typename).toBe('ChangePasswordPayload')
    resume()
    expect((await late).__typename).toBe('CredentialsError')
    expect(await hashOf(email)).toMatch(CURRENT)
    expect((await signIn(email)).__typename).toBe('CredentialsError')
    expect((await signIn(email, NEW_PASSWORD)).__typename).toBe('SignInPayload')
  },
)

test('of 200 at once two are hashed at a time, 64 wait, and the others are told when to come again; the event loop goes on', async () => {
  let [running, most, turns] = [0, 0, 0]
  const turnsAt: number[] = []
  const turnsOf: number[] = []
  const bounded = createPasswords({
    onWork: () => {
      most = Math.max(most, (running += 1))
      turnsAt.push(turns)
    },
    onDone: () => {
      running -= 1
      turnsOf.push(turns - turnsAt.shift()!)
    },
  })
  let spinning = true
  const spin = (): void => {
    turns += 1
    if (spinning) setImmediate(spin)
  }
  spin()
  const delay = monitorEventLoopDelay({ resolution: 5 })
  delay.enable()
  const before = process.memoryUsage().rss
  let peak = before
  const all = await Promise.allSettled(
    Array.from({ length: 200 }, async (_, index) => {
      const { right } = await bounded.verify(null, `guess ${index}`)
      peak = Math.max(peak, process.memoryUsage().rss)
      return right
    }),
  )
  delay.disable()
  spinning = false
  const refused = all.filter((each) => each.status === 'rejected')
  expect(all.length - refused.length).toBe(2 + 64)
  for (const { reason } of refused)
    expect(reason).toMatchObject({ code: 'RATE_LIMITED', retryAfterSeconds: 3 })
  expect(most).toBe(2)
  // Hashing on the loop's own thread would let it turn not once in between.
  expect(Math.min(...turnsOf)).toBeGreaterThan(0)
  process.stderr.write(
    `66 hashes: ${Math.round((peak - before) / 2 ** 20)} MiB more at the peak, loop held for ${Math.round(delay.max / 1e6)} ms at the longest\n`,
  )
  expect((await bounded.verify(null, 'there is room again')).right).toBe(false)
})

test('who signs in while the queue is full is told to come again, and succeeds when it is not', async () => {
  const { email } = await newUser()
  const busy = createPasswords()
  await busy.verify(null, 'the first, which makes the hash that the others are compared with')
  const room = new AbortController()
  const occupied = Array.from({ length: 66 }, async () => {
    do await busy.verify(null, 'somebody else')
    while (!room.signal.aborted)
  })
  passwords = busy
  // More often than an account has tries: none of these is one.
  for (let time = 0; time < 21; time += 1)
    expect(await signIn(email)).toEqual({ __typename: 'RateLimitedError', retryAfterSeconds: 3 })
  room.abort()
  await Promise.all(occupied)
  expect((await signIn(email)).__typename).toBe('SignInPayload')
})

import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startRedisServer, type RedisServer } from '../../../tests/testkit/redis.ts'
import { startApp, type TestApp } from '../../../tests/testkit/app.ts'
import { createTestClient, type Answer } from '../../../tests/testkit/client.ts'
import { eventually } from '../../../tests/testkit/waiters.ts'

const PASSWORD = 'correct horse battery'
const LIMIT = 20
let own: RedisServer
let program: TestApp
let look: Redis
beforeAll(async () => {
  own = await startRedisServer({ keepsData: true })
  look = new Redis(own.url)
  look.on('error', () => undefined) // it is taken away on purpose
  program = await startApp({ redisUrl: own.url, settings: { HELIOGRAPH_ROLES: 'server' } })
})
afterAll(async () => {
  look.disconnect()
  await program?.stop()
  await own?.close()
})

let count = 0
const newEmail = (): string => `throttled-${(count += 1)}@example.test`
type Payload = { __typename: string; retryAfterSeconds?: number; accessToken?: string }
const run = async (text: string, credential?: string, url = program.url): Promise<Payload> => {
  const client = createTestClient(url, credential)
  const answer = (await client.request(`mutation { answer: ${text} }`)) as Answer<{ answer: Payload }>
  if (!answer.data) throw new Error(JSON.stringify(answer))
  return answer.data.answer
}
const TOLD =
  '{ __typename ... on SignInPayload { accessToken } ... on RateLimitedError { retryAfterSeconds } }'
const signIn = (email: string, password: string, url?: string) =>
  run(`signIn(input: { email: "${email}", password: "${password}" }) ${TOLD}`, undefined, url)
const newUser = async (): Promise<string> => {
  const email = newEmail()
  await run(`signUp(input: { email: "${email}", password: "${PASSWORD}", name: "Ada" }) { __typename }`)
  return email
}
/**
 * Guesses until the answer is another one than that the password is wrong, at most `most` times. Answers how
 * many were wrong.
 */
const guess = async (attempt: () => Promise<Payload>, most = LIMIT + 1): Promise<[number, Payload]> => {
  let answer: Payload = { __typename: 'none' }
  for (let wrong = 0; wrong < most; wrong += 1) {
    answer = await attempt()
    if (answer.__typename !== 'CredentialsError') return [wrong, answer]
  }
  return [most, answer]
}
const countedInRedis = async (): Promise<number> => (await look.keys('*throttle:account*')).length

test('guesses stay limited while Redis is away, go on from the count before, and are counted there again afterwards', async () => {
  const [email, other, changing] = [await newUser(), await newUser(), await newUser()]
  const { accessToken } = await signIn(changing, PASSWORD)
  expect(await guess(() => signIn(email, 'wrong'), 5)).toEqual([5, { __typename: 'CredentialsError' }])
  await own.end()

  const [wrong, refused] = await guess(() => signIn(email, 'wrong'))
  expect([wrong, refused.__typename]).toEqual([LIMIT - 5, 'RateLimitedError'])
  expect(refused.retryAfterSeconds).toBeGreaterThan(14 * 60)
  expect(refused.retryAfterSeconds).toBeLessThanOrEqual(15 * 60)
  expect((await signIn(email, PASSWORD)).__typename).toBe('RateLimitedError')
  // Who signs in with the right password is not held up, and begins anew.
  await guess(() => signIn(other, 'wrong'), LIMIT - 1)
  expect((await signIn(other, PASSWORD)).__typename).toBe('SignInPayload')
  expect(await guess(() => signIn(other, 'wrong'), LIMIT)).toEqual([
    LIMIT,
    { __typename: 'CredentialsError' },
  ])
  const change = () =>
    run(
      `changePassword(input: { oldPassword: "wrong", newPassword: "another good password" }) ${TOLD.replace('... on SignInPayload { accessToken }', '')}`,
      accessToken,
    )
  expect(await guess(change)).toEqual([LIMIT, expect.objectContaining({ __typename: 'RateLimitedError' })])

  own.restart()
  const before = await eventually(countedInRedis)
  await eventually(async () => {
    await signIn(newEmail(), 'wrong')
    expect(await countedInRedis()).toBeGreaterThan(before)
  }, 15_000)
  // Counted in one place again: two programs have one budget.
  const second = await program.beside()
  try {
    const third = await newUser()
    await guess(() => signIn(third, 'wrong'), LIMIT / 2)
    const [rest, end] = await guess(() => signIn(third, 'wrong', second.url))
    expect([rest, end.__typename]).toEqual([LIMIT / 2, 'RateLimitedError'])
    expect((await signIn(third, PASSWORD)).__typename).toBe('RateLimitedError')
  } finally {
    await second.stop()
  }
})

test('a Redis that hangs costs a few seconds once, not at each guess, and the guesses are limited all the same', async () => {
  const email = await newUser()
  own.halt()
  try {
    const firstMs = await timed(() => signIn(email, 'wrong'))
    const secondMs = await timed(() => signIn(email, 'wrong'))
    process.stderr.write(`Redis hangs: the first sign-in took ${firstMs} ms, the second ${secondMs} ms\n`)
    expect(secondMs).toBeLessThan(1_900) // the time that one command of Redis is given is 2 s
    const [wrong, refused] = await guess(() => signIn(email, 'wrong'))
    expect([wrong, refused.__typename]).toEqual([LIMIT - 2, 'RateLimitedError'])
  } finally {
    own.resume()
  }
})

const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const from = performance.now()
  await work()
  return Math.round(performance.now() - from)
}

import { SignJWT, type CryptoKey } from 'jose'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { freshDatabases } from '../../tests/testkit/databases.ts'
import { uuidv7 } from '../platform/ids.ts'
import { createLogger } from '../platform/logger.ts'
import { createPostgres, type Postgres } from '../platform/postgres/postgres.ts'
import { ACCESS_TOKEN_MS, createAccessTokens } from './access-token.ts'
import { createSigningKeys } from './signing-keys.ts'

const log = createLogger({ level: 'silent', format: 'json' })
const DAY_MS = 86_400_000
const RELOAD_MS = 30_000
let postgres: Postgres
let nowMs = Date.parse('2026-11-20T12:00:00Z')
const clock = { now: () => nowMs }
const signingScope = { setting: 'app.signing', value: 'on' } as const

beforeAll(async () => {
  const { postgresUrl } = await freshDatabases(log)
  postgres = createPostgres({ url: postgresUrl, log })
})
afterAll(() => postgres.close())
beforeEach(() => postgres.query(signingScope, { text: 'DELETE FROM signing_keys' }))

/** What one program has of it. */
const program = (secret = 'the secret of this Postgres, long enough') => {
  const keys = createSigningKeys({ postgres, clock, secret, tokenLifeMs: ACCESS_TOKEN_MS })
  const tokens = createAccessTokens({ keys, clock })
  const sign = async () =>
    (await (await tokens.signer())({ userId: uuidv7(), sessionId: uuidv7(), tenant: undefined })).token
  return { keys, sign, good: async (token: string) => (await tokens.verify(token)) !== undefined }
}
const kids = async () =>
  (await postgres.query<{ kid: string }>(signingScope, { text: 'SELECT kid FROM signing_keys' })).map(
    ({ kid }) => kid,
  )

test('after 90 days a new key signs; the old public key is kept for as long as its tokens live, and then retired', async () => {
  const [one, other] = [program(), program()]
  const { kid: first } = await one.keys.signing()
  await other.keys.signing()
  nowMs += 90 * DAY_MS - 1
  expect((await one.keys.signing()).kid).toBe(first)
  expect((await other.keys.signing()).kid).toBe(first)
  nowMs += 1
  const { kid: second } = await one.keys.signing()
  expect(second).not.toBe(first)
  // The other program goes by what it read a moment ago. Its own look at the key's age must not make a third
  // one.
  expect((await other.keys.signing()).kid).toBe(second)
  expect((await kids()).toSorted()).toEqual([first, second].toSorted())
  nowMs += ACCESS_TOKEN_MS + RELOAD_MS
  expect(await one.keys.verifying(first)).toBeDefined()
  nowMs += 1
  expect(await one.keys.verifying(first)).toBeUndefined()
  expect(await one.keys.verifying(second)).toBeDefined()
  await one.keys.rotate()
  expect(await kids()).not.toContain(first)
})

test('a token that another program signed with the old key in the last moment is good until it expires', async () => {
  const [one, other] = [program(), program()]
  await other.keys.signing()
  nowMs += 10_000
  const kid = await one.keys.rotate()
  nowMs += RELOAD_MS - 10_001 // it has not looked since
  expect((await other.keys.signing()).kid).not.toBe(kid)
  const token = await other.sign()
  nowMs += 1
  expect((await other.keys.signing()).kid).toBe(kid)
  nowMs += ACCESS_TOKEN_MS - 1_000
  for (const each of [one, other, program()]) expect(await each.good(token)).toBe(true)
  nowMs += 1_000
  for (const each of [one, other, program()]) expect(await each.good(token)).toBe(false)
})

test('whoever has the private key of a key that was replaced can sign nothing that is newer or lasts longer than what we sign', async () => {
  const { keys, good } = program()
  const { kid, key } = await keys.signing()
  const forged = (iatMs: number, lifeMs: number) => {
    const iat = Math.floor(iatMs / 1_000)
    return new SignJWT({ sid: uuidv7() })
      .setProtectedHeader({ alg: 'EdDSA', kid, typ: 'at+jwt' })
      .setSubject(uuidv7())
      .setIssuer('heliograph')
      .setAudience('heliograph')
      .setIssuedAt(iat)
      .setExpirationTime(iat + lifeMs / 1_000)
      .sign(key satisfies CryptoKey)
  }
  expect(await good(await forged(nowMs, ACCESS_TOKEN_MS))).toBe(true)
  expect(await good(await forged(nowMs, ACCESS_TOKEN_MS + 1_000))).toBe(false)
  expect(await good(await forged(nowMs, 365 * DAY_MS))).toBe(false)
  const retiredMs = nowMs
  await keys.rotate()
  nowMs += 5 * 60_000
  expect(await good(await forged(retiredMs, ACCESS_TOKEN_MS))).toBe(true)
  expect(await good(await forged(retiredMs + RELOAD_MS, ACCESS_TOKEN_MS))).toBe(true)
  expect(await good(await forged(retiredMs + RELOAD_MS + 1_000, ACCESS_TOKEN_MS))).toBe(false)
  expect(await good(await forged(nowMs, 60_000))).toBe(false)
})

test('many programs that start at once, and that find the key too old at once, make one key', async () => {
  const all = Array.from({ length: 8 }, () => program())
  const sign = () => Promise.all(all.map(({ keys }) => keys.signing()))
  const first = new Set((await sign()).map(({ kid }) => kid))
  nowMs += 90 * DAY_MS
  const second = new Set((await sign()).map(({ kid }) => kid))
  expect([first.size, second.size]).toEqual([1, 1])
  expect(await kids()).toHaveLength(2)
})

test('with another secret nothing is signed, rotated or replaced; what others sign is checked all the same', async () => {
  const [right, wrong] = [program(), program('another secret, just as long as that one')]
  const token = await right.sign()
  const refused = { code: 'CONFLICT', message: expect.stringContaining('heliograph keys reset') }
  await expect(wrong.keys.assertSecret()).rejects.toMatchObject(refused)
  await expect(wrong.keys.rotate()).rejects.toMatchObject(refused)
  // Whoever signs in is told nothing of it: no AppError, so masked.
  await expect(wrong.keys.signing()).rejects.not.toHaveProperty('code')
  expect(await wrong.good(token)).toBe(true)
  nowMs += 90 * DAY_MS
  await expect(wrong.keys.assertSecret()).rejects.toMatchObject(refused)
  expect(await kids()).toHaveLength(1)
  await right.keys.assertSecret()
})

test('a reset with another secret leaves one key: tokens of the old one are refused, also where it is still in memory', async () => {
  const [old, lost] = [program(), program('the new secret, since nobody knows the old one')]
  const token = await old.sign()
  const kid = await lost.keys.reset()
  expect(await kids()).toEqual([kid])
  expect(await lost.good(token)).toBe(false)
  nowMs += RELOAD_MS
  expect(await old.good(token)).toBe(false)
  const next = await lost.sign()
  expect([await old.good(next), await lost.good(next)]).toEqual([true, true])
  await expect(old.keys.assertSecret()).rejects.toMatchObject({ code: 'CONFLICT' })
})

test('a clock that is set back keeps no key that was thrown away', async () => {
  const [old, lost] = [program(), program('the new secret, since nobody knows the old one')]
  const token = await old.sign()
  await lost.keys.reset()
  nowMs -= 60_000
  expect(await old.good(token)).toBe(false)
  nowMs += 60_000
})

test('who checks a token and never signs makes no key', async () => {
  const token = await program().sign()
  await postgres.query(signingScope, { text: 'DELETE FROM signing_keys' })
  expect(await program().good(token)).toBe(false)
  expect(await kids()).toEqual([])
})

import { errors, jwtVerify, SignJWT } from 'jose'
import { z } from 'zod'
import type { Clock } from '../platform/clock.ts'
import { isUuid } from '../platform/ids.ts'
import type { SigningKeys } from './signing-keys.ts'

/**
 * How long an access token is good. What it says of rights is checked again at each use, so this bounds a
 * stolen one only.
 */
export const ACCESS_TOKEN_MS = 15 * 60_000

const NAME = 'heliograph'
const TYPE = 'at+jwt' // RFC 9068: a token of another kind, signed with the same key, is never taken for one
// Ours have about 450 characters.
const LONGEST = 2_048

const uuid = z.string().refine(isUuid)
const claimsShape = z.object({ sub: uuid, sid: uuid, tid: uuid.optional(), iat: z.int(), exp: z.int() })

/**
 * The account, its session, and the tenant that the token is for, if any. `expiresAt` in Unix milliseconds.
 */
export type AccessClaims = {
  readonly userId: string
  readonly sessionId: string
  readonly tenant: string | undefined
  readonly expiresAt: number
}

export type Sign = (claims: Omit<AccessClaims, 'expiresAt'>) => Promise<{ token: string; expiresAt: Date }>

export type AccessTokens = {
  /**
   * What signs, which then asks nobody: taken before a session is changed, so that nothing is written where nothing can
   * be signed. Throws when the store is away or this process's secret does not open the key.
   */
  signer(): Promise<Sign>
  /**
   * What a token says when it is ours, whole and in time; undefined otherwise. Throws only when the keys
   * can't be read.
   */
  verify(token: string): Promise<AccessClaims | undefined>
}

/**
 * Of one signature there are several spellings in base64url: a decoder ignores the last bits. Only the one
 * that we wrote is ours.
 */
const isOneSpelling = (token: string): boolean => {
  const signature = token.slice(token.lastIndexOf('.') + 1)
  return Buffer.from(signature, 'base64url').toString('base64url') === signature
}

export const looksLikeAccessToken = (text: string): boolean =>
  text.length <= LONGEST && /^[\w-]+\.[\w-]+\.[\w-]+$/.test(text)

/** Signs and checks the JWTs (EdDSA) of people who have signed in. */
export const createAccessTokens = ({ keys, clock }: { keys: SigningKeys; clock: Clock }): AccessTokens => ({
  signer: async () => {
    const { kid, key } = await keys.signing()
    return async ({ userId, sessionId, tenant }) => {
      const issuedAt = Math.floor(clock.now() / 1_000)
      const expiresAt = issuedAt + ACCESS_TOKEN_MS / 1_000
      const token = await new SignJWT({ sid: sessionId, ...(tenant !== undefined && { tid: tenant }) })
        .setProtectedHeader({ alg: 'EdDSA', kid, typ: TYPE })
        .setSubject(userId)
        .setIssuer(NAME)
        .setAudience(NAME)
        .setIssuedAt(issuedAt)
        .setExpirationTime(expiresAt)
        .sign(key)
      return { token, expiresAt: new Date(expiresAt * 1_000) }
    }
  },

  verify: async (token) => {
    if (!looksLikeAccessToken(token) || !isOneSpelling(token)) return undefined
    let until = 0
    try {
      const { payload } = await jwtVerify(
        token,
        async ({ kid }) => {
          const found = kid === undefined ? undefined : await keys.verifying(kid)
          if (!found) throw new errors.JWKSNoMatchingKey()
          until = found.until
          return found.key
        },
        {
          algorithms: ['EdDSA'],
          typ: TYPE,
          issuer: NAME,
          audience: NAME,
          requiredClaims: ['sub', 'sid', 'iat', 'exp'],
          currentDate: new Date(clock.now()),
        },
      )
      const { sub, sid, tid, iat, exp } = claimsShape.parse(payload)
      // We sign none like these: whoever did has the private key of one that was replaced, maybe for that.
      if (iat * 1_000 > until || (exp - iat) * 1_000 > ACCESS_TOKEN_MS) return undefined
      return { userId: sub, sessionId: sid, tenant: tid, expiresAt: exp * 1_000 }
    } catch (error) {
      if (error instanceof errors.JOSEError || error instanceof z.ZodError) return undefined
      throw error
    }
  },
})

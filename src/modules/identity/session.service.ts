import { z } from 'zod'
import { hashSecret } from '../../auth/api-key.ts'
import type { AccessTokens } from '../../auth/access-token.ts'
import type { Passwords } from '../../auth/passwords.ts'
import { isSecretToken, makeSecretToken } from '../../auth/secret-token.ts'
import type { UserViewer } from '../../auth/viewer.ts'
import type { Clock } from '../../platform/clock.ts'
import { uuidv7 } from '../../platform/ids.ts'
import { NotFoundError } from '../../platform/problems.ts'
import type { Throttle } from '../../platform/redis/throttle.ts'
import { validate } from '../../platform/validate.ts'
import type { OwnMembership } from '../tenancy/membership.ts'
import type { Account, AccountStore } from './account.store.ts'
import { asProblem, CredentialsError, RateLimitedError } from './credentials.errors.ts'
import { givenPassword } from './password.rules.ts'
import type { NewRefreshToken, Origin, SessionStore } from './session.store.ts'

const DAY_MS = 86_400_000
/** A refresh token that is not used for so long is none any more: a month away means signing in again. */
const REFRESH_TOKEN_MS = 30 * DAY_MS
/** However busy a session is, after so long the password is asked again. */
const SESSION_MS = 90 * DAY_MS

const signInInput = z.object({ email: z.string().max(1_024), password: givenPassword })

export type SignedIn = {
  readonly accessToken: string
  readonly refreshToken: string
  /** When the access token stops working. */
  readonly expiresAt: Date
  readonly user: { readonly id: string; readonly email: string; readonly name: string }
  /** The tenant that the access token is for. */
  readonly membership: OwnMembership | undefined
}
export type Switched = Omit<SignedIn, 'refreshToken'>

export type SessionThrottles = {
  /** Sign-ins that failed, by account. */
  readonly accounts: Throttle
  /** Sign-ins and refreshes, by address. */
  readonly addresses: Throttle
}

const wrongCredentials = () => new CredentialsError('E-mail or password is wrong.')

const newToken = (at: number): { secret: string; row: NewRefreshToken } => {
  const secret = makeSecretToken('refresh')
  const row = { id: uuidv7(), hash: hashSecret(secret), issuedAt: new Date(at) }
  return { secret, row: { ...row, expiresAt: new Date(at + REFRESH_TOKEN_MS) } }
}

const slow = async (throttle: Throttle, who: string): Promise<void> => {
  const wait = await throttle.take(who)
  if (wait !== undefined) throw new RateLimitedError(wait)
}

/** The one that was named, else the only one; who is a member of several and names none acts in none yet. */
const choose = (memberships: readonly OwnMembership[], slug: string | null | undefined) => {
  if (slug == null) return memberships.length === 1 ? memberships[0] : undefined
  const found = memberships.find((each) => each.slug === slug)
  if (found) return found
  throw new NotFoundError('You are not a member of such a tenant.', ['tenantSlug'])
}

/** Rules of sessions: how one begins, goes on, and ends. Tokens leave here once, in the answer that made them. */
export const createSessionService = (deps: {
  store: SessionStore
  accounts: AccountStore
  passwords: Passwords
  accessTokens: Pick<AccessTokens, 'sign'>
  throttles: SessionThrottles
  /** Where the account may act now: active tenants only. */
  membershipsOf: (userId: string) => Promise<OwnMembership[]>
  clock: Clock
}) => {
  const { store, accounts, passwords, accessTokens, throttles, membershipsOf, clock } = deps

  const sign = (userId: string, sessionId: string, membership: OwnMembership | undefined) =>
    accessTokens.sign({ userId, sessionId, tenant: membership?.tenant })

  /** The account behind e-mail and password. Every way to fail does the same work and gives the same answer. */
  const prove = async (email: string, password: string): Promise<Account> => {
    const account = await accounts.findByEmail(email)
    const { right, outdated } = await passwords.verify(account?.passwordHash, password)
    if (!right || !account?.active) throw wrongCredentials()
    if (!outdated || !account.passwordHash) return account
    const passwordHash = await passwords.hash(password)
    const kept = await accounts.rehash(account.id, account.passwordHash, passwordHash)
    return kept ? { ...account, passwordHash } : prove(email, password) // it was changed meanwhile
  }

  return {
    /** Throws CredentialsError, RateLimitedError, ValidationError, NotFoundError (of the tenant that was named). */
    signIn: async (
      input: { email: string; password: string; tenantSlug?: string | null | undefined },
      origin: Origin,
    ): Promise<SignedIn> => {
      const { email: given, password } = validate(signInInput, input)
      const email = given.trim().toLowerCase()
      await slow(throttles.addresses, origin.address)
      await slow(throttles.accounts, email)
      const account = await prove(email, password).catch((error: unknown) => {
        throw asProblem(error)
      })
      await throttles.accounts.forget(email)
      const membership = choose(await membershipsOf(account.id), input.tenantSlug)
      const at = clock.now()
      const id = uuidv7()
      const { secret, row } = newToken(at)
      const session = { id, actingTenantId: membership?.tenant ?? null, origin, at: new Date(at) }
      const { passwordHash } = account
      const begun = { ...session, passwordHash, expiresAt: new Date(at + SESSION_MS) }
      if (!(await store.begin(account.id, begun, row))) throw wrongCredentials()
      const { token, expiresAt } = await sign(account.id, id, membership)
      return { accessToken: token, refreshToken: secret, expiresAt, user: account, membership }
    },

    /**
     * A new pair for a refresh token, which is good once. When it comes again its session ends, with all its tokens: one of
     * the two who brought it has stolen it. Throws CredentialsError, RateLimitedError.
     */
    refresh: async (refreshToken: string, origin: Origin): Promise<SignedIn> => {
      const refused = new CredentialsError('This session is over. Sign in again.', ['refreshToken'])
      if (!isSecretToken('refresh', refreshToken)) throw refused
      await slow(throttles.addresses, origin.address)
      const hash = hashSecret(refreshToken)
      const userId = await store.ownerOf(hash)
      if (userId === undefined) throw refused
      const { secret, row } = newToken(clock.now())
      const result = await store.refresh(userId, hash, row)
      if (result.kind !== 'refreshed') throw refused
      const { sessionId, actingTenantId } = result
      const account = await accounts.find(userId)
      if (!account?.active) throw refused
      const membership = (await membershipsOf(userId)).find(({ tenant }) => tenant === actingTenantId)
      const { token, expiresAt } = await sign(userId, sessionId, membership)
      return { accessToken: token, refreshToken: secret, expiresAt, user: account, membership }
    },

    /** An access token of the same session for another tenant; the old one stays what it is until it expires. Throws NotFoundError. */
    switchTenant: async (viewer: UserViewer, slug: string): Promise<Switched> => {
      const membership = (await membershipsOf(viewer.id)).find((each) => each.slug === slug)
      if (!membership) throw new NotFoundError('You are not a member of such a tenant.', ['slug'])
      await store.actIn(viewer.id, viewer.sessionId, membership.tenant)
      const { token, expiresAt } = await sign(viewer.id, viewer.sessionId, membership)
      const user = { id: viewer.id, email: viewer.email, name: viewer.name }
      return { accessToken: token, expiresAt, user, membership }
    },

    list: (viewer: UserViewer) => store.list(viewer.id, new Date(clock.now())),

    /** Throws NotFoundError. */
    revoke: async (viewer: UserViewer, sessionId: string): Promise<void> => {
      if (!(await store.revoke(viewer.id, sessionId, new Date(clock.now()))))
        throw new NotFoundError('You have no such session.', ['id'])
    },

    revokeAll: (viewer: UserViewer): Promise<number> => store.revokeAll(viewer.id, new Date(clock.now())),
  }
}

export type SessionService = ReturnType<typeof createSessionService>

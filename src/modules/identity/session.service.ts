import { z } from 'zod'
import { hashSecret } from '../../auth/api-key.ts'
import { actingAs, type Actor } from '../../auth/actor.ts'
import type { AccessTokens } from '../../auth/access-token.ts'
import type { Passwords } from '../../auth/passwords.ts'
import { isSecretToken, makeSecretToken } from '../../auth/secret-token.ts'
import type { UserViewer, Viewer } from '../../auth/viewer.ts'
import type { Clock } from '../../platform/clock.ts'
import { uuidv7 } from '../../platform/ids.ts'
import {
  asProblem,
  CredentialsError,
  NotFoundError,
  Problem,
  TooManyAttempts,
} from '../../platform/problems.ts'
import type { Throttle } from '../../platform/redis/throttle.ts'
import { anyText } from '../../platform/texts.ts'
import { validate } from '../../platform/validate.ts'
import type { MembershipsOf, OwnMembership } from '../tenancy/membership.ts'
import { chainOf } from '../audit/audit.platform.ts'
import type { AuditService } from '../audit/audit.service.ts'
import type { Account, AccountStore, Proof } from './account.store.ts'
import { attempt, countAttempt } from '../../platform/redis/attempts.ts'
import { givenPassword } from './password.rules.ts'
import type { NewRefreshToken, Session, SessionAudit, SessionStore } from './session.store.ts'

const DAY_MS = 86_400_000
/** A refresh token that is not used for so long is none any more: a month away means signing in again. */
const REFRESH_TOKEN_MS = 30 * DAY_MS
/** However busy a session is, after so long one signs in again. */
const SESSION_MS = 90 * DAY_MS
/** The id of no account: what is asked about an e-mail without one costs the same. */
const NOBODY = '00000000-0000-0000-0000-000000000000'

const signInInput = z.object({ email: anyText.max(1_024), password: givenPassword })

export type SignedIn = {
  readonly accessToken: string
  readonly refreshToken: string
  /** When the access token stops working. */
  readonly expiresAt: Date
  readonly user: { readonly id: string; readonly email: string; readonly name: string }
  /** The tenant that the access token is for. */
  readonly membership: OwnMembership | undefined
}
/** How somebody comes in, and where to. */
export type Entry = {
  readonly action: 'signIn' | 'completeOAuth'
  readonly actor: Actor
  readonly tenantSlug: string | null | undefined
}
/** An account, and what it was proven by. */
export type Proven = { readonly account: SignedIn['user']; readonly proof: Proof }
export type Switched = Omit<SignedIn, 'refreshToken'>

export type SessionThrottles = {
  /** Sign-ins that failed, by account and address: a stranger who guesses does not keep the owner out. */
  readonly accountsByAddress: Throttle
  /** Sign-ins that failed, by account, from wherever. */
  readonly accounts: Throttle
  /** Sign-ins and refreshes, by address; with a provider each step is one. */
  readonly addresses: Throttle
}

const wrongCredentials = () => new CredentialsError('E-mail or password is wrong.')

const newToken = (at: number): { secret: string; row: NewRefreshToken } => {
  const secret = makeSecretToken('refresh')
  const row = { id: uuidv7(), hash: hashSecret(secret), issuedAt: new Date(at) }
  return { secret, row: { ...row, expiresAt: new Date(at + REFRESH_TOKEN_MS) } }
}

/** The one that was named, else the only one; who is a member of several and names none acts in none yet. */
const choose = (
  named: OwnMembership | undefined,
  oldest: readonly OwnMembership[],
  slug: string | null | undefined,
) => {
  if (slug == null) return oldest.length === 1 ? oldest[0] : undefined
  if (named) return named
  throw new NotFoundError('You are not a member of such a tenant.', ['tenantSlug'])
}

/**
 * Rules of sessions: how one begins, goes on, and ends. Tokens leave here once, in the answer that made them.
 */
export const createSessionService = (deps: {
  store: SessionStore
  accounts: AccountStore
  passwords: Passwords
  accessTokens: Pick<AccessTokens, 'signer'>
  throttles: SessionThrottles
  /** Where the account may act now: active tenants only. */
  membershipsOf: MembershipsOf
  audit: Pick<AuditService, 'refusedLater'>
  clock: Clock
}) => {
  const { store, accounts, passwords, accessTokens, throttles, membershipsOf, audit, clock } = deps

  /**
   * Throws CredentialsError unless that is the account's password. Every way to fail does the same work and
   * gives the same answer.
   */
  const prove = async (account: Account | undefined, password: string): Promise<Proven> => {
    const { right, outdated } = await passwords.verify(account?.passwordHash, password)
    if (!right || !account?.active || !account.passwordHash) throw wrongCredentials()
    const { passwordHash: proven } = account
    if (!outdated) return { account, proof: { passwordHash: proven } }
    const passwordHash = await passwords.hash(password)
    const kept = await accounts.rehash(account.id, proven, passwordHash)
    // Another sign-in hashed it anew, or it was changed: then what is there now decides.
    return kept
      ? { account, proof: { passwordHash } }
      : prove(await accounts.findByEmail(account.email), password)
  }

  const begin = async (
    { account, proof }: Proven,
    membership: OwnMembership | undefined,
    { action, actor }: Pick<Entry, 'action' | 'actor'>,
  ): Promise<SignedIn> => {
    const at = clock.now()
    const id = uuidv7()
    const { secret, row } = newToken(at)
    const by = { action, actor: actingAs(actor, account), actingTenant: membership?.tenant, proof }
    const session = { ...by, id, at: new Date(at), expiresAt: new Date(at + SESSION_MS) }
    const sign = await accessTokens.signer()
    if (!(await store.begin(account.id, session, row))) throw wrongCredentials()
    const { token, expiresAt } = await sign({ userId: account.id, sessionId: id, tenant: membership?.tenant })
    return { accessToken: token, refreshToken: secret, expiresAt, user: account, membership }
  }

  /**
   * Begins a session of the account that `prove` answers. A tenant is told who tried to get in as one of its
   * members: the one that was named, else the account's first. Throws what `prove` throws, NotFoundError (of
   * the tenant that was named).
   */
  const enter = async (
    entry: Entry,
    account: { readonly id: string } | undefined,
    prove: () => Promise<Proven>,
  ): Promise<SignedIn> => {
    const { action, actor, tenantSlug } = entry
    const userId = account?.id ?? NOBODY
    const [named] = tenantSlug == null ? [] : await membershipsOf(userId, { slug: tenantSlug })
    const oldest = await membershipsOf(userId, 'oldestTwo')
    try {
      return await begin(await prove(), choose(named, oldest, tenantSlug), entry)
    } catch (error) {
      const asked = named ?? oldest[0]
      if (error instanceof Problem && !(error instanceof TooManyAttempts))
        audit.refusedLater(asked?.tenant, actor, {
          action,
          code: error.code,
          ...(account && { resourceType: 'User', resourceId: account.id }),
        })
      throw asProblem(error)
    }
  }

  /** Throws NotFoundError. */
  const end = async (
    viewer: UserViewer,
    actor: Actor,
    action: SessionAudit['action'],
    id: string,
  ): Promise<{ id: string }> => {
    const by = { actor, action, chain: chainOf(viewer.tenant) }
    if (!(await store.revoke(viewer.id, id, new Date(clock.now()), by)))
      throw new NotFoundError('There is no session with this id.', action === 'signOut' ? [] : ['id'])
    return { id }
  }

  return {
    /**
     * Throws CredentialsError, TooManyAttempts, ValidationError, NotFoundError (of the tenant that was
     * named).
     */
    signIn: async (
      input: { email: string; password: string; tenantSlug?: string | null | undefined },
      actor: Actor,
    ): Promise<SignedIn> => {
      const { email: given, password } = validate(signInInput, input)
      const email = given.trim().toLowerCase()
      const address = actor.address ?? ''
      await countAttempt(throttles.addresses, address)
      const here = [throttles.accountsByAddress, `${address} ${email}`] as const
      const anywhere = [throttles.accounts, email] as const
      return attempt([here, anywhere], async () => {
        const account = await accounts.findByEmail(email)
        const entry: Entry = { action: 'signIn', actor, tenantSlug: input.tenantSlug }
        return enter(entry, account, async () => {
          const proven = await prove(account, password)
          await throttles.accountsByAddress.forget(here[1])
          await throttles.accounts.giveBack(email) // what others guess goes on counting
          return proven
        })
      })
    },

    enter,

    /**
     * A new pair for a refresh token, which is good once. When it comes again its session ends, with all its
     * tokens: one of the two who brought it has stolen it. Throws CredentialsError, TooManyAttempts.
     */
    refresh: async (refreshToken: string, actor: Actor): Promise<SignedIn> => {
      const refused = new CredentialsError('This session is over. Sign in again.', ['refreshToken'])
      if (!isSecretToken('refresh', refreshToken)) throw refused
      await countAttempt(throttles.addresses, actor.address ?? '')
      const hash = hashSecret(refreshToken)
      const userId = await store.ownerOf(hash)
      // Of a token that is nobody's nothing is written down, or anybody could fill the log.
      if (userId === undefined) throw refused
      const sign = await accessTokens.signer()
      const { secret, row } = newToken(clock.now())
      const result = await store.refresh(userId, hash, row, actor)
      if (result.kind === 'reused') throw refused // the store has written it down
      if (result.kind === 'over') {
        const resource = { resourceType: 'User', resourceId: userId }
        audit.refusedLater(undefined, actor, { action: 'refreshSession', code: refused.code, ...resource })
        throw refused
      }
      const { sessionId, user, membership } = result
      const { token, expiresAt } = await sign({ userId, sessionId, tenant: membership?.tenant })
      return { accessToken: token, refreshToken: secret, expiresAt, user, membership }
    },

    /**
     * An access token of the same session for another tenant; the old one stays what it is until it expires.
     * Throws NotFoundError.
     */
    switchTenant: async (viewer: UserViewer, actor: Actor, slug: string): Promise<Switched> => {
      const [membership] = await membershipsOf(viewer.id, { slug })
      if (!membership) throw new NotFoundError('You are not a member of such a tenant.', ['slug'])
      const sign = await accessTokens.signer()
      const { id: userId, sessionId } = viewer
      await store.actIn(userId, sessionId, membership.tenant, actor)
      const { token, expiresAt } = await sign({ userId, sessionId, tenant: membership.tenant })
      const user = { id: viewer.id, email: viewer.email, name: viewer.name }
      return { accessToken: token, expiresAt, user, membership }
    },

    /** The sessions with these ids in the same order, null for each that is not the viewer's or has ended. */
    own: async (viewer: Viewer, ids: readonly string[]): Promise<(Session | null)[]> => {
      if (viewer.kind !== 'user') return ids.map(() => null)
      const found = await store.reads.page(viewer.id, { where: { id: { in: [...ids] } } })
      return ids.map((id) => found.find((session) => session.id === id) ?? null)
    },

    /** Ends the session that asks. Throws NotFoundError (it was ended at the same time). */
    signOut: (viewer: UserViewer, actor: Actor) => end(viewer, actor, 'signOut', viewer.sessionId),

    /** Throws NotFoundError. */
    revoke: (viewer: UserViewer, actor: Actor, id: string) => end(viewer, actor, 'revokeSession', id),

    revokeAll: async (viewer: UserViewer, actor: Actor): Promise<{ sessionsEnded: number }> => {
      const by = { actor, action: 'revokeAllSessions', chain: chainOf(viewer.tenant) } as const
      return { sessionsEnded: await store.revokeAll(viewer.id, new Date(clock.now()), by) }
    },
  }
}

export type SessionService = ReturnType<typeof createSessionService>

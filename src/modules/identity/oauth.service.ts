import { z } from 'zod'
import { actingAs, type Actor } from '../../auth/actor.ts'
import type { OAuthClient } from '../../auth/oauth/client.ts'
import { OAuthRefused } from '../../auth/oauth/errors.ts'
import type { Identity } from '../../auth/oauth/identity.ts'
import type { ProviderId } from '../../auth/oauth/providers.ts'
import { TICKET_MS, type Begun, type Tickets } from '../../auth/oauth/tickets.ts'
import type { Passwords } from '../../auth/passwords.ts'
import { isSecretToken, makeSecretToken } from '../../auth/secret-token.ts'
import type { UserViewer } from '../../auth/viewer.ts'
import type { Clock } from '../../platform/clock.ts'
import { uuidv7 } from '../../platform/ids.ts'
import type { Logger } from '../../platform/logger.ts'
import { isUniqueViolation } from '../../platform/postgres/errors.ts'
import {
  ConflictError,
  CredentialsError,
  NotFoundError,
  Problem,
  ValidationError,
} from '../../platform/problems.ts'
import { validate } from '../../platform/validate.ts'
import { chainOf } from '../audit/audit.platform.ts'
import type { AuditService } from '../audit/audit.service.ts'
import { ownAccount, type AccountThrottles } from './account.service.ts'
import type { AccountStore, PublicAccount } from './account.store.ts'
import { attempt, countAttempt } from '../../platform/redis/attempts.ts'
import type { OAuthAccount, OAuthStore } from './oauth.store.ts'
import { email, givenPassword } from './password.rules.ts'
import type { SessionService, SessionThrottles, SignedIn } from './session.service.ts'

/**
 * What a client brings back. Codes of some providers have 2,000 characters; browsers and proxies end at
 * 8,000.
 */
const callback = z.object({ ticket: z.string().max(100), callbackUrl: z.string().max(8_192) })
const linking = callback.extend({ password: givenPassword })
type Callback = z.output<typeof callback>

export type OAuthBegun = {
  /** Where to send the browser. */
  readonly authorizationUrl: string
  /** Proves later that whoever ends this sign-in began it. Shown once, never to the provider. */
  readonly ticket: string
  readonly expiresAt: Date
}

/** One answer, whatever was wrong with what came back. */
const refused = () =>
  new CredentialsError('The sign-in with the provider could not be completed. Begin it again.')

const wrongPassword = () => new CredentialsError('The password is wrong.', ['password'])

/** Rules of signing in with a provider: whose account an identity is, and how one comes to an account. */
export const createOAuthService = (deps: {
  clients: readonly OAuthClient[]
  /** Where a provider may send a browser back to; compared as text. */
  redirectUris: readonly string[]
  tickets: Tickets
  store: OAuthStore
  accounts: AccountStore
  sessions: Pick<SessionService, 'enter'>
  passwords: Passwords
  throttles: Pick<SessionThrottles, 'addresses'> & Pick<AccountThrottles, 'guesses'>
  audit: Pick<AuditService, 'refusedLater'>
  clock: Clock
  log: Logger
}) => {
  const { clients, tickets, store, accounts, sessions, passwords, throttles, audit, clock, log } = deps
  const clientOf = (provider: string) => clients.find(({ id }) => id === provider)

  /** What was begun with a ticket. It is used up, whatever comes of it. */
  const take = async ({ ticket }: Callback, actor: Actor): Promise<Begun> => {
    await countAttempt(throttles.addresses, actor.address ?? '')
    const begun = isSecretToken('oauth', ticket) ? await tickets.take(ticket) : undefined
    if (!begun) throw refused()
    return begun
  }

  /** Who came back, and from where. */
  const identify = async (begun: Begun, { callbackUrl }: Callback, userId?: string) => {
    const client = clientOf(begun.provider)
    const url = URL.parse(callbackUrl)
    // The same page without what the provider added; the client library sends it along with the code.
    const page = url && Object.assign(new URL(url), { search: '', hash: '' }).href
    if (!client || !url || page !== begun.redirectUri) throw refused()
    if (userId !== undefined && begun.userId !== userId) throw refused()
    try {
      return { identity: await client.complete(url, begun), provider: client.name }
    } catch (error) {
      if (!(error instanceof OAuthRefused)) throw error
      log.info({ provider: client.id, reason: error.reason }, 'a sign-in with a provider was refused')
      throw refused()
    }
  }

  /**
   * The account of an identity that has none yet. An account that has the e-mail is never taken for it:
   * signing up does not verify e-mails, so whoever made that account may be waiting for the owner of the
   * e-mail to walk in.
   */
  const signUp = async (identity: Identity, provider: string, actor: Actor): Promise<OAuthAccount> => {
    const verified = email.safeParse(identity.email)
    if (!verified.success)
      throw new ConflictError(
        `${provider} does not say that your e-mail is verified. Verify it there, then begin again.`,
      )
    const name = identity.name || verified.data.split('@')[0]!
    const account = { id: uuidv7(), email: verified.data, name }
    try {
      await store.create(account, identity, actingAs(actor, account), new Date(clock.now()))
      return { ...account, active: true }
    } catch (error) {
      if (!isUniqueViolation(error)) throw error
    }
    const known = await store.findByIdentity(identity) // two first sign-ins at once
    if (known) return known
    throw new ConflictError(
      `There is an account with your e-mail already. Sign in to it as until now, then link ${provider} with linkOAuth.`,
    )
  }

  const accountOf = async (begun: Begun, given: Callback, actor: Actor) => {
    const { identity, provider } = await identify(begun, given)
    const account = (await store.findByIdentity(identity)) ?? (await signUp(identity, provider, actor))
    return { account, identity }
  }

  return {
    /** The ones that can be signed in with. */
    providers: clients.map(({ id, name }) => ({ id, name })),

    /**
     * `userId` is who is signed in already, who may link what comes of it. Throws NotFoundError,
     * ValidationError, TooManyAttempts.
     */
    begin: async (
      input: { provider: ProviderId; redirectUri: string },
      userId: string | undefined,
      actor: Actor,
    ): Promise<OAuthBegun> => {
      await countAttempt(throttles.addresses, actor.address ?? '')
      const client = clientOf(input.provider)
      if (!client)
        throw new NotFoundError('This provider is not configured: signInProviders lists those that are.', [
          'provider',
        ])
      const { redirectUri } = input
      if (!deps.redirectUris.includes(redirectUri))
        throw new ValidationError('redirectUri: expected one of those in OAUTH_REDIRECT_URIS.', [
          'redirectUri',
        ])
      const { authorizationUrl, checks } = await client.begin(redirectUri)
      const ticket = makeSecretToken('oauth')
      const expiresAt = new Date(clock.now() + TICKET_MS)
      await tickets.keep(ticket, {
        provider: client.id,
        redirectUri,
        ...checks,
        ...(userId !== undefined && { userId }),
      })
      return { authorizationUrl, ticket, expiresAt }
    },

    /**
     * Signs in, with a new account when the identity has none. Throws CredentialsError, TooManyAttempts,
     * ConflictError (the e-mail is not verified or has an account), NotFoundError (of the tenant that was
     * named), ValidationError.
     */
    complete: async (
      input: Callback & { tenantSlug?: string | null | undefined },
      actor: Actor,
    ): Promise<SignedIn> => {
      const given = validate(callback, input)
      const begun = await take(given, actor) // a ticket that is nobody's leaves no row, or anybody could fill the log
      const { account, identity } = await accountOf(begun, given, actor).catch(async (error: unknown) => {
        if (error instanceof Problem)
          audit.refusedLater(undefined, actor, { action: 'completeOAuth', code: error.code })
        throw error
      })
      const entry = { action: 'completeOAuth', actor, tenantSlug: input.tenantSlug } as const
      return sessions.enter(entry, account, async () => {
        if (!account.active) throw refused()
        return { account, proof: identity }
      })
    },

    /**
     * Lets an identity into the account that is signed in. It outlives every change of the password, so an
     * access token alone does not do. Throws CredentialsError, TooManyAttempts, ConflictError,
     * ValidationError.
     */
    link: async (
      viewer: UserViewer,
      input: Callback & { password: string },
      actor: Actor,
    ): Promise<PublicAccount> => {
      const { password, ...given } = validate(linking, input)
      const proof = await attempt([[throttles.guesses, viewer.id]], async () => {
        const account = await accounts.find(viewer.id)
        const { right } = await passwords.verify(account?.passwordHash, password)
        if (!right || !account?.passwordHash) throw wrongPassword()
        return { passwordHash: account.passwordHash }
      })
      await throttles.guesses.forget(viewer.id)
      const { identity, provider } = await identify(await take(given, actor), given, viewer.id)
      const by = { actor, chain: chainOf(viewer.tenant) }
      try {
        const told = await store.link(viewer.id, identity, { at: new Date(clock.now()), proof }, by)
        if (told === 'linked') return ownAccount(viewer)
        if (told === 'proof is gone') throw wrongPassword() // it was changed while the provider was asked
      } catch (error) {
        if (!isUniqueViolation(error)) throw error
        throw new ConflictError(`Who you are at ${provider} can not be linked: it is in use.`)
      }
      throw new ConflictError('Your account is linked with another sign-in already: unlinkOAuth ends that.')
    },

    /** Throws ConflictError (it would lock the account), NotFoundError. */
    unlink: async (viewer: UserViewer, actor: Actor): Promise<PublicAccount> => {
      const account = await accounts.find(viewer.id)
      // Passwords never go away, so nothing can come between this and the next.
      if (!account?.passwordHash)
        throw new ConflictError('Your account has no password: without its provider you could not sign in.')
      if (!(await store.unlink(viewer.id, new Date(clock.now()), { actor, chain: chainOf(viewer.tenant) })))
        throw new NotFoundError('Your account is linked with no provider.')
      return ownAccount(viewer)
    },
  }
}

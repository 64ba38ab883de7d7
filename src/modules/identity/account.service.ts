import { z } from 'zod'
import { actingAs, type Actor } from '../../auth/actor.ts'
import type { Passwords } from '../../auth/passwords.ts'
import { can, type UserViewer, type Viewer } from '../../auth/viewer.ts'
import type { Clock } from '../../platform/clock.ts'
import { uuidv7 } from '../../platform/ids.ts'
import { isUniqueViolation } from '../../platform/postgres/errors.ts'
import { asProblem, ConflictError, CredentialsError } from '../../platform/problems.ts'
import type { Throttle } from '../../platform/redis/throttle.ts'
import { nameOf } from '../../platform/texts.ts'
import { validate } from '../../platform/validate.ts'
import type { AccountStore, PublicAccount } from './account.store.ts'
import { attempt, countAttempt } from '../../platform/redis/attempts.ts'
import { email, givenPassword, newPassword } from './password.rules.ts'
import { chainOf } from '../audit/audit.platform.ts'
import type { AuditService } from '../audit/audit.service.ts'

const newAccount = z.object({ email, password: newPassword, name: nameOf(200) })
const passwordChange = z.object({ oldPassword: givenPassword, newPassword })

/** Apart from the viewer itself, which is shared by requests. */
export const ownAccount = ({ id, email, name }: UserViewer): PublicAccount => ({ id, email, name })

export type AccountThrottles = {
  /** Sign-ups of one address. */
  readonly signUps: Throttle
  /** Guesses at the password of an account that is signed in. */
  readonly guesses: Throttle
}

/** Rules of accounts: how one is made, how its password is changed. */
export const createAccountService = (deps: {
  store: AccountStore
  passwords: Passwords
  throttles: AccountThrottles
  audit: Pick<AuditService, 'refused'>
  clock: Clock
}) => {
  const { store, passwords, throttles, audit, clock } = deps
  return {
    /**
     * Makes an account, unless the e-mail has one: answer and work are the same, and the account that is
     * there stays as it is. Throws ValidationError, TooManyAttempts.
     */
    signUp: async (
      input: { email: string; password: string; name: string },
      actor: Actor,
    ): Promise<{ email: string }> => {
      await countAttempt(throttles.signUps, actor.address ?? '')
      const { email, password, name } = validate(newAccount, input)
      try {
        const passwordHash = await passwords.hash(password)
        const account = { id: uuidv7(), email, name }
        await store.create({ ...account, passwordHash }, actingAs(actor, account), new Date(clock.now()))
      } catch (error) {
        if (!isUniqueViolation(error)) throw asProblem(error)
        await audit.refused(undefined, actor, { action: 'signUp', code: 'CONFLICT' })
      }
      return { email }
    },

    /**
     * All other sessions of the account end. Throws ValidationError, CredentialsError, TooManyAttempts,
     * ConflictError.
     */
    changePassword: async (
      viewer: UserViewer,
      actor: Actor,
      input: { oldPassword: string; newPassword: string },
    ): Promise<PublicAccount> => {
      const { oldPassword, newPassword } = validate(passwordChange, input)
      const { id: userId, sessionId, tenant } = viewer
      await attempt([[throttles.guesses, userId]], async () => {
        const account = await store.find(userId)
        if (account?.passwordHash === null)
          throw new ConflictError('This account has no password: it signs in with a provider.')
        const { right } = await passwords.verify(account?.passwordHash, oldPassword)
        if (!right || !account?.passwordHash)
          throw new CredentialsError('The old password is wrong.', ['oldPassword'])
        await throttles.guesses.forget(userId)
        const to = await passwords.hash(newPassword)
        const change = { from: account.passwordHash, to, keepSession: sessionId, at: new Date(clock.now()) }
        if (!(await store.changePassword(userId, change, { actor, chain: chainOf(tenant) })))
          throw new ConflictError('The password was changed at the same time. Sign in with the new one.')
      })
      return ownAccount(viewer)
    },

    /** The accounts with these ids in the same order, null for each that the viewer may not see. */
    visibleTo: async (viewer: Viewer, ids: readonly string[]): Promise<(PublicAccount | null)[]> => {
      const known = new Map<string, PublicAccount>()
      if (viewer.kind === 'user') known.set(viewer.id, ownAccount(viewer))
      const others = ids.filter((id) => !known.has(id))
      if (viewer.kind === 'user' && viewer.tenant && can(viewer, 'member:read') && others.length > 0)
        for (const member of await store.membersOf(viewer.tenant, others)) known.set(member.id, member)
      return ids.map((id) => known.get(id) ?? null)
    },
  }
}

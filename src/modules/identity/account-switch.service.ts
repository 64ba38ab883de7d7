import { operator, type Actor } from '../../auth/actor.ts'
import { systemClock, type Clock } from '../../platform/clock.ts'
import { NotFoundError } from '../../platform/problems.ts'
import type { AuditStore } from '../audit/audit.store.ts'
import type { AccountStore } from './account.store.ts'
import type { AccountSwitchStore } from './account-switch.store.ts'

/** Switching accounts off and on, which only who runs the machine may do. */
export const createAccountSwitchService = (deps: {
  store: AccountSwitchStore
  accounts: Pick<AccountStore, 'findByEmail'>
  audit: Pick<AuditStore, 'append'>
  clock?: Clock
}) => {
  const { store, accounts, audit, clock = systemClock } = deps
  return {
    /**
     * An account that is off is refused within 2 s, its open sockets are closed within 5 s, and it has no sessions when it is on again.
     * API keys that it made are the tenant's and stay. Written into the audit log of each of its tenants, also when it was so
     * already: a try that ended half-way is repeated like that. Throws NotFoundError.
     */
    setActive: async (
      email: string,
      isActive: boolean,
      actor: Actor = operator,
    ): Promise<{ id: string; changed: boolean }> => {
      const account = await accounts.findByEmail(email.trim().toLowerCase())
      const switched = account && (await store.setActive(account.id, isActive, new Date(clock.now())))
      if (!account || !switched) throw new NotFoundError(`There is no account "${email}".`, ['email'])
      const { wasActive, tenants } = switched
      for (const tenant of tenants)
        await audit.append(tenant, {
          actor,
          action: isActive ? 'activateUser' : 'deactivateUser',
          resourceType: 'User',
          resourceId: account.id,
          before: { isActive: wasActive },
          after: { isActive },
        })
      return { id: account.id, changed: wasActive !== isActive }
    },
  }
}

export type AccountSwitchService = ReturnType<typeof createAccountSwitchService>

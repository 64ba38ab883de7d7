import { operator } from '../../auth/actor.ts'
import type { Clock } from '../../platform/clock.ts'
import type { TenantId } from '../../platform/ids.ts'
import { NotFoundError } from '../../platform/problems.ts'
import type { UnaskedEntry } from '../audit/audit.append.ts'
import type { MembershipsOf } from '../tenancy/membership.ts'
import type { AccountStore } from './account.store.ts'
import { switched, type AccountSwitchStore } from './account-switch.store.ts'

/** Switching accounts off and on, which only who runs the machine may do. */
export const createAccountSwitchService = (deps: {
  store: AccountSwitchStore
  accounts: Pick<AccountStore, 'findByEmail'>
  membershipsOf: MembershipsOf
  audit: (tenant: TenantId, entry: UnaskedEntry) => Promise<void>
  clock: Clock
}) => {
  const { store, accounts, membershipsOf, audit, clock } = deps
  return {
    /** The newest `most` accounts, deleted ones too. */
    list: store.list,

    /**
     * An account that is off is refused within 2 s, its open sockets are closed within 5 s, and it has no
     * sessions when it is on again. API keys that it made are the tenant's and stay. Written into the
     * platform's chain, with the change or not at all. Each active tenant of it then gets a copy, also when
     * it was so already: a try that ended half-way is repeated like that. Throws NotFoundError.
     */
    setActive: async (email: string, isActive: boolean): Promise<{ id: string; changed: boolean }> => {
      const account = await accounts.findByEmail(email.trim().toLowerCase())
      const wasActive =
        account && (await store.setActive(account.id, isActive, new Date(clock.now()), operator))
      if (!account || wasActive === undefined)
        throw new NotFoundError(`There is no account "${email}".`, ['email'])
      for (const { tenant } of await membershipsOf(account.id, 'all'))
        await audit(tenant, switched(operator, account.id, { from: wasActive, to: isActive }))
      return { id: account.id, changed: wasActive !== isActive }
    },
  }
}

export type AccountSwitchService = ReturnType<typeof createAccountSwitchService>

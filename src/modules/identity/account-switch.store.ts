import { trustTenantId, type TenantId } from '../../platform/ids.ts'
import type { Postgres } from '../../platform/postgres/postgres.ts'
import { revokeOthers, userScope } from './account.store.ts'

export type Switched = {
  readonly wasActive: boolean
  /** Where the account is a member, switched off tenants too. */
  readonly tenants: readonly TenantId[]
}

/** For operators: what `account.store.ts` does not let an account do to itself. */
export const createAccountSwitchStore = ({ postgres }: { postgres: Postgres }) => ({
  /** Switching off ends all sessions, so that none comes back with the account. Undefined when it is deleted. */
  setActive: (userId: string, isActive: boolean, at: Date): Promise<Switched | undefined> =>
    postgres.transaction(userScope(userId), async (run) => {
      const [account] = await run<{ is_active: boolean }>({
        text: 'SELECT is_active FROM users WHERE id = $1 AND deleted_at IS NULL FOR UPDATE',
        values: [userId],
      })
      if (!account) return undefined
      await run({
        text: 'UPDATE users SET is_active = $2, updated_at = $3 WHERE id = $1 AND is_active <> $2',
        values: [userId, isActive, at],
      })
      if (!isActive) await revokeOthers(run, userId, null, at)
      const tenants = await run<{ tenant_id: string }>({
        text: 'SELECT tenant_id FROM memberships WHERE user_id = $1 ORDER BY tenant_id',
        values: [userId],
      })
      return {
        wasActive: account.is_active,
        tenants: tenants.map(({ tenant_id: tenant }) => trustTenantId(tenant)),
      }
    }),
})

export type AccountSwitchStore = ReturnType<typeof createAccountSwitchStore>

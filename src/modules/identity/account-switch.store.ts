import type { Postgres } from '../../platform/postgres/postgres.ts'
import { revokeOthers, userScope } from './account.store.ts'

/** For operators: what `account.store.ts` does not let an account do to itself. */
export const createAccountSwitchStore = ({ postgres }: { postgres: Postgres }) => ({
  /**
   * Switching off ends all sessions, so that none comes back with the account. Answers whether it was active before; undefined
   * when it is deleted.
   */
  setActive: (userId: string, isActive: boolean, at: Date): Promise<boolean | undefined> =>
    postgres.transaction(userScope(userId), async (run) => {
      const [account] = await run<{ is_active: boolean }>({
        text: 'SELECT is_active FROM users WHERE id = $1 AND deleted_at IS NULL FOR UPDATE',
        values: [userId],
      })
      await run({
        text: 'UPDATE users SET is_active = $2, updated_at = $3 WHERE id = $1 AND deleted_at IS NULL AND is_active <> $2',
        values: [userId, isActive, at],
      })
      if (!isActive) await revokeOthers(run, userId, null, at)
      return account?.is_active
    }),
})

export type AccountSwitchStore = ReturnType<typeof createAccountSwitchStore>

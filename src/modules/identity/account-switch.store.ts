import type { Actor } from '../../auth/actor.ts'
import { platformTenant } from '../../platform/ids.ts'
import type { Postgres } from '../../platform/postgres/postgres.ts'
import { appendAccountAudit, type UnaskedEntry } from '../audit/audit.append.ts'
import { accountScope } from '../../platform/postgres/scope.ts'
import { revokeOthers, type PublicAccount } from './account.store.ts'

/** What is written down of it. */
export const switched = (
  actor: Actor,
  userId: string,
  change: { from: boolean; to: boolean },
): UnaskedEntry => ({
  actor,
  action: change.to ? 'activateUser' : 'deactivateUser',
  resourceType: 'User',
  resourceId: userId,
  before: { isActive: change.from },
  after: { isActive: change.to },
})

/** What operators see of an account. */
export type ListedAccount = PublicAccount & {
  readonly isActive: boolean
  readonly createdAt: Date
  readonly deletedAt: Date | null
}

/** For operators: what `account.store.ts` does not let an account do to itself. */
export const createAccountSwitchStore = ({ postgres }: { postgres: Postgres }) => ({
  /** The newest accounts, deleted ones too. */
  list: (most: number): Promise<ListedAccount[]> =>
    postgres.query<ListedAccount>(
      { setting: 'app.operator', value: 'on' },
      {
        text: `SELECT id, email, name, is_active AS "isActive", created_at AS "createdAt", deleted_at AS "deletedAt"
                 FROM users ORDER BY created_at DESC, id DESC LIMIT $1`,
        values: [most],
      },
    ),

  /**
   * Switching off ends all sessions, so that none comes back with the account. It is written into the
   * platform's chain. Answers whether it was active before; undefined when it is deleted.
   */
  setActive: (userId: string, isActive: boolean, at: Date, actor: Actor): Promise<boolean | undefined> =>
    postgres.transaction(accountScope(userId), async (run) => {
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
      const { is_active: wasActive } = account
      await appendAccountAudit(
        run,
        platformTenant,
        switched(actor, userId, { from: wasActive, to: isActive }),
      )
      return wasActive
    }),
})

export type AccountSwitchStore = ReturnType<typeof createAccountSwitchStore>

import type { Actor } from '../../auth/actor.ts'
import { platformTenant, type TenantId } from '../../platform/ids.ts'
import type { Postgres, ScopedRun } from '../../platform/postgres/postgres.ts'
import { accountScope, tenantScope } from '../../platform/postgres/scope.ts'
import { appendAccountAudit } from '../audit/audit.append.ts'

/** What the members of a tenant see of each other. */
export type PublicAccount = { readonly id: string; readonly email: string; readonly name: string }
export type Account = PublicAccount & {
  readonly passwordHash: string | null
  /** Neither switched off nor deleted. */
  readonly active: boolean
}

const FIND = `
  SELECT u.id, u.email, u.name, p.hash AS "passwordHash", u.is_active AND u.deleted_at IS NULL AS active
    FROM users u LEFT JOIN passwords p ON p.user_id = u.id`

/** Ends every session of the account but `except`. For use in a transaction of the account. */
export const revokeOthers = (
  run: ScopedRun,
  userId: string,
  except: string | null,
  at: Date,
): Promise<{ id: string }[]> =>
  run({
    text: `UPDATE sessions SET revoked_at = $3
            WHERE user_id = $1 AND revoked_at IS NULL AND ($2::uuid IS NULL OR id <> $2) RETURNING id`,
    values: [userId, except, at],
  })

/** What an account changes about its sessions follows one another: two of them don't end each other. */
export const holdAccount = (run: ScopedRun, userId: string): Promise<unknown[]> =>
  run({ text: 'SELECT 1 FROM users WHERE id = $1 FOR NO KEY UPDATE', values: [userId] })

/** What let somebody in: the hash of a password, or who they are at a provider. */
export type Proof = { readonly passwordHash: string } | { readonly issuer: string; readonly subject: string }

/**
 * Whether the account is active and that still lets it in; it then stays so until the end of the transaction.
 */
export const holdProof = async (run: ScopedRun, userId: string, proof: Proof): Promise<boolean> => {
  const active = 'u.id = $1 AND u.is_active AND u.deleted_at IS NULL'
  const found = await run(
    'passwordHash' in proof
      ? {
          text: `SELECT 1 FROM users u JOIN passwords p ON p.user_id = u.id WHERE ${active} AND p.hash = $2
                    FOR NO KEY UPDATE OF u FOR SHARE OF p`,
          values: [userId, proof.passwordHash],
        }
      : {
          text: `SELECT 1 FROM users u WHERE ${active} AND u.oauth_provider = $2 AND u.oauth_id = $3 FOR NO KEY UPDATE`,
          values: [userId, proof.issuer, proof.subject],
        },
  )
  return found.length === 1
}

/**
 * Only this file, `account-switch.store.ts`, `session.store.ts`, `oauth.store.ts` and `auth/authenticate.ts`
 * read accounts by themselves; a tenant reads its members.
 */
export const createAccountStore = ({ postgres }: { postgres: Postgres }) => ({
  /** Those of the accounts that are members of the tenant. */
  membersOf: (tenant: TenantId, userIds: readonly string[]): Promise<PublicAccount[]> =>
    postgres.query<PublicAccount>(tenantScope(tenant), {
      name: 'accounts_of_members',
      text: `SELECT u.id, u.email, u.name FROM memberships m JOIN users u ON u.id = m.user_id
              WHERE m.tenant_id = $1 AND m.user_id = ANY($2::uuid[])`,
      values: [tenant, userIds],
    }),

  /** For signing in: whoever names an e-mail has proven nothing yet. */
  findByEmail: async (email: string): Promise<Account | undefined> => {
    const [row] = await postgres.query<Account>(
      { setting: 'app.email', value: email },
      { name: 'account_by_email', text: `${FIND} WHERE u.email = $1`, values: [email] },
    )
    return row
  },

  find: async (userId: string): Promise<Account | undefined> => {
    const [row] = await postgres.query<Account>(accountScope(userId), {
      name: 'account_by_id',
      text: `${FIND} WHERE u.id = $1`,
      values: [userId],
    })
    return row
  },

  /** Throws a unique violation when the e-mail has an account. */
  create: (
    account: { id: string; email: string; name: string; passwordHash: string },
    actor: Actor,
    at: Date,
  ): Promise<void> =>
    postgres.transaction(accountScope(account.id), async (run) => {
      const { id, email, name, passwordHash } = account
      await run({
        text: 'INSERT INTO users (id, email, name, created_at, updated_at) VALUES ($1, $2, $3, $4, $4)',
        values: [id, email, name, at],
      })
      await run({
        text: 'INSERT INTO passwords (user_id, hash, updated_at) VALUES ($1, $2, $3)',
        values: [id, passwordHash, at],
      })
      const resource = { resourceType: 'User', resourceId: id }
      await appendAccountAudit(run, platformTenant, { actor, action: 'signUp', ...resource, after: { name } })
    }),

  /** The same password, hashed anew. False, and without effect, when it was changed meanwhile. */
  rehash: async (userId: string, from: string, to: string): Promise<boolean> => {
    const changed = await postgres.query(accountScope(userId), {
      text: 'UPDATE passwords SET hash = $3 WHERE user_id = $1 AND hash = $2 RETURNING user_id',
      values: [userId, from, to],
    })
    return changed.length === 1
  },

  /**
   * Sets another password and ends all other sessions, both or neither. False when the password was changed
   * meanwhile.
   */
  changePassword: (
    userId: string,
    change: { from: string; to: string; keepSession: string; at: Date },
    audit: { actor: Actor; chain: TenantId },
  ): Promise<boolean> =>
    postgres.transaction(accountScope(userId), async (run) => {
      await holdAccount(run, userId)
      const changed = await run({
        text: 'UPDATE passwords SET hash = $3, updated_at = $4 WHERE user_id = $1 AND hash = $2 RETURNING user_id',
        values: [userId, change.from, change.to, change.at],
      })
      if (changed.length === 0) return false
      const ended = await revokeOthers(run, userId, change.keepSession, change.at)
      await appendAccountAudit(run, audit.chain, {
        actor: audit.actor,
        action: 'changePassword',
        resourceType: 'User',
        resourceId: userId,
        after: { sessionsEnded: ended.length },
      })
      return true
    }),
})

export type AccountStore = ReturnType<typeof createAccountStore>

import type { Actor } from '../../auth/actor.ts'
import type { Identity } from '../../auth/oauth/identity.ts'
import { platformTenant, type TenantId } from '../../platform/ids.ts'
import type { Postgres } from '../../platform/postgres/postgres.ts'
import { appendAccountAudit } from '../audit/audit.append.ts'
import { accountScope } from '../../platform/postgres/scope.ts'
import { holdProof, type Account, type Proof } from './account.store.ts'

export type OAuthAccount = Omit<Account, 'passwordHash'>

/** Who does it, and where that is written down. */
type By = { readonly actor: Actor; readonly chain: TenantId }

const resource = (userId: string) => ({ resourceType: 'User', resourceId: userId })

/** Which identity at a provider belongs to which account: one at most. */
export const createOAuthStore = ({ postgres }: { postgres: Postgres }) => ({
  findByIdentity: async ({ issuer, subject }: Identity): Promise<OAuthAccount | undefined> => {
    const [row] = await postgres.query<OAuthAccount>(
      { setting: 'app.oauth_identity', value: `${issuer} ${subject}` },
      {
        name: 'account_by_identity',
        text: `SELECT id, email, name, is_active AND deleted_at IS NULL AS active
                 FROM users WHERE oauth_provider = $1 AND oauth_id = $2`,
        values: [issuer, subject],
      },
    )
    return row
  },

  /** An account without password. Throws a unique violation when the e-mail or the identity has one. */
  create: (
    { id, email, name }: { id: string; email: string; name: string },
    { issuer, subject, picture }: Identity,
    actor: Actor,
    at: Date,
  ): Promise<void> =>
    postgres.transaction(accountScope(id), async (run) => {
      await run({
        text: `INSERT INTO users (id, email, name, oauth_provider, oauth_id, picture, created_at, updated_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $7)`,
        values: [id, email, name, issuer, subject, picture ?? null, at],
      })
      const after = { name, provider: issuer }
      await appendAccountAudit(run, platformTenant, { actor, action: 'signUp', ...resource(id), after })
    }),

  /**
   * Says what is wrong: the account has another identity, or what it was proven by holds no longer. Throws a unique
   * violation when the identity has another account.
   */
  link: (
    userId: string,
    { issuer, subject }: Identity,
    { at, proof }: { at: Date; proof: Proof },
    { chain, actor }: By,
  ): Promise<'linked' | 'has another' | 'proof is gone'> =>
    postgres.transaction(accountScope(userId), async (run) => {
      if (!(await holdProof(run, userId, proof))) return 'proof is gone'
      const linked = await run({
        text: `UPDATE users SET oauth_provider = $2, oauth_id = $3, updated_at = $4
                WHERE id = $1 AND (oauth_provider IS NULL OR oauth_provider = $2 AND oauth_id = $3) RETURNING id`,
        values: [userId, issuer, subject, at],
      })
      if (linked.length === 0) return 'has another'
      const after = { provider: issuer } // whom it is there only the account itself knows, and no tenant of it
      await appendAccountAudit(run, chain, { actor, action: 'linkOAuth', ...resource(userId), after })
      return 'linked'
    }),

  /** False when there was none. */
  unlink: (userId: string, at: Date, { chain, actor }: By): Promise<boolean> =>
    postgres.transaction(accountScope(userId), async (run) => {
      const [before] = await run<{ provider: string }>({
        text: `SELECT oauth_provider AS provider FROM users
                WHERE id = $1 AND oauth_provider IS NOT NULL FOR UPDATE`,
        values: [userId],
      })
      if (!before) return false
      await run({
        text: 'UPDATE users SET oauth_provider = NULL, oauth_id = NULL, updated_at = $2 WHERE id = $1',
        values: [userId, at],
      })
      await appendAccountAudit(run, chain, { actor, action: 'unlinkOAuth', ...resource(userId), before })
      return true
    }),
})

export type OAuthStore = ReturnType<typeof createOAuthStore>

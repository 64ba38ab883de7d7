import type { Identity } from '../../auth/oauth/identity.ts'
import type { Postgres } from '../../platform/postgres/postgres.ts'
import { userScope, type Account } from './account.store.ts'

export type OAuthAccount = Omit<Account, 'passwordHash'>

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
  create: async (
    { id, email, name }: { id: string; email: string; name: string },
    { issuer, subject, picture }: Identity,
    at: Date,
  ): Promise<void> => {
    await postgres.query(userScope(id), {
      text: `INSERT INTO users (id, email, name, oauth_provider, oauth_id, picture, created_at, updated_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $7)`,
      values: [id, email, name, issuer, subject, picture ?? null, at],
    })
  },

  /** False when the account has another identity. Throws a unique violation when the identity has another account. */
  link: async (userId: string, { issuer, subject }: Identity, at: Date): Promise<boolean> => {
    const linked = await postgres.query(userScope(userId), {
      text: `UPDATE users SET oauth_provider = $2, oauth_id = $3, updated_at = $4
              WHERE id = $1 AND (oauth_provider IS NULL OR oauth_provider = $2 AND oauth_id = $3) RETURNING id`,
      values: [userId, issuer, subject, at],
    })
    return linked.length === 1
  },

  /** False when there was none. */
  unlink: async (userId: string, at: Date): Promise<boolean> => {
    const unlinked = await postgres.query(userScope(userId), {
      text: `UPDATE users SET oauth_provider = NULL, oauth_id = NULL, updated_at = $2
              WHERE id = $1 AND oauth_provider IS NOT NULL RETURNING id`,
      values: [userId, at],
    })
    return unlinked.length === 1
  },
})

export type OAuthStore = ReturnType<typeof createOAuthStore>

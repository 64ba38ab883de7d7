import type { Postgres, ScopedRun } from '../../platform/postgres/postgres.ts'
import type { Scope } from '../../platform/postgres/scope.ts'

export type Account = {
  readonly id: string
  readonly email: string
  readonly name: string
  readonly passwordHash: string | null
  /** Neither switched off nor deleted. */
  readonly active: boolean
}

export const userScope = (userId: string): Scope => ({ setting: 'app.user_id', value: userId })

const COLUMNS = `id, email, name, password_hash AS "passwordHash", is_active AND deleted_at IS NULL AS active`

/** Ends every session of the account but `except`. For use in a transaction of the account. */
export const revokeOthers = (
  run: ScopedRun,
  userId: string,
  except: string | null,
  at: Date,
): Promise<unknown[]> =>
  run({
    text: `UPDATE sessions SET revoked_at = $3
            WHERE user_id = $1 AND revoked_at IS NULL AND ($2::uuid IS NULL OR id <> $2) RETURNING id`,
    values: [userId, except, at],
  })

/** Whether the password is still that one, which it then stays until the end of the transaction. */
export const holdPassword = async (run: ScopedRun, userId: string, hash: string): Promise<boolean> => {
  const found = await run({
    text: 'SELECT id FROM users WHERE id = $1 AND password_hash = $2 FOR UPDATE',
    values: [userId, hash],
  })
  return found.length === 1
}

/** Only this file, `session.store.ts` and `auth/authenticate.ts` read accounts by themselves; a tenant reads its members. */
export const createAccountStore = ({ postgres }: { postgres: Postgres }) => ({
  /** For signing in: whoever names an e-mail has proven nothing yet. */
  findByEmail: async (email: string): Promise<Account | undefined> => {
    const [row] = await postgres.query<Account>(
      { setting: 'app.email', value: email },
      { name: 'account_by_email', text: `SELECT ${COLUMNS} FROM users WHERE email = $1`, values: [email] },
    )
    return row
  },

  find: async (userId: string): Promise<Account | undefined> => {
    const [row] = await postgres.query<Account>(userScope(userId), {
      name: 'account_by_id',
      text: `SELECT ${COLUMNS} FROM users WHERE id = $1`,
      values: [userId],
    })
    return row
  },

  /** Throws a unique violation when the e-mail has an account. */
  create: async (
    account: { id: string; email: string; name: string; passwordHash: string },
    at: Date,
  ): Promise<void> => {
    const { id, email, name, passwordHash } = account
    await postgres.query(userScope(id), {
      text: 'INSERT INTO users (id, email, name, password_hash, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $5)',
      values: [id, email, name, passwordHash, at],
    })
  },

  /** The same password, hashed anew. False, and without effect, when it was changed meanwhile. */
  rehash: async (userId: string, from: string, to: string): Promise<boolean> => {
    const changed = await postgres.query(userScope(userId), {
      text: 'UPDATE users SET password_hash = $3 WHERE id = $1 AND password_hash = $2 RETURNING id',
      values: [userId, from, to],
    })
    return changed.length === 1
  },

  /** Sets another password and ends all other sessions, both or neither. False when the password was changed meanwhile. */
  changePassword: (
    userId: string,
    change: { from: string; to: string; keepSession: string; at: Date },
  ): Promise<boolean> =>
    postgres.transaction(userScope(userId), async (run) => {
      const changed = await run({
        text: 'UPDATE users SET password_hash = $3, updated_at = $4 WHERE id = $1 AND password_hash = $2 RETURNING id',
        values: [userId, change.from, change.to, change.at],
      })
      if (changed.length === 0) return false
      await revokeOthers(run, userId, change.keepSession, change.at)
      return true
    }),
})

export type AccountStore = ReturnType<typeof createAccountStore>

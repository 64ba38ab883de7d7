import type { Postgres, ScopedRun } from '../../platform/postgres/postgres.ts'
import { holdPassword, revokeOthers, userScope } from './account.store.ts'

export type Session = {
  readonly id: string
  readonly userAgent: string
  readonly address: string
  readonly createdAt: Date
  readonly lastUsedAt: Date
  readonly expiresAt: Date
}
/** Where a session was begun or used from. The address is truncated. */
export type Origin = { readonly address: string; readonly userAgent: string }
export type NewRefreshToken = { id: string; hash: Buffer; issuedAt: Date; expiresAt: Date }

/** What became of a refresh token that was brought. */
export type Refreshed =
  | { readonly kind: 'refreshed'; readonly sessionId: string; readonly actingTenantId: string | null }
  /** It had been used: whoever used it first and whoever brings it now can't both be the owner, so the session is over. */
  | { readonly kind: 'reused' }
  | { readonly kind: 'over' }

const insertToken = (run: ScopedRun, userId: string, sessionId: string, token: NewRefreshToken) =>
  run({
    text: `INSERT INTO refresh_tokens (id, user_id, session_id, hash, issued_at, expires_at)
           VALUES ($1, $2, $3, $4, $5, $6)`,
    values: [token.id, userId, sessionId, token.hash, token.issuedAt, token.expiresAt],
  })

/** Only this file writes sessions and refresh tokens. */
export const createSessionStore = ({ postgres }: { postgres: Postgres }) => ({
  /** False when it was begun with a password (its hash) that was changed meanwhile: the change has ended all others. */
  begin: (
    userId: string,
    session: {
      id: string
      actingTenantId: string | null
      origin: Origin
      at: Date
      expiresAt: Date
      passwordHash: string | null
    },
    token: NewRefreshToken,
  ): Promise<boolean> =>
    postgres.transaction(userScope(userId), async (run) => {
      const { id, actingTenantId, origin, at, expiresAt, passwordHash } = session
      if (passwordHash !== null && !(await holdPassword(run, userId, passwordHash))) return false
      // What is over is of no more use: not for the list, and not to notice that a token comes again.
      await run({
        text: 'DELETE FROM sessions WHERE user_id = $1 AND (expires_at < $2 OR revoked_at < $2)',
        values: [userId, new Date(at.getTime() - 30 * 86_400_000)],
      })
      await run({
        text: `INSERT INTO sessions (id, user_id, acting_tenant_id, user_agent, address, created_at, last_used_at, expires_at)
               VALUES ($1, $2, $3, $4, $5, $6, $6, $7)`,
        values: [id, userId, actingTenantId, origin.userAgent, origin.address, at, expiresAt],
      })
      await insertToken(run, userId, id, token)
      await run({ text: 'UPDATE users SET last_login_at = $2 WHERE id = $1', values: [userId, at] })
      return true
    }),

  /** Whose refresh token that is. */
  ownerOf: async (hash: Buffer): Promise<string | undefined> => {
    const [row] = await postgres.query<{ user_id: string }>(
      { setting: 'app.credential_hash', value: hash.toString('hex') },
      {
        name: 'refresh_token_owner',
        text: 'SELECT user_id FROM refresh_tokens WHERE hash = $1',
        values: [hash],
      },
    )
    return row?.user_id
  },

  /**
   * Takes one refresh token and puts the next one in its place. The session's row is locked first, so of two that bring the
   * same token at once one is refreshed and the other has reused it.
   */
  refresh: (userId: string, hash: Buffer, next: NewRefreshToken): Promise<Refreshed> =>
    postgres.transaction(userScope(userId), async (run): Promise<Refreshed> => {
      const at = next.issuedAt
      const [session] = await run<{ id: string; acting_tenant_id: string | null; over: boolean }>({
        text: `SELECT s.id, s.acting_tenant_id,
                      s.revoked_at IS NOT NULL OR s.expires_at <= $3 OR NOT u.is_active OR u.deleted_at IS NOT NULL AS over
                 FROM sessions s JOIN users u ON u.id = s.user_id
                WHERE s.user_id = $1
                  AND s.id = (SELECT session_id FROM refresh_tokens WHERE user_id = $1 AND hash = $2)
                  FOR UPDATE OF s`,
        values: [userId, hash, at],
      })
      if (!session || session.over) return { kind: 'over' }
      const [token] = await run<{ used_at: Date | null; expires_at: Date }>({
        text: 'SELECT used_at, expires_at FROM refresh_tokens WHERE user_id = $1 AND hash = $2',
        values: [userId, hash],
      })
      if (token!.used_at) {
        await run({
          text: 'UPDATE sessions SET revoked_at = $3 WHERE user_id = $1 AND id = $2',
          values: [userId, session.id, at],
        })
        return { kind: 'reused' }
      }
      if (token!.expires_at <= at) return { kind: 'over' }
      await run({
        text: 'UPDATE refresh_tokens SET used_at = $3 WHERE user_id = $1 AND hash = $2',
        values: [userId, hash, at],
      })
      await run({
        text: 'DELETE FROM refresh_tokens WHERE user_id = $1 AND session_id = $2 AND expires_at < $3',
        values: [userId, session.id, at],
      })
      await insertToken(run, userId, session.id, next)
      await run({
        text: 'UPDATE sessions SET last_used_at = $3 WHERE user_id = $1 AND id = $2',
        values: [userId, session.id, at],
      })
      return { kind: 'refreshed', sessionId: session.id, actingTenantId: session.acting_tenant_id }
    }),

  /** The session's next access tokens are for that tenant. */
  actIn: async (userId: string, sessionId: string, tenant: string | null): Promise<void> => {
    await postgres.query(userScope(userId), {
      text: 'UPDATE sessions SET acting_tenant_id = $3 WHERE user_id = $1 AND id = $2',
      values: [userId, sessionId, tenant],
    })
  },

  /** Sessions that are not over, the one used last first; at most 100. */
  list: (userId: string, at: Date): Promise<Session[]> =>
    postgres.query<Session>(userScope(userId), {
      text: `SELECT id, user_agent AS "userAgent", address, created_at AS "createdAt", last_used_at AS "lastUsedAt",
                    expires_at AS "expiresAt"
               FROM sessions WHERE user_id = $1 AND revoked_at IS NULL AND expires_at > $2
              ORDER BY last_used_at DESC, id DESC LIMIT 100`,
      values: [userId, at],
    }),

  /** True when it was not over until now. */
  revoke: async (userId: string, sessionId: string, at: Date): Promise<boolean> => {
    const revoked = await postgres.query(userScope(userId), {
      text: `UPDATE sessions SET revoked_at = $3
              WHERE user_id = $1 AND id = $2 AND revoked_at IS NULL AND expires_at > $3 RETURNING id`,
      values: [userId, sessionId, at],
    })
    return revoked.length === 1
  },

  /** Answers how many. */
  revokeAll: (userId: string, at: Date): Promise<number> =>
    postgres.transaction(
      userScope(userId),
      async (run) => (await revokeOthers(run, userId, null, at)).length,
    ),
})

export type SessionStore = ReturnType<typeof createSessionStore>

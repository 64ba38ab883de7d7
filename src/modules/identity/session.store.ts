import type { Prisma } from '../../../generated/prisma/client.ts'
import { actingAs, type Actor } from '../../auth/actor.ts'
import type { Role } from '../../auth/actions.ts'
import type { TenantId } from '../../platform/ids.ts'
import type { ScopedRun } from '../../platform/postgres/postgres.ts'
import { appendAccountAudit } from '../audit/audit.append.ts'
import { chainOf } from '../audit/audit.platform.ts'
import { accountRowsOf } from '../../platform/postgres/rows.ts'
import { accountScope } from '../../platform/postgres/scope.ts'
import type { Core } from '../core.ts'
import type { OwnMembership } from '../tenancy/membership.ts'
import { mayNoLonger } from '../audit/audit.standing.ts'
import { holdAccount, holdProof, revokeOthers, type Proof, type PublicAccount } from './account.store.ts'

export type Session = Prisma.SessionGetPayload<object>
export type NewRefreshToken = { id: string; hash: Buffer; issuedAt: Date; expiresAt: Date }
/** Who ends a session, by which mutation, and where that is written down. */
export type SessionAudit = {
  readonly actor: Actor
  readonly chain: TenantId
  readonly action: 'signOut' | 'revokeSession' | 'revokeAllSessions'
}

/** What became of a refresh token that was brought. */
export type Refreshed =
  | {
      readonly kind: 'refreshed'
      readonly sessionId: string
      readonly user: PublicAccount
      /** Where the session acts, if that is an active tenant and the account a member of it still. */
      readonly membership: OwnMembership | undefined
    }
  /**
   * It had been used: whoever used it first and whoever brings it now can't both be the owner, so the session
   * is over.
   */
  | { readonly kind: 'reused' }
  | { readonly kind: 'over' }

const insertToken = (run: ScopedRun, userId: string, sessionId: string, token: NewRefreshToken) =>
  run({
    text: `INSERT INTO refresh_tokens (id, user_id, session_id, hash, issued_at, expires_at)
           VALUES ($1, $2, $3, $4, $5, $6)`,
    values: [token.id, userId, sessionId, token.hash, token.issuedAt, token.expiresAt],
  })

const resource = (id: string) => ({ resourceType: 'Session', resourceId: id })

/** Only this file writes sessions and refresh tokens, but for `revokeOthers` of `account.store.ts`. */
export const createSessionStore = ({ postgres, clock }: Pick<Core, 'postgres' | 'clock'>) => ({
  /** Of sessions that are not over. */
  reads: accountRowsOf(postgres, 'session', () => ({
    revokedAt: null,
    expiresAt: { gt: new Date(clock.now()) },
  })),

  /**
   * False when the account was switched off, or its proof changed, meanwhile: that has ended all other
   * sessions.
   */
  begin: (
    userId: string,
    session: {
      id: string
      action: 'signIn' | 'completeOAuth'
      actor: Actor
      actingTenant: TenantId | undefined
      at: Date
      expiresAt: Date
      proof: Proof
    },
    token: NewRefreshToken,
  ): Promise<boolean> =>
    postgres.transaction(accountScope(userId), async (run) => {
      const { id, action, actingTenant, actor, at, expiresAt } = session
      if (!(await holdProof(run, userId, session.proof))) return false
      // What is over is of no more use: not for the list, and not to notice that a token comes again.
      await run({
        text: 'DELETE FROM sessions WHERE user_id = $1 AND (expires_at < $2 OR revoked_at < $2)',
        values: [userId, new Date(at.getTime() - 30 * 86_400_000)],
      })
      await run({
        text: `INSERT INTO sessions (id, user_id, acting_tenant_id, user_agent, address, created_at, last_used_at, expires_at)
               VALUES ($1, $2, $3, $4, $5, $6, $6, $7)`,
        values: [id, userId, actingTenant ?? null, actor.userAgent ?? '', actor.address ?? '', at, expiresAt],
      })
      await insertToken(run, userId, id, token)
      await run({ text: 'UPDATE users SET last_login_at = $2 WHERE id = $1', values: [userId, at] })
      await appendAccountAudit(run, chainOf(actingTenant), { actor, action, ...resource(id) })
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
   * Takes one refresh token and puts the next one in its place. The session's row is locked first, so of two
   * that bring the same token at once one is refreshed and the other has reused it.
   */
  refresh: (userId: string, hash: Buffer, next: NewRefreshToken, by: Actor): Promise<Refreshed> =>
    postgres.transaction(accountScope(userId), async (run): Promise<Refreshed> => {
      const at = next.issuedAt
      const [session] = await run<{
        id: string
        acting_tenant_id: TenantId | null
        role: Role
        /** Null where the tenant is not active. */
        slug: string | null
        tenant_name: string
        email: string
        name: string
        over: boolean
      }>({
        text: `SELECT s.id, m.tenant_id AS acting_tenant_id, m.role, t.slug, t.name AS tenant_name, u.email, u.name,
                      s.revoked_at IS NOT NULL OR s.expires_at <= $3 OR NOT u.is_active OR u.deleted_at IS NOT NULL AS over
                 FROM sessions s JOIN users u ON u.id = s.user_id
                 LEFT JOIN memberships m ON m.tenant_id = s.acting_tenant_id AND m.user_id = s.user_id
                 LEFT JOIN tenants t ON t.id = m.tenant_id AND t.is_active AND t.deleted_at IS NULL
                WHERE s.user_id = $1
                  AND s.id = (SELECT session_id FROM refresh_tokens WHERE user_id = $1 AND hash = $2)
                  FOR UPDATE OF s`,
        values: [userId, hash, at],
      })
      if (!session || session.over) return { kind: 'over' }
      const { id: sessionId, acting_tenant_id: acting, email, name, slug } = session
      const actingTenant = acting ?? undefined
      const entry = {
        actor: actingAs(by, { id: userId, name }),
        action: 'refreshSession',
        ...resource(sessionId),
      }
      const [token] = await run<{ used_at: Date | null; expires_at: Date }>({
        text: 'SELECT used_at, expires_at FROM refresh_tokens WHERE user_id = $1 AND hash = $2',
        values: [userId, hash],
      })
      if (token!.used_at) {
        await run({
          text: 'UPDATE sessions SET revoked_at = $3 WHERE user_id = $1 AND id = $2',
          values: [userId, sessionId, at],
        })
        const ended = { outcome: 'FAILED', code: 'UNAUTHENTICATED', after: { revokedAt: at } } as const
        await appendAccountAudit(run, chainOf(actingTenant), { ...entry, ...ended })
        return { kind: 'reused' }
      }
      if (token!.expires_at <= at) return { kind: 'over' }
      await run({
        text: 'UPDATE refresh_tokens SET used_at = $3 WHERE user_id = $1 AND hash = $2',
        values: [userId, hash, at],
      })
      await run({
        text: 'DELETE FROM refresh_tokens WHERE user_id = $1 AND session_id = $2 AND expires_at < $3',
        values: [userId, sessionId, at],
      })
      await insertToken(run, userId, sessionId, next)
      await run({
        text: 'UPDATE sessions SET last_used_at = $3 WHERE user_id = $1 AND id = $2',
        values: [userId, sessionId, at],
      })
      await appendAccountAudit(run, chainOf(actingTenant), entry)
      const membership =
        actingTenant && slug !== null
          ? { tenant: actingTenant, slug, name: session.tenant_name, role: session.role }
          : undefined
      return { kind: 'refreshed', sessionId, user: { id: userId, email, name }, membership }
    }),

  /** The session's next access tokens are for that tenant. */
  actIn: (userId: string, sessionId: string, tenant: TenantId, actor: Actor): Promise<void> =>
    postgres.transaction(accountScope(userId), async (run) => {
      await run({
        text: 'UPDATE sessions SET acting_tenant_id = $3 WHERE user_id = $1 AND id = $2',
        values: [userId, sessionId, tenant],
      })
      await appendAccountAudit(run, tenant, { actor, action: 'switchTenant', ...resource(sessionId) })
    }),

  /** True when it was not over until now. */
  revoke: (
    userId: string,
    sessionId: string,
    at: Date,
    { chain, ...entry }: SessionAudit,
  ): Promise<boolean> =>
    postgres.transaction(accountScope(userId), async (run) => {
      await holdAccount(run, userId)
      const revoked = await run({
        text: `UPDATE sessions SET revoked_at = $3
                WHERE user_id = $1 AND id = $2 AND revoked_at IS NULL AND expires_at > $3 RETURNING id`,
        values: [userId, sessionId, at],
      })
      if (revoked.length === 0) return false
      const endsItself = sessionId === entry.actor.sessionId // it was good until now, as any that can be revoked
      const told = { ...entry, ...resource(sessionId), after: { revokedAt: at } }
      await appendAccountAudit(run, chain, told, { endsItself })
      return true
    }),

  /** Answers how many. */
  revokeAll: (userId: string, at: Date, { chain, ...entry }: SessionAudit): Promise<number> =>
    postgres.transaction(accountScope(userId), async (run) => {
      await holdAccount(run, userId)
      const ended = await revokeOthers(run, userId, null, at)
      const { sessionId } = entry.actor
      if (sessionId !== undefined && !ended.some(({ id }) => id === sessionId)) throw mayNoLonger()
      const told = {
        ...entry,
        resourceType: 'User',
        resourceId: userId,
        after: { sessionsEnded: ended.length },
      }
      await appendAccountAudit(run, chain, told, { endsItself: true })
      return ended.length
    }),
})

export type SessionStore = ReturnType<typeof createSessionStore>

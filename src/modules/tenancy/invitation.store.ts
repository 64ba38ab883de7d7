import type { Role } from '../../auth/actions.ts'
import type { TenantId } from '../../platform/ids.ts'
import type { Postgres, ScopedRun } from '../../platform/postgres/postgres.ts'
import { tenantScope } from '../../platform/postgres/scope.ts'

export type Invitation = {
  readonly id: string
  readonly email: string
  readonly role: Role
  readonly invitedById: string | null
  readonly createdAt: Date
  readonly expiresAt: Date
}

const COLUMNS = `id, email, role, invited_by_id AS "invitedById", created_at AS "createdAt", expires_at AS "expiresAt"`

/** Invitations that nobody has accepted. What changes them runs in the transaction that holds the tenant's lock. */
export const createInvitationStore = ({ postgres }: { postgres: Postgres }) => ({
  /** The newest 100 that are still good. */
  list: (tenant: TenantId, at: Date): Promise<Invitation[]> =>
    postgres.query<Invitation>(tenantScope(tenant), {
      text: `SELECT ${COLUMNS} FROM invitations WHERE tenant_id = $1 AND accepted_at IS NULL AND expires_at > $2
              ORDER BY created_at DESC, id DESC LIMIT 100`,
      values: [tenant, at],
    }),

  /** Puts an invitation in the place of an earlier one to the same e-mail. */
  replace: async (
    run: ScopedRun,
    tenant: TenantId,
    invitation: Invitation & { readonly hash: Buffer },
  ): Promise<void> => {
    const { id, email, role, invitedById, createdAt, expiresAt, hash } = invitation
    await run({
      text: 'DELETE FROM invitations WHERE tenant_id = $1 AND email = $2 AND accepted_at IS NULL',
      values: [tenant, email],
    })
    await run({
      text: `INSERT INTO invitations (id, tenant_id, email, role, hash, invited_by_id, expires_at, created_at, updated_at)
             VALUES ($1, $2, $3, $4::membership_role, $5, $6, $7, $8, $8)`,
      values: [id, tenant, email, role, hash, invitedById, expiresAt, createdAt],
    })
  },

  /** Invitations that are open; the bound of a tenant is kept by it. */
  countOpen: async (run: ScopedRun, tenant: TenantId, at: Date): Promise<number> => {
    const [row] = await run<{ count: number }>({
      text: 'SELECT count(*)::int AS count FROM invitations WHERE tenant_id = $1 AND accepted_at IS NULL AND expires_at > $2',
      values: [tenant, at],
    })
    return row!.count
  },

  isMember: async (run: ScopedRun, tenant: TenantId, email: string): Promise<boolean> =>
    (
      await run({
        text: 'SELECT 1 FROM memberships m JOIN users u ON u.id = m.user_id WHERE m.tenant_id = $1 AND u.email = $2',
        values: [tenant, email],
      })
    ).length > 0,

  /** Takes the invitation of that token, if it is good, for that e-mail, and of somebody who is not switched off; it is then used up. */
  take: async (
    run: ScopedRun,
    tenant: TenantId,
    taken: { hash: Buffer; email: string; at: Date },
  ): Promise<Pick<Invitation, 'id' | 'role' | 'invitedById'> | undefined> => {
    const [row] = await run<Pick<Invitation, 'id' | 'role' | 'invitedById'>>({
      text: `UPDATE invitations SET accepted_at = $4, updated_at = $4
              WHERE tenant_id = $1 AND hash = $2 AND email = $3 AND accepted_at IS NULL AND expires_at > $4
                AND (invited_by_id IS NULL OR invited_by_id IN (SELECT id FROM users WHERE is_active AND deleted_at IS NULL))
              RETURNING id, role, invited_by_id AS "invitedById"`,
      values: [tenant, taken.hash, taken.email, taken.at],
    })
    return row
  },

  /** Undefined when it was not open. */
  withdraw: async (
    run: ScopedRun,
    tenant: TenantId,
    id: string,
  ): Promise<Pick<Invitation, 'email' | 'role'> | undefined> => {
    const [withdrawn] = await run<Pick<Invitation, 'email' | 'role'>>({
      text: 'DELETE FROM invitations WHERE tenant_id = $1 AND id = $2 AND accepted_at IS NULL RETURNING email, role',
      values: [tenant, id],
    })
    return withdrawn
  },
})

export type InvitationStore = ReturnType<typeof createInvitationStore>

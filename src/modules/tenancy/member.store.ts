import type { Role } from '../../auth/actions.ts'
import type { TenantId } from '../../platform/ids.ts'
import type { Postgres, ScopedRun } from '../../platform/postgres/postgres.ts'
import { tenantScope } from '../../platform/postgres/scope.ts'
import { appendAudit, type AuditEntry } from '../audit/audit.append.ts'

export type Member = {
  readonly userId: string
  readonly email: string
  readonly name: string
  readonly role: Role
  readonly joinedAt: Date | null
}

/** What may be done with the memberships of a tenant while nobody else can. */
export type MembersLocked = {
  roleOf(userId: string): Promise<Role | undefined>
  /** A member as the list shows it. */
  find(userId: string): Promise<Member | undefined>
  owners(): Promise<number>
  /** Only for the account that acts: row-level security lets nobody else become a member. */
  add(member: { id: string; userId: string; role: Role; invitedById: string | null; at: Date }): Promise<void>
  setRole(userId: string, role: Role, at: Date): Promise<void>
  /** With the invitations that the member has sent and that nobody has accepted. */
  remove(userId: string): Promise<void>
  /** Invitations that somebody sent by a right that is gone. */
  withdrawInvitationsOf(userId: string): Promise<void>
  /** Comes last (see `appendAudit`). */
  audit(entry: AuditEntry): Promise<void>
  readonly run: ScopedRun
}

const MEMBERS = `
  SELECT m.user_id AS "userId", u.email, u.name, m.role, m.joined_at AS "joinedAt"
    FROM memberships m JOIN users u ON u.id = m.user_id WHERE m.tenant_id = $1`

const lockedMembers = (run: ScopedRun, tenant: TenantId): MembersLocked => {
  const withdrawInvitationsOf = async (userId: string): Promise<void> => {
    await run({
      text: 'DELETE FROM invitations WHERE tenant_id = $1 AND invited_by_id = $2 AND accepted_at IS NULL',
      values: [tenant, userId],
    })
  }
  return {
    run,
    withdrawInvitationsOf,
    audit: (entry) => appendAudit(run, tenant, entry),
    roleOf: async (userId) => {
      const [row] = await run<{ role: Role }>({
        text: 'SELECT role FROM memberships WHERE tenant_id = $1 AND user_id = $2',
        values: [tenant, userId],
      })
      return row?.role
    },
    find: async (userId) =>
      (await run<Member>({ text: `${MEMBERS} AND m.user_id = $2`, values: [tenant, userId] }))[0],
    owners: async () => {
      // An account that was switched off can't do what only an owner can.
      const [row] = await run<{ count: number }>({
        text: `SELECT count(*)::int AS count FROM memberships m JOIN users u ON u.id = m.user_id
                WHERE m.tenant_id = $1 AND m.role = 'OWNER' AND u.is_active AND u.deleted_at IS NULL`,
        values: [tenant],
      })
      return row!.count
    },
    add: async ({ id, userId, role, invitedById, at }) => {
      await run({ text: `SELECT set_config('app.user_id', $1, true)`, values: [userId] })
      await run({
        text: `INSERT INTO memberships (id, tenant_id, user_id, role, invited_by_id, joined_at, created_at, updated_at)
               VALUES ($1, $2, $3, $4::membership_role, $5, $6, $6, $6)`,
        values: [id, tenant, userId, role, invitedById, at],
      })
    },
    setRole: async (userId, role, at) => {
      await run({
        text: `UPDATE memberships SET role = $3::membership_role, updated_at = $4 WHERE tenant_id = $1 AND user_id = $2`,
        values: [tenant, userId, role, at],
      })
    },
    remove: async (userId) => {
      await withdrawInvitationsOf(userId)
      await run({
        text: 'DELETE FROM memberships WHERE tenant_id = $1 AND user_id = $2',
        values: [tenant, userId],
      })
    },
  }
}

/** Only this file and `tenant.store.ts` write memberships. */
export const createMemberStore = ({ postgres }: { postgres: Postgres }) => ({
  /** At most 1,000, in the order in which they came. */
  list: (tenant: TenantId): Promise<Member[]> =>
    postgres.query<Member>(tenantScope(tenant), {
      text: `${MEMBERS} ORDER BY m.created_at, m.id LIMIT 1000`,
      values: [tenant],
    }),

  /**
   * Changes of memberships follow one another: the tenant's row is locked first, so that of two owners who leave at once the
   * second one sees that it is the last. Answers undefined when there is no such tenant any more.
   */
  locked: <T>(
    tenant: TenantId,
    work: (members: MembersLocked, of: { slug: string; name: string }) => Promise<T>,
  ): Promise<T | undefined> =>
    postgres.transaction(tenantScope(tenant), async (run) => {
      const [found] = await run<{ slug: string; name: string }>({
        text: 'SELECT slug, name FROM tenants WHERE id = $1 AND is_active AND deleted_at IS NULL FOR NO KEY UPDATE',
        values: [tenant],
      })
      return found && work(lockedMembers(run, tenant), found)
    }),
})

export type MemberStore = ReturnType<typeof createMemberStore>

import type { Membership, Prisma } from '../../../generated/prisma/client.ts'
import type { Action, Role } from '../../auth/actions.ts'
import type { Permit } from '../../auth/permit.ts'
import type { TenantId } from '../../platform/ids.ts'
import type { PrismaTransaction } from '../../platform/postgres/postgres.ts'
import { rowsOf } from '../../platform/postgres/rows.ts'
import type { Change } from '../audit/audit.change.ts'
import type { Core } from '../core.ts'

export type Member = Membership

/** Finds what a request with the same idempotency key made before. */
export type Again<T> = (tx: PrismaTransaction, id: string) => Promise<T | null>

/** What may be done with the memberships of a tenant while nobody else can. */
export type MembersLocked = ReturnType<typeof lockedMembers>

/** Accounts that are switched off or deleted do nothing, so they count for nothing either. */
const active = { isActive: true, deletedAt: null } satisfies Prisma.UserWhereInput

const lockedMembers = (tx: PrismaTransaction, tenantId: TenantId) => {
  const withdrawInvitationsOf = async (userId: string): Promise<void> => {
    await tx.invitation.deleteMany({ where: { tenantId, invitedById: userId, acceptedAt: null } })
  }
  return {
    tx,
    find: (id: string): Promise<Member | null> => tx.membership.findFirst({ where: { tenantId, id } }),
    /** The membership of an account. */
    of: (userId: string): Promise<Member | null> => tx.membership.findFirst({ where: { tenantId, userId } }),
    /** The role of an account that may act now. */
    roleOf: async (userId: string): Promise<Role | undefined> =>
      (await tx.membership.findFirst({ where: { tenantId, userId, user: { is: active } } }))?.role,
    /** Owners who can do what only an owner can. */
    owners: (): Promise<number> =>
      tx.membership.count({ where: { tenantId, role: 'OWNER', user: { is: active } } }),
    /** Only for the account that acts: row-level security lets nobody else become a member. */
    add: async (member: {
      id: string
      userId: string
      role: Role
      invitedById: string | null
      joinedAt: Date
    }): Promise<Member> => {
      await tx.$queryRaw`SELECT set_config('app.user_id', ${member.userId}, true)`
      return tx.membership.create({ data: { ...member, tenantId } })
    },
    /**
     * How many tenants an account owns, deleted ones included; held, so that many at once don't exceed the bound. Only
     * as that account does row-level security show them, and so only for this.
     */
    owned: async (userId: string): Promise<number> => {
      const [{ before }] = await tx.$queryRaw<[{ before: string | null }]>`
        SELECT current_setting('app.user_id', true) AS before`
      await tx.$queryRaw`SELECT set_config('app.user_id', ${userId}, true)`
      await tx.$queryRaw`SELECT 1 FROM users WHERE id = ${userId}::uuid FOR NO KEY UPDATE`
      const count = await tx.membership.count({ where: { userId, role: 'OWNER' } })
      await tx.$queryRaw`SELECT set_config('app.user_id', ${before ?? ''}, true)`
      return count
    },
    setRole: (id: string, role: Role): Promise<Member> =>
      tx.membership.update({ where: { id, tenantId }, data: { role } }),
    /** With the invitations that the member has sent and that nobody has accepted. */
    remove: async ({ id, userId }: Member): Promise<void> => {
      await withdrawInvitationsOf(userId)
      await tx.membership.delete({ where: { id, tenantId } })
    },
    /** Invitations that somebody sent by a right that is gone. */
    withdrawInvitationsOf,
  }
}

/** Only this file and `tenant.store.ts` write memberships. */
export const createMemberStore = ({ postgres, changes }: Pick<Core, 'postgres' | 'changes'>) => ({
  reads: rowsOf(postgres, 'membership'),

  /**
   * Changes of memberships follow one another: the tenant's row is locked first, so that of two owners who
   * leave at once the second one sees that it is the last. Answers null when there is no such tenant any
   * more, and where the work does.
   */
  locked: <A extends Action, T>(
    permit: Permit<A>,
    work: (members: MembersLocked, of: { slug: string; name: string }) => Promise<Change<T> | null>,
    again?: Again<T>,
  ): Promise<T | null> =>
    changes(
      permit,
      async (tx) => {
        const [found] = await tx.$queryRaw<{ slug: string; name: string }[]>`
          SELECT slug, name FROM tenants
           WHERE id = ${permit.tenant}::uuid AND is_active AND deleted_at IS NULL FOR NO KEY UPDATE`
        const change = found && (await work(lockedMembers(tx, permit.tenant), found))
        // The work asks under the lock, before it changes anything: afterwards who left or made itself less
        // may not any more.
        return change ? { ...change, audit: { ...change.audit, standing: 'checked' } } : null
      },
      again,
    ),
})

export type MemberStore = ReturnType<typeof createMemberStore>

import type { Invitation } from '../../../generated/prisma/client.ts'
import type { TenantId } from '../../platform/ids.ts'
import type { PrismaTransaction } from '../../platform/postgres/postgres.ts'
import { rowsOf } from '../../platform/postgres/rows.ts'
import type { Core } from '../core.ts'

export type { Invitation } from '../../../generated/prisma/client.ts'
export type NewInvitation = Pick<
  Invitation,
  'id' | 'email' | 'role' | 'hash' | 'invitedById' | 'createdAt' | 'expiresAt'
>

const open = { acceptedAt: null } as const

/**
 * Only this file writes invitations. What changes them runs in the transaction that holds the tenant's lock.
 */
export const createInvitationStore = ({ postgres }: Pick<Core, 'postgres'>) => ({
  /** Those that nobody has accepted; whether one has expired depends on the time at which somebody asks. */
  reads: rowsOf(postgres, 'invitation', open),

  find: (tx: PrismaTransaction, tenantId: TenantId, id: string): Promise<Invitation | null> =>
    tx.invitation.findFirst({ where: { tenantId, id } }),

  /** One of that e-mail that is good still. */
  openTo: (tx: PrismaTransaction, tenantId: TenantId, email: string, at: Date): Promise<Invitation | null> =>
    tx.invitation.findFirst({ where: { tenantId, email, ...open, expiresAt: { gt: at } } }),

  /** Makes room for an invitation: removes an earlier one to the same e-mail, and those that have expired. */
  makeRoom: async (tx: PrismaTransaction, tenantId: TenantId, email: string, at: Date): Promise<void> => {
    await tx.invitation.deleteMany({
      where: { tenantId, ...open, OR: [{ email }, { expiresAt: { lte: at } }] },
    })
  },

  add: (tx: PrismaTransaction, tenantId: TenantId, invitation: NewInvitation): Promise<Invitation> =>
    tx.invitation.create({ data: { ...invitation, tenantId } }),

  /** Invitations that are open; the bound of a tenant is kept by it. */
  countOpen: (tx: PrismaTransaction, tenantId: TenantId, at: Date): Promise<number> =>
    tx.invitation.count({ where: { tenantId, ...open, expiresAt: { gt: at } } }),

  isMember: async (tx: PrismaTransaction, tenantId: TenantId, email: string): Promise<boolean> =>
    (await tx.membership.count({ where: { tenantId, user: { is: { email } } } })) > 0,

  /**
   * Takes the invitation of that token, if it is good, for that e-mail, and of somebody who is not switched
   * off; it is then used up. Undefined when it is not.
   */
  take: async (
    tx: PrismaTransaction,
    tenantId: TenantId,
    { hash, email, at }: { hash: Uint8Array<ArrayBuffer>; email: string; at: Date },
  ): Promise<Invitation | undefined> => {
    const [taken] = await tx.invitation.updateManyAndReturn({
      where: {
        tenantId,
        hash,
        email,
        ...open,
        expiresAt: { gt: at },
        OR: [{ invitedById: null }, { invitedBy: { is: { isActive: true, deletedAt: null } } }],
      },
      data: { acceptedAt: at },
    })
    return taken
  },

  /** Null when it is not open. */
  findOpen: (tx: PrismaTransaction, tenantId: TenantId, id: string): Promise<Invitation | null> =>
    tx.invitation.findFirst({ where: { tenantId, id, ...open } }),

  remove: async (tx: PrismaTransaction, tenantId: TenantId, id: string): Promise<void> => {
    await tx.invitation.delete({ where: { tenantId_id: { tenantId, id } } })
  },
})

export type InvitationStore = ReturnType<typeof createInvitationStore>

import type { Prisma } from '../../../generated/prisma/client.ts'
import type { Viewer } from '../../auth/viewer.ts'
import { accountRowsOf } from '../../platform/postgres/rows.ts'
import type { ShownMembership } from '../tenancy/membership.ts'
import type { Core } from '../core.ts'

const include = { tenant: { select: { slug: true, name: true } } } as const
type Found = Prisma.MembershipGetPayload<{ include: typeof include }>
/** Prisma reads tenants by a second statement, which no longer sees that of a membership ended in between. */
type Row = Omit<Found, 'tenant'> & { readonly tenant: Found['tenant'] | null }

const owned = ({ tenant, ...row }: Row) =>
  tenant ? [{ ...row, tenant: row.tenantId, slug: tenant.slug, name: tenant.name }] : []

/** Where an account is a member, as the account itself sees it: of active tenants only. */
export const createOwnMembershipStore = ({ postgres }: Pick<Core, 'postgres'>) => {
  const { page, count } = accountRowsOf(postgres, 'membership', () => ({
    tenant: { isActive: true, deletedAt: null },
  }))
  return {
    reads: {
      count,
      page: async (userId: string, asked: Parameters<typeof page>[1]) => {
        const rows = (await page(userId, { ...asked, include })) as Row[]
        return rows.flatMap(owned)
      },
    },
    /** The caller's memberships in tenants with these ids; null for each that is none. */
    own: async (viewer: Viewer, tenants: readonly string[]): Promise<(ShownMembership | null)[]> => {
      if (viewer.kind !== 'user') return tenants.map(() => null)
      const where = { tenantId: { in: [...tenants] } }
      const rows = ((await page(viewer.id, { where, include })) as Row[]).flatMap(owned)
      return tenants.map((id) => rows.find(({ tenant }) => tenant === id) ?? null)
    },
  }
}

import type { Prisma } from '../../../generated/prisma/client.ts'
import { accountRowsOf } from '../../platform/postgres/rows.ts'
import type { Core } from '../core.ts'

const include = { tenant: { select: { slug: true, name: true } } } as const
type Row = Prisma.MembershipGetPayload<{ include: typeof include }>

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
        return rows.map(({ tenant: { slug, name }, ...row }) => ({ ...row, slug, name }))
      },
    },
  }
}

import type { TenantId } from '../ids.ts'
import type { PrismaTransaction } from './run.ts'

/**
 * The tenant's row, held until the transaction ends: changes that count what the tenant has follow one
 * another.
 */
export const lockedTenant = async (
  tx: PrismaTransaction,
  tenant: TenantId,
): Promise<{ name: string; slug: string } | undefined> => {
  const [row] = await tx.$queryRaw<{ name: string; slug: string }[]>`
    SELECT name, slug FROM tenants WHERE id = ${tenant}::uuid AND deleted_at IS NULL FOR NO KEY UPDATE`
  return row
}

import type { PrismaTransaction } from '../../platform/postgres/postgres.ts'

/**
 * The unfinished incident that the newest incident with this fingerprint was merged into, also over several merges;
 * undefined when there is none. Merges make no circle: only what isn't merged itself is merged into.
 */
export const mergedInto = async (
  tx: PrismaTransaction,
  tenantId: string,
  fingerprint: string,
): Promise<string | undefined> => {
  const [found] = await tx.$queryRaw<{ id: string }[]>`
    WITH RECURSIVE way AS (
      SELECT number AS merged, merged_into_id AS id FROM incidents
       WHERE tenant_id = ${tenantId}::uuid AND fingerprint = ${fingerprint} AND merged_into_id IS NOT NULL
       UNION
      SELECT way.merged, i.merged_into_id FROM way
        JOIN incidents i ON i.tenant_id = ${tenantId}::uuid AND i.id = way.id
       WHERE i.merged_into_id IS NOT NULL)
    SELECT i.id::text FROM way JOIN incidents i ON i.tenant_id = ${tenantId}::uuid AND i.id = way.id
     WHERE i.status IN ('OPEN', 'INVESTIGATING', 'SUPPRESSED')
     ORDER BY way.merged DESC LIMIT 1`
  return found?.id
}

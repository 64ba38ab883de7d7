import type { Prisma } from '../../../generated/prisma/client.ts'
import type { PrismaTransaction } from '../../platform/postgres/postgres.ts'

/**
 * The unfinished incident that the newest incident with this fingerprint was merged into, also over several merges;
 * undefined when there is none. Merges make no circle: only what isn't merged itself is merged into.
 */
const mergedInto = async (
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

/**
 * Counts a problem that goes on, quietly, for the unfinished incident that its own was merged into. False when that is not
 * there or finished: then the problem opens an incident anew.
 */
export const lastsMerged = async (
  tx: PrismaTransaction,
  tenantId: string,
  fingerprint: string,
  times: number,
  at: Date,
): Promise<boolean> => {
  const id = await mergedInto(tx, tenantId, fingerprint)
  if (id === undefined) return false
  const { count } = await tx.incident.updateMany({
    // It may have been finished in between.
    where: { tenantId, id, status: { notIn: ['RESOLVED', 'CLOSED'] } },
    data: { occurrences: { increment: times }, lastSeenAt: at },
  })
  return count > 0
}

/**
 * Counts another occurrence of a problem whose incident was merged for the one that it was merged into, whose severity
 * and values are its own. Null when that is not there or finished: then the problem opens an incident anew.
 */
export const refireMerged = async (
  tx: PrismaTransaction,
  tenantId: string,
  fingerprint: string,
  at: Date,
): Promise<Prisma.IncidentGetPayload<object> | null> => {
  const id = await mergedInto(tx, tenantId, fingerprint)
  if (id === undefined) return null
  const [refired] = await tx.incident.updateManyAndReturn({
    // It may have been finished in between.
    where: { tenantId, id, status: { notIn: ['RESOLVED', 'CLOSED'] } },
    data: { occurrences: { increment: 1 }, version: { increment: 1 }, lastSeenAt: at },
  })
  return refired ?? null
}

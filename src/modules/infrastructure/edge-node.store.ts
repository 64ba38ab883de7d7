import type { Prisma } from '../../../generated/prisma/client.ts'
import type { ClusterType } from '../../../generated/prisma/enums.ts'
import { uuidv7, type TenantId } from '../../platform/ids.ts'
import { rowsOf } from '../../platform/postgres/rows.ts'
import type { Core } from '../core.ts'

export type ClusterFacts = { slug: string; name: string; type?: ClusterType }
export type EdgeNodeFacts = Pick<
  Prisma.EdgeNodeUncheckedCreateInput,
  'slug' | 'name' | 'region' | 'zone' | 'latitude' | 'longitude' | 'cpuCores' | 'memoryGb' | 'diskGb'
> & {
  /** The slug of its cluster. */
  cluster: string
  tags?: string[]
}

/** Only this file writes clusters and edge nodes. */
export const createEdgeNodeStore = ({ postgres }: Pick<Core, 'postgres'>) => ({
  reads: rowsOf(postgres, 'edgeNode'),
  clusterReads: rowsOf(postgres, 'cluster'),

  /** Makes the clusters and nodes whose names are free. */
  ensure: (
    tenant: TenantId,
    clusters: readonly ClusterFacts[],
    nodes: readonly EdgeNodeFacts[],
  ): Promise<void> =>
    postgres.forTenant(tenant).$transaction(async (tx) => {
      await tx.cluster.createMany({
        data: clusters.map((cluster) => ({ ...cluster, id: uuidv7(), tenantId: tenant })),
        skipDuplicates: true,
      })
      const rows = await tx.cluster.findMany({
        where: { tenantId: tenant },
        select: { id: true, slug: true },
      })
      const ids = new Map(rows.map(({ id, slug }) => [slug, id]))
      await tx.edgeNode.createMany({
        data: nodes.map(({ cluster, ...node }) => ({
          ...node,
          id: uuidv7(),
          tenantId: tenant,
          clusterId: ids.get(cluster)!,
        })),
        skipDuplicates: true,
      })
    }),

  /**
   * Writes what a node sent of itself. It is a measurement and nobody's act, so the audit log has no row of
   * it.
   */
  heartbeat: async (
    tenant: TenantId,
    slug: string,
    vitals: { healthScore: number; isHealthy: boolean; lastHeartbeatAt: Date },
  ): Promise<void> => {
    await postgres.forTenant(tenant).edgeNode.updateMany({ where: { tenantId: tenant, slug }, data: vitals })
  },
})

export type EdgeNodeStore = ReturnType<typeof createEdgeNodeStore>

import type { Prisma } from '../../../generated/prisma/client.ts'
import { uuidv7, type TenantId } from '../../platform/ids.ts'
import type { Postgres } from '../../platform/postgres/postgres.ts'

export type ClusterFacts = { clusterId: string; name: string; type?: string }
export type EdgeNodeFacts = Pick<
  Prisma.EdgeNodeUncheckedCreateInput,
  'nodeId' | 'name' | 'region' | 'zone' | 'latitude' | 'longitude' | 'cpuCores' | 'memoryGb' | 'diskGb'
> & { clusterId: string; tags?: string[] }

/** Only this file reads and writes clusters and edge nodes. */
export const createEdgeNodeStore = ({ postgres }: { postgres: Postgres }) => ({
  page: (tenant: TenantId, page: Prisma.EdgeNodeFindManyArgs) =>
    postgres
      .forTenant(tenant)
      .edgeNode.findMany({ ...page, where: { AND: [{ tenantId: tenant }, page.where ?? {}] } }),

  count: (tenant: TenantId, where: Prisma.EdgeNodeWhereInput): Promise<number> =>
    postgres.forTenant(tenant).edgeNode.count({ where: { AND: [{ tenantId: tenant }, where] } }),

  /** Makes the clusters and nodes that are missing; those that are there stay as they are. */
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
        select: { id: true, clusterId: true },
      })
      const rowIds = new Map(rows.map(({ id, clusterId }) => [clusterId, id]))
      await tx.edgeNode.createMany({
        data: nodes.map(({ clusterId, ...node }) => ({
          ...node,
          id: uuidv7(),
          tenantId: tenant,
          clusterRowId: rowIds.get(clusterId)!,
        })),
        skipDuplicates: true,
      })
    }),

  /** What a node said of itself, and when. */
  heartbeat: async (tenant: TenantId, nodeId: string, healthScore: number, at: Date): Promise<void> => {
    await postgres.forTenant(tenant).edgeNode.updateMany({
      where: { tenantId: tenant, nodeId },
      data: { healthScore, isHealthy: healthScore >= 50, lastHeartbeatAt: at },
    })
  },
})

export type EdgeNodeStore = ReturnType<typeof createEdgeNodeStore>

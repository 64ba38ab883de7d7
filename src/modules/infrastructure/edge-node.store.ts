import type { Prisma } from '../../../generated/prisma/client.ts'
import type { ClusterType } from '../../../generated/prisma/enums.ts'
import { uuidv7, type TenantId } from '../../platform/ids.ts'
import type { Postgres } from '../../platform/postgres/postgres.ts'

export type ClusterFacts = { slug: string; name: string; type?: ClusterType }
export type EdgeNodeFacts = Pick<
  Prisma.EdgeNodeUncheckedCreateInput,
  'slug' | 'name' | 'region' | 'zone' | 'latitude' | 'longitude' | 'cpuCores' | 'memoryGb' | 'diskGb'
> & {
  /** The slug of its cluster. */
  cluster: string
  tags?: string[]
}

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

  /** What a node said of itself, and when. */
  heartbeat: async (tenant: TenantId, slug: string, healthScore: number, at: Date): Promise<void> => {
    await postgres.forTenant(tenant).edgeNode.updateMany({
      where: { tenantId: tenant, slug },
      data: { healthScore, isHealthy: healthScore >= 50, lastHeartbeatAt: at },
    })
  },
})

export type EdgeNodeStore = ReturnType<typeof createEdgeNodeStore>

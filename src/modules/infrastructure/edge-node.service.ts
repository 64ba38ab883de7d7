import type { TenantId } from '../../platform/ids.ts'
import { isFit } from './edge-node.health.ts'
import type { ClusterFacts, EdgeNodeFacts, EdgeNodeStore } from './edge-node.store.ts'

/** Clusters and nodes as their operator runs them: they report here, and nobody edits them in the graph. */
export const createEdgeNodeService = ({ store }: { store: EdgeNodeStore }) => ({
  /** Makes the clusters and nodes that are missing; those that are there stay as they are. */
  ensure: (
    tenant: TenantId,
    clusters: readonly ClusterFacts[],
    nodes: readonly EdgeNodeFacts[],
  ): Promise<void> => store.ensure(tenant, clusters, nodes),

  /** A node reports its score, 0 to 100. One that nobody has made is left out. */
  heartbeat: (tenant: TenantId, slug: string, healthScore: number, at: Date): Promise<void> =>
    store.heartbeat(tenant, slug, { healthScore, isHealthy: isFit(healthScore), lastHeartbeatAt: at }),
})

export type EdgeNodeService = ReturnType<typeof createEdgeNodeService>

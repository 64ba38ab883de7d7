import type { Core } from '../core.ts'
import './cluster.schema.ts'
import './edge-node.schema.ts'
import { createEdgeNodeService } from './edge-node.service.ts'
import { createEdgeNodeStore } from './edge-node.store.ts'

/** Clusters and the edge nodes in them. */
export const createInfrastructure = (core: Core) => {
  const store = createEdgeNodeStore(core)
  return {
    clusters: { reads: store.clusterReads },
    edgeNodes: { reads: store.reads, service: createEdgeNodeService({ store }) },
  }
}

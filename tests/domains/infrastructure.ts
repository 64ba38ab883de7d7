import type { DomainFixture } from './fixture.ts'

export const infrastructure: DomainFixture = {
  nodes: { Cluster: 'clusters', EdgeNode: 'edge_nodes' },

  inhabit: ({ modules, tenant, word }) =>
    modules.edgeNodes.service.ensure(
      tenant,
      [`${word}-cluster`, `${word}-cluster-2`].map((slug) => ({
        slug,
        name: `${word} cluster`,
        type: 'CENTRAL' as const,
      })),
      [`${word}-node-1`, `${word}-node-2`].map((slug) => ({
        slug,
        cluster: `${word}-cluster`,
        name: `${word} node`,
        region: `${word}-region`,
      })),
    ),

  literals: () => ({ 'Query.edgeNodes.first': '20', 'Query.clusters.first': '5' }),
}

import type { DomainFixture } from './fixture.ts'

export const infrastructure: DomainFixture = {
  nodes: { Cluster: 'clusters', EdgeNode: 'edge_nodes' },

  inhabit: ({ modules, tenant, word }) =>
    modules.edgeNodes.service.ensure(
      tenant,
      [{ clusterId: `${word}-cluster`, name: `${word} cluster`, type: `${word}-type` }],
      [`${word}-node-1`, `${word}-node-2`].map((nodeId) => ({
        nodeId,
        clusterId: `${word}-cluster`,
        name: `${word} node`,
        region: `${word}-region`,
      })),
    ),

  literals: () => ({ 'Query.edgeNodes.first': '20' }),
}

import type { DomainFixture } from './fixture.ts'

export const infrastructure: DomainFixture = {
  nodes: { Cluster: 'clusters', EdgeNode: 'edge_nodes' },

  inhabit: ({ modules, tenant, word }) =>
    modules.edgeNodes.service.ensure(
      tenant,
      [{ slug: `${word}-cluster`, name: `${word} cluster`, type: 'CENTRAL' }],
      [`${word}-node-1`, `${word}-node-2`].map((slug) => ({
        slug,
        cluster: `${word}-cluster`,
        name: `${word} node`,
        region: `${word}-region`,
      })),
    ),

  literals: () => ({ 'Query.edgeNodes.first': '20' }),
}

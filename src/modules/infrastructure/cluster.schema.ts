import { builder } from '../../graphql/builder.ts'
import { tenantOf } from '../../graphql/context.ts'
import { defineList } from '../../graphql/list.ts'

export const Cluster = builder.prismaNode('Cluster', {
  nullable: true,
  id: { field: 'id', description: 'Global id.' },
  findUnique: (id, context) => ({ tenantId_id: { tenantId: tenantOf(context), id } }),
  description: 'A group of edge nodes that are operated together.',
  authScopes: { action: 'infrastructure:read' },
  fields: (t) => ({
    clusterId: t.exposeString('clusterId', {
      description: "The operator's own name of the cluster; unique in the tenant.",
    }),
    name: t.exposeString('name', { description: 'Name for people.' }),
    type: t.exposeString('type', { description: 'Purpose of its nodes.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'Creation time.' }),
  }),
})

const Clusters = defineList({
  model: 'Cluster',
  of: Cluster,
  items: 'clusters',
  filter: (is) => ({
    clusterId: is.text("The operator's own name."),
    name: is.text('Name.'),
    type: is.text('Purpose.'),
  }),
  order: {
    SLUG: { by: 'clusterId', unique: true, description: "The operator's own name." },
    NAME: { by: 'name', description: 'Name.' },
  },
  first: ['SLUG', 'ASC'],
})
Clusters.root('clusters', {
  action: 'infrastructure:read',
  description: 'Clusters of the tenant.',
  rows: ({ clusters }) => clusters.reads,
})

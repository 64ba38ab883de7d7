import { ClusterType as types } from '../../../generated/prisma/enums.ts'
import { builder } from '../../graphql/builder.ts'
import { tenantOf } from '../../graphql/context.ts'
import { defineList } from '../../graphql/list.ts'

const ClusterType = builder.enumType('ClusterType', {
  description: 'Purpose of a cluster.',
  values: {
    CENTRAL: { description: 'Takes streams in and hands them to the edge.', value: types.CENTRAL },
    EDGE: { description: 'Delivers streams to viewers.', value: types.EDGE },
  },
})

export const Cluster = builder.prismaNode('Cluster', {
  nullable: true,
  id: { field: 'id', description: 'Global id.' },
  findUnique: (id, context) => ({ tenantId_id: { tenantId: tenantOf(context), id } }),
  description: 'A group of edge nodes that are operated together.',
  authScopes: { action: 'infrastructure:read' },
  fields: (t) => ({
    slug: t.exposeString('slug', {
      description: "The operator's own name of the cluster; unique in the tenant.",
    }),
    name: t.exposeString('name', { description: 'Name for people.' }),
    type: t.expose('type', { type: ClusterType, description: 'Purpose.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'Creation time.' }),
  }),
})

const Clusters = defineList({
  model: 'Cluster',
  of: Cluster,
  items: 'clusters',
  filter: (is) => ({
    slug: is.text("The operator's own name."),
    name: is.text('Name.'),
    type: is.oneOf(ClusterType, 'Purpose.'),
  }),
  order: {
    SLUG: { by: 'slug', unique: true, description: "The operator's own name." },
    NAME: { by: 'name', description: 'Name.' },
  },
  first: ['SLUG', 'ASC'],
})
Clusters.root('clusters', {
  action: 'infrastructure:read',
  description: 'Clusters of the tenant.',
  rows: ({ clusters }) => clusters.reads,
})

import { ClusterType as types } from '../../../generated/prisma/enums.ts'
import { builder } from '../../graphql/builder.ts'
import { tenantOf } from '../../graphql/context.ts'
import { defineList } from '../../graphql/list.ts'

export const ClusterType = builder.enumType('ClusterType', {
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
    region: t.exposeString('region', { description: 'Region of its location; empty for unknown.' }),
    baseUrl: t.exposeString('baseUrl', {
      nullable: true,
      description: 'Address under which its services are reached; null for none.',
    }),
    maxStreams: t.exposeInt('maxStreams', {
      nullable: true,
      description: 'Highest number of streams on the air; null for no limit.',
    }),
    maxViewers: t.exposeInt('maxViewers', {
      nullable: true,
      description: 'Highest number of concurrent viewers; null for no limit.',
    }),
    maxBandwidthMbps: t.exposeInt('maxBandwidthMbps', {
      nullable: true,
      description: 'Highest bandwidth to viewers, in megabits a second; null for no limit.',
    }),
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

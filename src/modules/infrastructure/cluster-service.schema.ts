import { Analytics } from '../../graphql/analytics.schema.ts'
import { builder } from '../../graphql/builder.ts'
import { byKey, tenantOf, type Context } from '../../graphql/context.ts'
import { defineList } from '../../graphql/list.ts'
import { needs } from '../../graphql/needs.ts'
import { Cluster } from './cluster.schema.ts'
import { placeKey, placeOfKey, type Replicas, type ServiceInCluster } from './cluster-service.rules.ts'
import { Service } from './service.schema.ts'

const MAX_BELOW = 100
/** Instances of a service in a cluster are few, and those of an answer are counted together: as an object costs. */
const countsFew = { cost: { base: 1 } }

/** What runs of a service in a cluster: of all that an answer asks for by one statement. */
const replicasOf = (context: Context, place: ServiceInCluster): Promise<Replicas> =>
  byKey<Replicas>(context, 'replicas', (keys) =>
    context.modules.clusterServices.queries.replicas(tenantOf(context), keys.map(placeOfKey)),
  ).load(placeKey(place))

const place = { clusterId: true, serviceId: true } as const

export const ClusterService = builder.prismaNode('ClusterService', {
  nullable: true,
  id: { field: 'id', description: 'Global id.' },
  findUnique: (id, context) => ({ tenantId_id: { tenantId: tenantOf(context), id } }),
  description: 'What a cluster is to have of a service, and what it has.',
  authScopes: { action: 'infrastructure:read' },
  fields: (t) => ({
    desiredReplicas: t.exposeInt('desiredReplicas', {
      description: 'Number of healthy instances that the cluster is to have.',
    }),
    runningReplicas: t.int({
      nullable: true,
      description: 'Number of its instances in the cluster whose status is RUNNING.',
      extensions: countsFew,
      select: place,
      resolve: async (row, _args, context) => (await replicasOf(context, row)).running,
    }),
    healthyReplicas: t.int({
      nullable: true,
      description: 'Number of those whose health is HEALTHY.',
      extensions: countsFew,
      select: place,
      resolve: async (row, _args, context) => (await replicasOf(context, row)).healthy,
    }),
    cluster: t.relation('cluster', { type: Cluster, description: 'The cluster.' }),
    service: t.relation('service', { type: Service, description: 'The service.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'Time from which it is to have any.' }),
  }),
})

const ClusterServices = defineList({
  model: 'ClusterService',
  of: ClusterService,
  items: 'services of clusters',
  filter: (is) => ({
    cluster: is.idOf('Cluster', 'The cluster.'),
    service: is.idOf('Service', 'The service.'),
    desiredReplicas: is.number('Number of healthy instances that the cluster is to have.'),
  }),
  order: {
    DESIRED_REPLICAS: {
      by: 'desiredReplicas',
      description: 'Number of healthy instances that the cluster is to have.',
    },
  },
  first: ['DESIRED_REPLICAS', 'DESC'],
})
ClusterServices.below(Cluster, 'services', {
  description: 'Services that the cluster is to have, with what it has of each.',
  within: 'clusterId',
  rows: ({ clusterServices }) => clusterServices.reads,
})
ClusterServices.below(Service, 'clusters', {
  description: 'Clusters that are to have the service, with what each has of it.',
  within: 'serviceId',
  rows: ({ clusterServices }) => clusterServices.reads,
})

builder.objectField(Analytics, 'servicesBelowDesired', (t) =>
  t.prismaField({
    type: [ClusterService],
    nullable: true,
    description: `Services of clusters with fewer instances that are RUNNING and HEALTHY than desired, most missing first, ${MAX_BELOW} at most. ${needs('infrastructure:read')}`,
    extensions: { cost: { items: MAX_BELOW } },
    authScopes: { action: 'infrastructure:read' },
    resolve: async (query, _parent, _args, context) => {
      const { reads, queries } = context.modules.clusterServices
      const ids = await queries.below(tenantOf(context), MAX_BELOW)
      if (ids.length === 0) return []
      const rows = await reads.page(tenantOf(context), {
        ...query,
        where: { id: { in: ids } },
        take: MAX_BELOW,
      })
      return rows.toSorted((a, b) => ids.indexOf(a.id) - ids.indexOf(b.id))
    },
  }),
)

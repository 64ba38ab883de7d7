import { ClusterAccessLevel as levels, EdgeNodeHealth as healths } from '../../../generated/prisma/enums.ts'
import { builder } from '../../graphql/builder.ts'
import { tenantOf } from '../../graphql/context.ts'
import { defineList } from '../../graphql/list.ts'
import { Cluster } from './cluster.schema.ts'

export const ClusterAccessLevel = builder.enumType('ClusterAccessLevel', {
  description: 'What a tenant may expect of a cluster that it was given access to. Routers read it.',
  values: {
    SHARED: { description: 'Shares what is free with all others.', value: levels.SHARED },
    DEDICATED: { description: 'Its limits are reserved for it.', value: levels.DEDICATED },
    PRIORITY: { description: 'Comes before those that share where little is free.', value: levels.PRIORITY },
  },
})

export const ClusterHealth = builder.enumType('ClusterHealth', {
  description: 'Health of a cluster, from its nodes that are not in maintenance.',
  values: {
    HEALTHY: { description: 'All of them are healthy.', value: healths.HEALTHY },
    DEGRADED: {
      description: 'Some serve viewers well enough, and not all are healthy.',
      value: healths.DEGRADED,
    },
    UNHEALTHY: { description: 'None of those that are heard is fit for viewers.', value: healths.UNHEALTHY },
    STALE: { description: 'None is heard, or there is none.', value: healths.STALE },
  },
})

export const ClusterAccess = builder.prismaNode('ClusterAccess', {
  nullable: true,
  id: { field: 'id', description: 'Global id.' },
  description: 'Access that the tenant has given another one, the subscriber, to a cluster.',
  authScopes: { action: 'clusterAccess:read' },
  findUnique: (id, context) => ({ tenantId_id: { tenantId: tenantOf(context), id } }),
  fields: (t) => ({
    subscriberSlug: t.exposeString('subscriberSlug', { description: 'Slug of the subscriber.' }),
    level: t.expose('level', { type: ClusterAccessLevel, description: 'What the subscriber may expect.' }),
    maxStreams: t.exposeInt('maxStreams', {
      nullable: true,
      description: 'Highest number of its streams on the air; null for no limit of its own.',
    }),
    maxViewers: t.exposeInt('maxViewers', {
      nullable: true,
      description: 'Highest number of its concurrent viewers; null for no limit of its own.',
    }),
    maxBandwidthMbps: t.exposeInt('maxBandwidthMbps', {
      nullable: true,
      description: 'Highest bandwidth to its viewers, in megabits a second; null for no limit of its own.',
    }),
    expiresAt: t.expose('expiresAt', {
      type: 'DateTime',
      nullable: true,
      description: 'Time at which it ends; null for no end.',
    }),
    health: t.expose('health', { type: ClusterHealth, description: 'Health that the subscriber is told.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'Time at which it was given.' }),
    cluster: t.relation('cluster', { type: Cluster, description: 'The cluster.' }),
  }),
})

const ClusterAccesses = defineList({
  model: 'ClusterAccess',
  of: ClusterAccess,
  items: 'cluster accesses',
  filter: (is) => ({
    cluster: is.idOf('Cluster', 'The cluster.'),
    subscriberSlug: is.text('Slug of the subscriber.'),
    level: is.oneOf(ClusterAccessLevel, 'What the subscriber may expect.'),
    expiresAt: is.time('Time at which it ends.'),
    createdAt: is.time('Time at which it was given.'),
  }),
  order: {
    CREATED_AT: { by: 'createdAt', description: 'Time at which it was given.' },
    SUBSCRIBER: { by: 'subscriberSlug', description: 'Slug of the subscriber.' },
  },
  first: ['CREATED_AT', 'DESC'],
})
ClusterAccesses.root('clusterAccesses', {
  action: 'clusterAccess:read',
  description: 'Access that other tenants were given to clusters of the tenant, also what has expired.',
  rows: ({ clusterAccesses }) => clusterAccesses.reads,
})
ClusterAccesses.below(Cluster, 'accesses', {
  action: 'clusterAccess:read',
  description: 'Access that other tenants were given to the cluster, also what has expired.',
  within: 'clusterId',
  rows: ({ clusterAccesses }) => clusterAccesses.reads,
})

import { builder } from '../../graphql/builder.ts'
import { clockOf, tenantOf } from '../../graphql/context.ts'
import { defineList } from '../../graphql/list.ts'
import { holds } from './cluster-access.rules.ts'
import { ClusterAccessLevel, ClusterHealth } from './cluster-access.schema.ts'
import { ClusterType } from './cluster.schema.ts'

/** The row of `ClusterAccess`, from the other side: its fields are all that a subscriber learns of a cluster. */
export const SharedCluster = builder.prismaNode('ClusterAccess', {
  variant: 'SharedCluster',
  nullable: true,
  id: { field: 'id', description: 'Global id.' },
  description:
    "Another tenant's cluster that the tenant may use: what it is and on which terms, and never who else uses it nor its nodes.",
  authScopes: { action: 'infrastructure:read' },
  findUnique: (id, context) => ({
    id,
    subscriberId: tenantOf(context),
    AND: holds(new Date(clockOf(context).now())),
  }),
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Name for people.' }),
    region: t.exposeString('region', { description: 'Region of its location; empty for unknown.' }),
    type: t.expose('type', { type: ClusterType, description: 'Purpose.' }),
    health: t.expose('health', { type: ClusterHealth, description: 'Health.' }),
    ownerSlug: t.exposeString('ownerSlug', { description: 'Slug of the tenant that operates it.' }),
    level: t.expose('level', { type: ClusterAccessLevel, description: 'What the tenant may expect.' }),
    maxStreams: t.exposeInt('maxStreams', {
      nullable: true,
      description: 'Highest number of streams of the tenant on the air; null for no limit of its own.',
    }),
    maxViewers: t.exposeInt('maxViewers', {
      nullable: true,
      description: 'Highest number of concurrent viewers of the tenant; null for no limit of its own.',
    }),
    maxBandwidthMbps: t.exposeInt('maxBandwidthMbps', {
      nullable: true,
      description: 'Highest bandwidth to its viewers, in megabits a second; null for no limit of its own.',
    }),
    expiresAt: t.expose('expiresAt', {
      type: 'DateTime',
      nullable: true,
      description: 'Time at which the access ends; null for no end.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'Time at which access was given.' }),
  }),
})

const SharedClusters = defineList({
  model: 'ClusterAccess',
  of: SharedCluster,
  items: 'shared clusters',
  filter: (is) => ({
    name: is.text('Name.'),
    region: is.text('Region.'),
    type: is.oneOf(ClusterType, 'Purpose.'),
    health: is.oneOf(ClusterHealth, 'Health.'),
    level: is.oneOf(ClusterAccessLevel, 'What the tenant may expect.'),
    expiresAt: is.time('Time at which the access ends.'),
  }),
  order: {
    NAME: { by: 'name', description: 'Name.' },
    EXPIRES_AT: { by: 'expiresAt', description: 'Time at which the access ends.' },
  },
  first: ['NAME', 'ASC'],
})
SharedClusters.root('sharedClusters', {
  action: 'infrastructure:read',
  description: "Other tenants' clusters that the tenant may use now.",
  rows: ({ clusterAccesses }) => clusterAccesses.sharedReads,
})

import { EdgeNodeHealth as healths, EdgeNodeMode as modes } from '../../../generated/prisma/enums.ts'
import { builder } from '../../graphql/builder.ts'
import { tenantOf } from '../../graphql/context.ts'
import { defineList } from '../../graphql/list.ts'
import { Cluster } from './cluster.schema.ts'

export const EdgeNodeMode = builder.enumType('EdgeNodeMode', {
  description: 'What the operator lets a node do.',
  values: {
    NORMAL: { description: 'Takes new viewers.', value: modes.NORMAL },
    DRAINING: { description: 'Keeps its viewers and takes no new ones.', value: modes.DRAINING },
    MAINTENANCE: { description: 'Serves no viewers.', value: modes.MAINTENANCE },
  },
})

export const EdgeNodeHealth = builder.enumType('EdgeNodeHealth', {
  description: 'Health of a node, from its score and the time of its latest heartbeat.',
  values: {
    HEALTHY: { description: 'Score of 80 or more.', value: healths.HEALTHY },
    DEGRADED: { description: 'Score of 50 to 79.', value: healths.DEGRADED },
    UNHEALTHY: {
      description: 'Score below 50, or the node reports that it is not healthy.',
      value: healths.UNHEALTHY,
    },
    STALE: { description: 'No heartbeat for more than 60 seconds.', value: healths.STALE },
  },
})

export const EdgeNode = builder.prismaNode('EdgeNode', {
  nullable: true,
  id: { field: 'id', description: 'Global id.' },
  findUnique: (id, context) => ({ tenantId_id: { tenantId: tenantOf(context), id } }),
  description: 'A server that delivers video to viewers.',
  authScopes: { action: 'infrastructure:read' },
  fields: (t) => ({
    slug: t.exposeString('slug', {
      description:
        "The operator's own name of the node, which analytics rows carry as `node_id`; unique in the tenant.",
    }),
    name: t.exposeString('name', { description: 'Name for people.' }),
    region: t.exposeString('region', { description: 'Region of its location.' }),
    mode: t.expose('mode', { type: EdgeNodeMode, description: 'What the operator lets it do.' }),
    healthScore: t.exposeInt('healthScore', { description: 'Latest health score that it sent (0-100).' }),
    health: t.expose('health', {
      type: EdgeNodeHealth,
      description: 'Health, from what it sent last and for how long it has been silent.',
    }),
    healthSince: t.expose('healthSince', {
      type: 'DateTime',
      description: 'Time from which the health is as it is.',
    }),
    lastHeartbeatAt: t.expose('lastHeartbeatAt', {
      type: 'DateTime',
      nullable: true,
      description: 'Time of the latest heartbeat.',
    }),
    zone: t.exposeString('zone', { description: 'Zone in the region; empty for unknown.' }),
    latitude: t.exposeFloat('latitude', {
      nullable: true,
      description: 'Latitude of its location, in degrees; null for unknown.',
    }),
    longitude: t.exposeFloat('longitude', {
      nullable: true,
      description: 'Longitude of its location, in degrees; null for unknown.',
    }),
    cpuCores: t.exposeInt('cpuCores', {
      nullable: true,
      description: 'Number of its processor cores; null for unknown.',
    }),
    memoryGb: t.exposeInt('memoryGb', {
      nullable: true,
      description: 'Its memory, in gigabytes; null for unknown.',
    }),
    diskGb: t.exposeInt('diskGb', {
      nullable: true,
      description: 'Its disks, in gigabytes; null for unknown.',
    }),
    addresses: t.exposeStringList('addresses', {
      description: 'Addresses under which it is reached.',
      extensions: { cost: { small: true, items: 16 } },
    }),
    tags: t.exposeStringList('tags', {
      description: 'Tags.',
      extensions: { cost: { small: true, items: 32 } },
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'Creation time.' }),
    cluster: t.relation('cluster', { type: Cluster, description: 'Cluster of the node.' }),
  }),
})

const EdgeNodes = defineList({
  model: 'EdgeNode',
  of: EdgeNode,
  items: 'edge nodes',
  filter: (is) => ({
    slug: is.text("The operator's own name."),
    cluster: is.idOf('Cluster', 'Cluster of the node.'),
    name: is.text('Name.'),
    region: is.text('Region.'),
    tags: is.texts('Tags.'),
    mode: is.oneOf(EdgeNodeMode, 'Mode.'),
    health: is.oneOf(EdgeNodeHealth, 'Health.'),
    healthScore: is.number('Health score.'),
    lastHeartbeatAt: is.time('Time of the latest heartbeat.'),
  }),
  order: {
    SLUG: { by: 'slug', unique: true, description: "The operator's own name." },
    NAME: { by: 'name', description: 'Name.' },
    HEALTH_SINCE: { by: 'healthSince', description: 'Time from which the health is as it is.' },
    LAST_HEARTBEAT_AT: { by: 'lastHeartbeatAt', description: 'Time of the latest heartbeat.' },
  },
  first: ['SLUG', 'ASC'],
})
EdgeNodes.root('edgeNodes', {
  action: 'infrastructure:read',
  description: 'Edge nodes of the tenant.',
  rows: ({ edgeNodes }) => edgeNodes.reads,
})
EdgeNodes.below(Cluster, 'edgeNodes', {
  description: 'Edge nodes of the cluster.',
  within: 'clusterId',
  rows: ({ edgeNodes }) => edgeNodes.reads,
})

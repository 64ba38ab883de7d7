import { EdgeNodeMode as modes } from '../../../generated/prisma/enums.ts'
import { builder } from '../../graphql/builder.ts'
import { clockOf, tenantOf } from '../../graphql/context.ts'
import { defineList } from '../../graphql/list.ts'
import { Cluster } from './cluster.schema.ts'
import { healthOf } from './edge-node.health.ts'

const EdgeNodeMode = builder.enumType('EdgeNodeMode', {
  description: 'What the operator lets a node do.',
  values: {
    NORMAL: { description: 'Takes new viewers.', value: modes.NORMAL },
    DRAINING: { description: 'Keeps its viewers and takes no new ones.', value: modes.DRAINING },
    MAINTENANCE: { description: 'Serves no viewers.', value: modes.MAINTENANCE },
  },
})

const EdgeNodeHealth = builder.enumType('EdgeNodeHealth', {
  description: 'Health of a node, from its score and the time of its latest heartbeat.',
  values: {
    HEALTHY: { description: 'Score of 80 or more.' },
    DEGRADED: { description: 'Score of 50 to 79.' },
    UNHEALTHY: { description: 'Score below 50, or the node reports that it is not healthy.' },
    STALE: { description: 'No heartbeat for more than 60 seconds.' },
  } as const,
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
    health: t.field({
      type: EdgeNodeHealth,
      description: 'Health now, from its score and the time of its latest heartbeat.',
      select: { healthScore: true, isHealthy: true, lastHeartbeatAt: true },
      resolve: (node, _args, context) => healthOf(node, clockOf(context).now()),
    }),
    lastHeartbeatAt: t.expose('lastHeartbeatAt', {
      type: 'DateTime',
      nullable: true,
      description: 'Time of the latest heartbeat.',
    }),
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
    mode: is.oneOf(EdgeNodeMode, 'Mode.'),
    healthScore: is.number('Health score.'),
    lastHeartbeatAt: is.time('Time of the latest heartbeat.'),
  }),
  order: {
    SLUG: { by: 'slug', unique: true, description: "The operator's own name." },
    NAME: { by: 'name', description: 'Name.' },
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

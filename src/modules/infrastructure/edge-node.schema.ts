import { builder } from '../../graphql/builder.ts'
import { tenantOf } from '../../graphql/context.ts'
import { defineList } from '../../graphql/list.ts'
import { EdgeNodeMode as modes } from '../../../generated/prisma/enums.ts'

const EdgeNodeMode = builder.enumType('EdgeNodeMode', {
  description: 'What an operator wants of a node.',
  values: {
    NORMAL: { description: 'Takes viewers.', value: modes.NORMAL },
    DRAINING: { description: 'Keeps its viewers and takes no new ones.', value: modes.DRAINING },
    MAINTENANCE: { description: 'Takes no viewers.', value: modes.MAINTENANCE },
  },
})

const health = ['HEALTHY', 'DEGRADED', 'UNHEALTHY', 'STALE'] as const
const EdgeNodeHealth = builder.enumType('EdgeNodeHealth', {
  description: 'How a node is, by its score and its silence (design, section 3).',
  values: {
    HEALTHY: { description: 'Score of 80 or more.' },
    DEGRADED: { description: 'Score of 50 to 79.' },
    UNHEALTHY: { description: 'Score below 50, or the node says that it is not well.' },
    STALE: { description: 'Silent for more than 60 seconds.' },
  } as const,
})

const STALE_MS = 60_000
type Vital = { healthScore: number; isHealthy: boolean; lastHeartbeatAt: Date | null }

/** The health that a node has at `nowMs`. */
export const healthOf = (
  { healthScore, isHealthy, lastHeartbeatAt }: Vital,
  nowMs: number,
): (typeof health)[number] => {
  if (!lastHeartbeatAt || nowMs - lastHeartbeatAt.getTime() > STALE_MS) return 'STALE'
  if (!isHealthy || healthScore < 50) return 'UNHEALTHY'
  return healthScore >= 80 ? 'HEALTHY' : 'DEGRADED'
}

const Cluster = builder.prismaNode('Cluster', {
  nullable: true,
  id: { field: 'id', description: 'Global id.' },
  findUnique: (id, context) => ({ tenantId_id: { tenantId: tenantOf(context), id } }),
  description: 'Edge nodes that are run together.',
  authScopes: { action: 'infrastructure:read' },
  fields: (t) => ({
    clusterId: t.exposeString('clusterId', { description: "The operator's own name of it." }),
    name: t.exposeString('name', { description: 'Name for people.' }),
    type: t.exposeString('type', { description: 'What it is for.' }),
  }),
})

export const EdgeNode = builder.prismaNode('EdgeNode', {
  nullable: true,
  id: { field: 'id', description: 'Global id.' },
  findUnique: (id, context) => ({ tenantId_id: { tenantId: tenantOf(context), id } }),
  description: 'A server that carries video.',
  authScopes: { action: 'infrastructure:read' },
  fields: (t) => ({
    nodeId: t.exposeString('nodeId', {
      description: "The operator's own name of it; analytics rows carry it.",
    }),
    name: t.exposeString('name', { description: 'Name for people.' }),
    region: t.exposeString('region', { description: 'Where it stands.' }),
    mode: t.expose('mode', { type: EdgeNodeMode, description: 'What the operator wants of it.' }),
    healthScore: t.exposeInt('healthScore', { description: '0 to 100, as the node sent it.' }),
    health: t.field({
      type: EdgeNodeHealth,
      description: 'How it is, by its score and its silence.',
      resolve: (node, _args, { modules }) => healthOf(node, modules.clock.now()),
    }),
    lastHeartbeatAt: t.expose('lastHeartbeatAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was heard last.',
    }),
    cluster: t.relation('cluster', { type: Cluster, description: 'The cluster that it belongs to.' }),
  }),
})

const EdgeNodes = defineList({
  model: 'EdgeNode',
  of: EdgeNode,
  items: 'edge nodes',
  filter: (is) => ({
    nodeId: is.text('Slug.'),
    name: is.text('Name.'),
    region: is.text('Region.'),
    mode: is.oneOf(EdgeNodeMode, 'Mode.'),
    healthScore: is.number('Health score.'),
    lastHeartbeatAt: is.time('Time of the latest heartbeat.'),
  }),
  order: {
    SLUG: { by: 'nodeId', description: 'Slug.' },
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

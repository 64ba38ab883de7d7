import { builder } from '../../graphql/builder.ts'
import { tenantOf } from '../../graphql/context.ts'
import { countsRows } from '../../graphql/limits/cost.ts'
import { keysetPage } from '../../graphql/keyset.ts'
import { ClusterType as types, EdgeNodeMode as modes } from '../../../generated/prisma/enums.ts'

const EdgeNodeMode = builder.enumType('EdgeNodeMode', {
  description: 'What an operator wants of a node.',
  values: {
    NORMAL: { description: 'Takes viewers.', value: modes.NORMAL },
    DRAINING: { description: 'Keeps its viewers and takes no new ones.', value: modes.DRAINING },
    MAINTENANCE: { description: 'Takes no viewers.', value: modes.MAINTENANCE },
  },
})

const ClusterType = builder.enumType('ClusterType', {
  description: 'Purpose of a cluster.',
  values: {
    CENTRAL: { description: 'Takes streams in and hands them to the edge.', value: types.CENTRAL },
    EDGE: { description: 'Delivers streams to viewers.', value: types.EDGE },
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
    slug: t.exposeString('slug', { description: "The operator's own name of the cluster." }),
    name: t.exposeString('name', { description: 'Name for people.' }),
    type: t.expose('type', { type: ClusterType, description: 'Purpose of the cluster.' }),
  }),
})

export const EdgeNode = builder.prismaNode('EdgeNode', {
  nullable: true,
  id: { field: 'id', description: 'Global id.' },
  findUnique: (id, context) => ({ tenantId_id: { tenantId: tenantOf(context), id } }),
  description: 'A server that carries video.',
  authScopes: { action: 'infrastructure:read' },
  fields: (t) => ({
    slug: t.exposeString('slug', {
      description: "The operator's own name of the node, which analytics rows carry as node_id.",
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

builder.queryField('edgeNodes', (t) =>
  t.connection(
    {
      type: EdgeNode,
      description: 'The edge nodes of the tenant by name. Needs the scope read.',
      authScopes: { action: 'infrastructure:read' },
      resolve: async (_root, args, { modules, ...context }) => {
        const tenant = tenantOf({ modules, ...context })
        const page = await keysetPage({
          args,
          column: { field: 'slug', kind: 'text' },
          direction: 'ASC',
          where: {},
          find: (find) => modules.edgeNodes.store.page(tenant, find),
        })
        return { ...page, totalCount: () => modules.edgeNodes.store.count(tenant, {}) }
      },
    },
    {
      description: 'A page of edge nodes.',
      fields: (t) => ({
        totalCount: t.int({
          description: 'All of them, counted only when asked for.',
          extensions: countsRows,
          resolve: (page) => page.totalCount(),
        }),
      }),
    },
    { description: 'An edge node and its place in the list.' },
  ),
)

import { Analytics } from '../../graphql/analytics.schema.ts'
import { builder } from '../../graphql/builder.ts'
import { tenantOf, type Context } from '../../graphql/context.ts'
import { asksClickHouse, countsRows } from '../../graphql/limits/cost.ts'
import { oneOfTenant } from '../../graphql/one-of-tenant.ts'
import { EdgeNodeHealth } from './edge-node.schema.ts'

const healths = ['HEALTHY', 'DEGRADED', 'UNHEALTHY', 'STALE'] as const
type HealthCount = { readonly health: (typeof healths)[number]; readonly edgeNodes: number }

const EdgeNodeHealthCount = builder.objectRef<HealthCount>('EdgeNodeHealthCount').implement({
  description: 'Edge nodes of one health.',
  fields: (t) => ({
    health: t.expose('health', { type: EdgeNodeHealth, description: 'The health.' }),
    edgeNodes: t.exposeInt('edgeNodes', { description: 'Number of edge nodes that have it.' }),
  }),
})

const countOf = (context: Context, health: HealthCount['health']): Promise<number> =>
  context.modules.edgeNodes.reads.count(tenantOf(context), { health })

const PlatformOverview = oneOfTenant<object>('PlatformOverview', {
  description: 'The platform at a glance. Each number is that of the list or field that it sums up.',
  action: 'analytics:read',
  find: () => ({}),
  fields: (t) => ({
    streamsLive: t.int({
      nullable: true,
      description: 'Number of streams on the air: `streams(filter: { status: { eq: LIVE } })`.',
      extensions: countsRows,
      resolve: (_root, _args, context) =>
        context.modules.streams.reads.count(tenantOf(context), { status: 'LIVE' }),
    }),
    viewersNow: t.field({
      type: 'BigInt',
      nullable: true,
      description: 'Number of viewers now: `viewersNow`.',
      extensions: asksClickHouse,
      resolve: async (_root, _args, context) => {
        const ask = { by: 'STREAM', first: 1 } as const
        return (await context.modules.viewers.queries.viewersNow(tenantOf(context), ask, context)).total
      },
    }),
    edgeNodesByHealth: t.field({
      type: [EdgeNodeHealthCount],
      nullable: true,
      description: 'Edge nodes by health, also where none has it: `edgeNodes(filter: { health: … })`.',
      extensions: { cost: { items: healths.length } },
      resolve: (_root, _args, context) =>
        Promise.all(healths.map(async (health) => ({ health, edgeNodes: await countOf(context, health) }))),
    }),
    incidentsOpen: t.int({
      nullable: true,
      description:
        'Number of incidents that are open or investigated, without suppressed ones: `incidents(filter: { status: { in: [OPEN, INVESTIGATING] } })`.',
      extensions: countsRows,
      resolve: (_root, _args, context) =>
        context.modules.incidents.reads.count(tenantOf(context), {
          status: { in: ['OPEN', 'INVESTIGATING'] },
        }),
    }),
  }),
})

builder.objectField(Analytics, 'overview', (t) =>
  t.field({
    type: PlatformOverview,
    description: 'The platform at a glance.',
    resolve: () => ({}),
  }),
)

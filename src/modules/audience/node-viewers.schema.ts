import { builder } from '../../graphql/builder.ts'
import { byKey, tenantOf, type Context } from '../../graphql/context.ts'
import { rowNamed } from '../../graphql/edge.ts'
import { asksClickHouse } from '../../graphql/limits/cost.ts'
import { needs } from '../../graphql/needs.ts'
import { EdgeNode } from '../infrastructure/edge-node.schema.ts'
import { Stream } from '../streaming/stream.schema.ts'
import { MAX_STREAMS, type NodeStream, type NodeViewers } from './node-viewers.queries.ts'

const EdgeNodeStream = builder.objectRef<NodeStream>('EdgeNodeStream').implement({
  description: 'A stream that an edge node carries to viewers now.',
  fields: (t) => ({
    internalName: t.exposeString('internalName', { description: 'Stream, by its internal name.' }),
    stream: t.field({
      type: Stream,
      nullable: true,
      description: 'The stream; null where none has this name.',
      resolve: ({ internalName }, _args, context, info) =>
        rowNamed(context, info, context.modules.streams.reads, 'internalName', internalName),
    }),
    viewers: t.expose('viewers', { type: 'BigInt', description: 'Number of its viewers on the node now.' }),
    otherNodes: t.exposeInt('otherNodes', {
      description: 'Number of other edge nodes that carry it to viewers now.',
    }),
  }),
})

const EdgeNodeViewers = builder.objectRef<NodeViewers>('EdgeNodeViewers').implement({
  description: 'Who is on an edge node now.',
  fields: (t) => ({
    viewers: t.expose('viewers', { type: 'BigInt', description: 'Number of viewers on the node now.' }),
    streams: t.field({
      type: [EdgeNodeStream],
      description: `Streams that it carries to viewers, most viewers first (at most ${MAX_STREAMS}).`,
      extensions: { cost: { small: true, items: MAX_STREAMS } },
      resolve: ({ streams }) => [...streams],
    }),
  }),
})

/** Who is on the nodes of an answer, by one question. */
export const audienceOf = (context: Context) =>
  byKey(context, 'viewersOnNodes', (slugs) =>
    context.modules.viewers.queries.viewersOnNodes(tenantOf(context), slugs, context),
  )

builder.prismaObjectField(EdgeNode, 'audience', (t) =>
  t.field({
    type: EdgeNodeViewers,
    nullable: true,
    description: `Who is on the node now: the latest sample of each stream, country and connection type of the last 60 seconds. ${needs('analytics:read')}`,
    extensions: asksClickHouse,
    authScopes: { action: 'analytics:read' },
    select: { slug: true },
    resolve: ({ slug }, _args, context) => audienceOf(context).load(slug),
  }),
)

type Impact = NodeViewers & { readonly id: string; readonly clusterId: string }
const MAX_TAKERS = 100

const RoutingImpact = builder.objectRef<Impact>('RoutingImpact').implement({
  description: 'Viewers and streams that a drain of an edge node would move, and who would take them.',
  fields: (t) => ({
    viewers: t.expose('viewers', {
      type: 'BigInt',
      description: 'Number of viewers on the node now: those that MAINTENANCE sends elsewhere.',
    }),
    streams: t.field({
      type: [EdgeNodeStream],
      description: `Streams that it carries to viewers, most viewers first (at most ${MAX_STREAMS}).`,
      extensions: { cost: { small: true, items: MAX_STREAMS } },
      resolve: ({ streams }) => [...streams],
    }),
    streamsWithoutOther: t.int({
      description: `Number of those streams that no other edge node carries now (of the ${MAX_STREAMS} with most viewers).`,
      resolve: ({ streams }) => streams.filter(({ otherNodes }) => otherNodes === 0).length,
    }),
    takers: t.prismaField({
      type: [EdgeNode],
      nullable: true,
      description: `Other edge nodes of the cluster that take new viewers: in mode NORMAL, and HEALTHY or DEGRADED; highest score first (at most ${MAX_TAKERS}).`,
      extensions: { cost: { items: MAX_TAKERS } },
      resolve: (query, { id, clusterId }, _args, context) =>
        context.modules.edgeNodes.reads.page(tenantOf(context), {
          ...query,
          where: { clusterId, id: { not: id }, mode: 'NORMAL', health: { in: ['HEALTHY', 'DEGRADED'] } },
          orderBy: [{ healthScore: 'desc' }, { slug: 'asc' }],
          take: MAX_TAKERS,
        }),
    }),
  }),
})

builder.prismaObjectField(EdgeNode, 'routingImpact', (t) =>
  t.field({
    type: RoutingImpact,
    nullable: true,
    description: `What a drain of the node would move now, to look at before \`setEdgeNodeMode\`. ${needs('analytics:read')}`,
    extensions: asksClickHouse,
    authScopes: { action: 'analytics:read' },
    select: { id: true, slug: true, clusterId: true },
    resolve: async ({ id, slug, clusterId }, _args, context) => ({
      ...(await audienceOf(context).load(slug)),
      id,
      clusterId,
    }),
  }),
)

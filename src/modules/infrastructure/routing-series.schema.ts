import type { GraphQLResolveInfo } from 'graphql'
import { Analytics } from '../../graphql/analytics.schema.ts'
import { builder, type GraphTypes } from '../../graphql/builder.ts'
import { tenantOf, type Context } from '../../graphql/context.ts'
import { asksClickHouseFor } from '../../graphql/limits/cost.ts'
import { byWindow, Series, seriesField, seriesFieldOf, seriesPoints } from '../../graphql/series.ts'
import type { Filter } from '../../platform/filter-tree.ts'
import { EdgeNode } from './edge-node.schema.ts'
import { RoutingFilter } from './routing-events.schema.ts'
import {
  OF_ALL,
  type RoutingBy,
  type RoutingCounts,
  type RoutingGroup,
  type RoutingSeries,
} from './routing-series.queries.ts'

const MAX_GROUPS = 1_000

/** A series, and what it was asked for: its parts are of the same. */
type AskedSeries = RoutingSeries & { readonly filter: Filter; readonly node?: string }

const everything: Filter = { all: [] }

const RoutingGroupBy = builder.enumType('RoutingGroupBy', {
  description: 'What routing decisions can be told apart by.',
  values: {
    NODE: { value: 'node', description: 'Edge node that was selected (empty for none).' },
    COUNTRY: { value: 'country', description: 'Country of the viewer (ZZ for unknown).' },
    STREAM: { value: 'stream', description: 'Stream, by its internal name.' },
    STATUS: { value: 'status', description: 'Status, as the router calls it.' },
  } as const satisfies Record<string, { value: RoutingBy; description: string }>,
})

/** What a bucket, a group and the whole all tell. */
const countFields = <T extends RoutingCounts>(t: PothosSchemaTypes.ObjectFieldBuilder<GraphTypes, T>) => ({
  decisions: t.field({
    type: 'BigInt',
    description: 'Number of decisions.',
    resolve: ({ decisions }) => decisions,
  }),
  succeeded: t.field({
    type: 'BigInt',
    description: 'Number of decisions that found a node.',
    resolve: ({ succeeded }) => succeeded,
  }),
  successRate: t.float({
    nullable: true,
    description: 'Decisions that found a node divided by all, 0 to 1; null where there was none.',
    resolve: ({ decisions, succeeded }) => (decisions > 0 ? succeeded / decisions : null),
  }),
  averageDistanceKm: t.float({
    nullable: true,
    description:
      'Mean distance between viewer and node, of the decisions that say it, in kilometres; null where none does.',
    resolve: ({ averageDistanceKm }) => averageDistanceKm,
  }),
  averageScore: t.float({
    nullable: true,
    description: "Mean score of the selected nodes, on the router's own scale; null where none has one.",
    resolve: ({ averageScore }) => averageScore,
  }),
})

const Point = builder.objectRef<RoutingCounts & { readonly time: Date }>('RoutingPoint').implement({
  description: 'One bucket of a series of routing decisions.',
  fields: (t) => ({
    time: t.expose('time', { type: 'DateTime', description: 'Start of the bucket.' }),
    ...countFields(t),
  }),
})
const Group = builder.objectRef<RoutingGroup>('RoutingGroup').implement({
  description: 'Routing decisions that have something in common.',
  fields: (t) => ({
    key: t.exposeString('key', { description: 'What they have in common.' }),
    ...countFields(t),
  }),
})

const groupsOf = async (
  { node, filter, from, to, stepMs, zone }: AskedSeries,
  by: RoutingBy,
  context: Context,
  info: GraphQLResolveInfo,
) => {
  const ask = { filter, range: { from, to }, stepMs, zone, by, first: MAX_GROUPS }
  const load = (keys?: readonly string[]) =>
    context.modules.routing.queries.groups(tenantOf(context), { ...ask, keys }, context)
  if (node === undefined) return (await load()).get(OF_ALL) ?? []
  const { parentType, fieldName } = info
  return byWindow(context, { parentType, fieldName: `${fieldName}:${by}` }, ask, load).load(node)
}

const RoutingSeriesRef = builder.objectRef<AskedSeries>('RoutingSeries').implement({
  interfaces: [Series],
  description: 'Decisions of routers over time.',
  fields: (t) => ({
    ...countFields(t),
    points: t.field({
      type: [Point],
      description: 'All buckets, oldest first.',
      extensions: seriesPoints,
      resolve: ({ points }) => [...points],
    }),
    groups: t.field({
      type: [Group],
      nullable: true,
      description: `The same by something that they have in common, most decisions first (at most ${MAX_GROUPS}).`,
      args: {
        by: t.arg({ type: RoutingGroupBy, required: true, description: 'What they have in common.' }),
      },
      extensions: asksClickHouseFor({ small: true, items: MAX_GROUPS }),
      resolve: async (series, { by }, context, info) => [...(await groupsOf(series, by, context, info))],
    }),
  }),
})

builder.prismaObjectField(EdgeNode, 'routing', (t) =>
  t.field({
    select: { slug: true },
    ...seriesFieldOf({
      type: RoutingSeriesRef,
      action: 'infrastructure:read',
      description: 'Decisions for the node over time.',
      key: ({ slug }: { slug: string }) => slug,
      load: async (keys, window, context) => {
        const { queries } = context.modules.routing
        const found = await queries.series(
          tenantOf(context),
          { filter: everything, keys, ...window },
          context,
        )
        return new Map(
          Array.from(found, ([node, series]) => [node, { ...series, filter: everything, node }] as const),
        )
      },
    }),
  }),
)

builder.objectField(Analytics, 'routing', (t) =>
  t.field(
    seriesField({
      type: RoutingSeriesRef,
      action: 'infrastructure:read',
      description: 'Decisions of routers over time.',
      args: builder.args((arg) => ({
        filter: arg.field({ type: RoutingFilter.type, description: 'Conditions on the decisions.' }),
      })),
      check: ({ filter }) => void RoutingFilter.parse(filter as object | undefined),
      load: async (window, context, args) => {
        const filter = RoutingFilter.parse(args.filter)
        const { queries } = context.modules.routing
        const found = await queries.series(tenantOf(context), { filter, ...window }, context)
        return { ...found.get(OF_ALL)!, filter }
      },
    }),
  ),
)

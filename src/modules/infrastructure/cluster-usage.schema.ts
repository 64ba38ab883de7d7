import { Analytics } from '../../graphql/analytics.schema.ts'
import { builder } from '../../graphql/builder.ts'
import { byKey, tenantOf, type Context } from '../../graphql/context.ts'
import { asksClickHouse, asksClickHouseFor } from '../../graphql/limits/cost.ts'
import { needs } from '../../graphql/needs.ts'
import { AppError } from '../../platform/errors.ts'
import { Cluster } from './cluster.schema.ts'
import {
  clusterLimits,
  NEAR,
  usageOf,
  usesOf,
  type ClusterLimitName,
  type ClusterUsage,
  type LimitUse,
} from './cluster-usage.rules.ts'

/** Nodes of all clusters of an answer. */
const MAX_NODES = 10_000
const MAX_CLUSTERS = 100

type Used = ClusterUsage & { readonly limits: readonly LimitUse[] }

const ClusterLimit = builder.enumType('ClusterLimit', {
  description: 'What a cluster has a limit of.',
  values: {
    VIEWERS: { description: 'Concurrent viewers.' },
    STREAMS: { description: 'Streams that it carries to viewers.' },
    BANDWIDTH: { description: 'Bandwidth to viewers.' },
  } as const satisfies Record<ClusterLimitName, { description: string }>,
})

const ClusterLimitUse = builder.objectRef<LimitUse>('ClusterLimitUse').implement({
  description: 'How much of a limit a cluster uses.',
  fields: (t) => ({
    limit: t.expose('limit', { type: ClusterLimit, description: 'The limit.' }),
    used: t.exposeFloat('used', { description: 'What is in use now: a number, or megabits a second.' }),
    most: t.exposeFloat('most', { description: 'The limit itself, in the same unit.' }),
    share: t.exposeFloat('share', {
      description: 'Part of it that is in use; above 1 where it is exceeded.',
    }),
  }),
})

const ClusterUsageRef = builder.objectRef<Used>('ClusterUsage').implement({
  description: 'What the nodes of a cluster carry now, together.',
  fields: (t) => ({
    viewers: t.expose('viewers', { type: 'BigInt', description: 'Number of viewers now.' }),
    streams: t.exposeInt('streams', {
      description: 'Number of streams that are carried to viewers now; one on two nodes counts once.',
    }),
    bandwidthMbps: t.exposeFloat('bandwidthMbps', {
      nullable: true,
      description:
        'Video given out, in megabits a second, by the newest samples of the last 60 seconds; null where no node says any.',
    }),
    limits: t.field({
      type: [ClusterLimitUse],
      description: 'The limits that the cluster has, and how much of each is in use; most used first.',
      extensions: { cost: { small: true, items: clusterLimits.length } },
      resolve: ({ limits }) => [...limits],
    }),
  }),
})

/** What the clusters of an answer use: their nodes by one statement, and what these carry by one question each. */
const usedOf = (context: Context) =>
  byKey(context, 'clusterUsage', async (ids) => {
    const { clusters, edgeNodes, nodeLoad, viewers } = context.modules
    const tenant = tenantOf(context)
    const within = { in: [...ids] }
    const [rows, nodes] = await Promise.all([
      clusters.reads.page(tenant, { where: { id: within }, take: ids.length }),
      edgeNodes.reads.page(tenant, { where: { clusterId: within }, take: MAX_NODES + 1 }),
    ])
    if (nodes.length > MAX_NODES)
      throw new AppError(
        'LIMIT_EXCEEDED',
        `These clusters have more than ${MAX_NODES} edge nodes together. Ask for fewer of them at once.`,
      )
    const byCluster = Map.groupBy(nodes, ({ clusterId }) => clusterId)
    const slugs = new Map(rows.map(({ id }) => [id, (byCluster.get(id) ?? []).map(({ slug }) => slug)]))
    const [carried, loads] = await Promise.all([
      viewers.queries.viewersOnClusters(tenant, slugs, context),
      nodeLoad.queries.currentLoad(
        tenant,
        nodes.map(({ slug }) => slug),
        context,
      ),
    ])
    return new Map(
      rows.map((row): [string, Used] => {
        const own = slugs.get(row.id)!
        const usage = usageOf(
          carried.get(row.id)!,
          own.map((slug) => loads.get(slug)?.bandwidthOutBps ?? null),
        )
        return [row.id, { ...usage, limits: usesOf(row, usage) }]
      }),
    )
  })

builder.prismaObjectField(Cluster, 'usage', (t) =>
  t.field({
    type: ClusterUsageRef,
    nullable: true,
    description: `What its nodes carry now, and how much of its limits that is. ${needs('analytics:read')}`,
    extensions: asksClickHouse,
    authScopes: { action: 'analytics:read' },
    select: { id: true },
    resolve: ({ id }, _args, context) => usedOf(context).load(id),
  }),
)

builder.objectField(Analytics, 'clustersNearLimits', (t) =>
  t.prismaField({
    type: [Cluster],
    nullable: true,
    description: `Clusters that use ${NEAR * 100} % of one of their limits or more, fullest first (of the first ${MAX_CLUSTERS} with a limit, by slug). ${needs('analytics:read')}`,
    extensions: asksClickHouseFor({ items: MAX_CLUSTERS }),
    authScopes: { action: 'analytics:read' },
    resolve: async (query, _parent, _args, context) => {
      const limited = [
        { maxViewers: { not: null } },
        { maxStreams: { not: null } },
        { maxBandwidthMbps: { not: null } },
      ]
      const rows = await context.modules.clusters.reads.page(tenantOf(context), {
        ...query,
        where: { OR: limited },
        orderBy: { slug: 'asc' },
        take: MAX_CLUSTERS,
      })
      const used = await Promise.all(
        rows.map(async (row) => ({ row, share: (await usedOf(context).load(row.id)).limits[0]?.share ?? 0 })),
      )
      return used
        .filter(({ share }) => share >= NEAR)
        .toSorted((a, b) => b.share - a.share)
        .map(({ row }) => row)
    },
  }),
)

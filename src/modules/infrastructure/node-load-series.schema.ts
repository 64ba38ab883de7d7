import { Analytics } from '../../graphql/analytics.schema.ts'
import { builder, type GraphTypes } from '../../graphql/builder.ts'
import { tenantOf } from '../../graphql/context.ts'
import { Series, seriesField, seriesFieldOf, seriesPoints } from '../../graphql/series.ts'
import { Cluster } from './cluster.schema.ts'
import { EdgeNode } from './edge-node.schema.ts'
import type { NodeLoadSeries } from './node-load-series.queries.ts'
import type { NodeLoadValues } from './node-load-values.ts'

/** What a bucket and the whole window tell alike. */
const valueFields = <T extends NodeLoadValues>(t: PothosSchemaTypes.ObjectFieldBuilder<GraphTypes, T>) => {
  const builderOf = t as unknown as PothosSchemaTypes.ObjectFieldBuilder<GraphTypes, NodeLoadValues>
  const measured = (name: Exclude<keyof NodeLoadValues, 'samples' | 'nodes'>, description: string) =>
    builderOf.exposeFloat(name, {
      nullable: true,
      description: `${description}; null where nothing was measured.`,
    })
  const counted = (name: 'samples' | 'nodes', description: string) =>
    builderOf.expose(name, { type: 'BigInt', description })
  const most = 'highest of one sample, hence of one node'
  const added = 'of each node its mean, added up over the nodes'
  return {
    samples: counted('samples', 'Number of samples.'),
    nodes: counted('nodes', 'Number of nodes that sent a sample.'),
    cpuPercent: measured('cpuPercent', 'Load of the processors, 0 to 100: mean over the samples'),
    maxCpuPercent: measured('maxCpuPercent', `Load of the processors: ${most}`),
    memoryPercent: measured('memoryPercent', 'Memory in use, 0 to 100: mean over the samples'),
    maxMemoryPercent: measured('maxMemoryPercent', `Memory in use: ${most}`),
    diskPercent: measured('diskPercent', 'How full disks are, 0 to 100: mean over the samples'),
    maxDiskPercent: measured('maxDiskPercent', `How full disks are: ${most}`),
    bandwidthInBps: measured('bandwidthInBps', `Video taken in, in bits a second: ${added}`),
    maxBandwidthInBps: measured('maxBandwidthInBps', `Video taken in: ${most}`),
    bandwidthOutBps: measured('bandwidthOutBps', `Video given out, in bits a second: ${added}`),
    maxBandwidthOutBps: measured('maxBandwidthOutBps', `Video given out: ${most}`),
    connections: measured('connections', `Viewers that are connected: ${added}`),
    maxConnections: measured('maxConnections', `Viewers that are connected: ${most}`),
    streams: measured('streams', `Streams: ${added}`),
    maxStreams: measured('maxStreams', `Streams: ${most}`),
    healthScore: measured('healthScore', 'Health score, 0 to 100: mean over the samples'),
    minHealthScore: measured('minHealthScore', 'Lowest health score'),
  }
}

const Point = builder.objectRef<NodeLoadSeries['points'][number]>('NodeLoadPoint').implement({
  description: 'One bucket of a series of load.',
  fields: (t) => ({
    time: t.expose('time', { type: 'DateTime', description: 'Start of the bucket.' }),
    ...valueFields(t),
  }),
})

const NodeLoadSeriesRef = builder.objectRef<NodeLoadSeries>('NodeLoadSeries').implement({
  interfaces: [Series],
  description: 'How much edge nodes did over time, one or many together.',
  fields: (t) => ({
    ...valueFields(t),
    points: t.field({
      type: [Point],
      description: 'All buckets, oldest first.',
      extensions: seriesPoints,
      resolve: ({ points }) => [...points],
    }),
  }),
})

builder.prismaObjectField(EdgeNode, 'load', (t) =>
  t.field({
    select: { slug: true },
    ...seriesFieldOf({
      type: NodeLoadSeriesRef,
      action: 'analytics:read',
      description: 'What the node did over time.',
      key: (node: { slug: string }) => node.slug,
      load: (slugs, window, context) =>
        context.modules.nodeLoad.queries.loadSeries(
          tenantOf(context),
          { nodes: new Map(slugs.map((slug) => [slug, [slug]])), ...window },
          context,
        ),
    }),
  }),
)

builder.prismaObjectField(Cluster, 'load', (t) =>
  t.field({
    select: { id: true },
    ...seriesFieldOf({
      type: NodeLoadSeriesRef,
      action: 'analytics:read',
      description: 'What the nodes that the cluster has now did over time, together.',
      key: (cluster: { id: string }) => cluster.id,
      load: (ids, window, context) =>
        context.modules.nodeLoad.queries.clusterLoad(tenantOf(context), ids, window, context),
    }),
  }),
)

builder.objectField(Analytics, 'nodeLoad', (t) =>
  t.field(
    seriesField({
      type: NodeLoadSeriesRef,
      action: 'analytics:read',
      description:
        'What all that sends samples did over time, together, whether or not there are such nodes; or what samples call by one name.',
      args: builder.args((arg) => ({
        nodeName: arg.string({ description: 'Slug of a node, as the samples give it (default: all).' }),
      })),
      load: async (window, context, { nodeName }) => {
        const { queries } = context.modules.nodeLoad
        if (nodeName === null || nodeName === undefined)
          return queries.tenantLoad(tenantOf(context), window, context)
        const nodes = new Map([[nodeName, [nodeName]]])
        return (await queries.loadSeries(tenantOf(context), { nodes, ...window }, context)).get(nodeName)!
      },
    }),
  ),
)

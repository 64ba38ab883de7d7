import DataLoader from 'dataloader'
import { builder } from '../../graphql/builder.ts'
import { loaderOf, tenantOf } from '../../graphql/context.ts'
import { rowNamed } from '../../graphql/edge.ts'
import { asksClickHouse, asksClickHouseForText } from '../../graphql/limits/cost.ts'
import { needs } from '../../graphql/needs.ts'
import { sampleDocument } from '../../graphql/sample-document.ts'
import { EdgeNode } from './edge-node.schema.ts'
import type { NodeSample } from './node-sample.ts'
import { charactersOf } from '../../ingest/dataset.ts'
import { nodeSamples } from './node-samples.dataset.ts'

type Measure = Exclude<
  { [K in keyof NodeSample]: NodeSample[K] extends number | null ? K : never }[keyof NodeSample],
  'timeMs'
>

export const NodeSampleRef = builder.objectRef<NodeSample>('NodeSample').implement({
  description: 'How much an edge node did, at an instant, and how well it was.',
  fields: (t) => {
    const number = (name: Measure, description: string) =>
      t.exposeFloat(name, { nullable: true, description: `${description}; null where it was not measured.` })
    const whole = (name: Measure, description: string) =>
      t.field({
        type: 'BigInt',
        nullable: true,
        description: `${description}; null where it was not measured.`,
        resolve: ({ [name]: value }) => value,
      })
    return {
      eventId: t.exposeString('eventId', {
        description: 'Id of the sample (a UUID): the same sample sent twice counts once.',
      }),
      time: t.field({
        type: 'DateTime',
        description: 'Time of the sample.',
        resolve: ({ timeMs }) => new Date(timeMs),
      }),
      nodeName: t.exposeString('nodeId', {
        description: 'Edge node, by its slug, whether or not there is such a node.',
      }),
      edgeNode: t.field({
        type: EdgeNode,
        nullable: true,
        description: 'The edge node; null when none of the tenant has this slug.',
        resolve: ({ nodeId }, _args, context, info) =>
          rowNamed(context, info, context.modules.edgeNodes.reads, 'slug', nodeId),
      }),
      cpuPercent: number('cpuPercent', 'Load of its processors, 0 to 100'),
      memoryPercent: number('memoryPercent', 'Memory in use, 0 to 100'),
      diskPercent: number('diskPercent', 'How full its fullest disk is, 0 to 100'),
      ramMaxBytes: whole('ramMaxBytes', 'Size of its memory, in bytes'),
      ramCurrentBytes: whole('ramCurrentBytes', 'Memory in use, in bytes'),
      bandwidthInBps: whole('bandwidthInBps', 'Video that it takes in, in bits a second'),
      bandwidthOutBps: whole('bandwidthOutBps', 'Video that it gives out, in bits a second'),
      upSpeedBps: whole('upSpeedBps', 'What its network sends in all, in bits a second'),
      downSpeedBps: whole('downSpeedBps', 'What its network receives in all, in bits a second'),
      connections: number('connections', 'Number of viewers that are connected'),
      streams: number('streams', 'Number of streams that it has'),
      healthScore: number('healthScore', 'Health score, 0 to 100'),
      isHealthy: t.exposeBoolean('isHealthy', {
        nullable: true,
        description: 'Whether it calls itself healthy; null where it does not say.',
      }),
      latitude: number('latitude', 'Latitude to a tenth, in degrees'),
      longitude: number('longitude', 'Longitude to a tenth, in degrees'),
      tags: t.exposeStringList('tags', {
        description: 'Tags.',
        extensions: { cost: { small: true, items: 32 } },
      }),
      metadata: t.field({
        type: 'JSON',
        nullable: true,
        description: 'What the node says besides, as it was sent; empty for nothing.',
        extensions: asksClickHouseForText(charactersOf(nodeSamples, 'metadata')),
        resolve: ({ eventId, timeMs, nodeId }, _args, context) =>
          sampleDocument(context, 'sampleMetadata', context.modules.nodeLoad.queries.sampleMetadata, {
            eventId,
            timeMs,
            of: nodeId,
          }),
      }),
    }
  },
})

builder.prismaObjectField(EdgeNode, 'currentLoad', (t) =>
  t.field({
    type: NodeSampleRef,
    nullable: true,
    description: `Newest sample of the node of the last 60 seconds; null without one. ${needs('analytics:read')}`,
    extensions: asksClickHouse,
    authScopes: { action: 'analytics:read' },
    select: { slug: true },
    resolve: ({ slug }, _args, context) =>
      loaderOf(
        context,
        'currentLoad',
        () =>
          new DataLoader<string, NodeSample | null>(async (names) => {
            const { queries } = context.modules.nodeLoad
            const found = await queries.currentLoad(tenantOf(context), names, context)
            return names.map((name) => found.get(name) ?? null)
          }),
      ).load(slug),
  }),
)

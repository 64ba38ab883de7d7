import { Analytics } from '../../graphql/analytics.schema.ts'
import { builder, type GraphTypes } from '../../graphql/builder.ts'
import { tenantOf, type Context } from '../../graphql/context.ts'
import { Series, seriesField, seriesFieldOf, seriesPoints } from '../../graphql/series.ts'
import type { Window } from '../../platform/buckets.ts'
import type { StreamHealthPoint, StreamHealthSeries } from './stream-health-series.queries.ts'
import type { StreamHealthValues } from './stream-health-values.ts'
import { Stream } from './stream.schema.ts'

/** What a bucket and the whole window tell alike. */
const valueFields = <T extends StreamHealthValues>(
  t: PothosSchemaTypes.ObjectFieldBuilder<GraphTypes, T>,
) => {
  const builderOf = t as unknown as PothosSchemaTypes.ObjectFieldBuilder<GraphTypes, StreamHealthValues>
  const measured = (
    name: Exclude<keyof StreamHealthValues, 'samples' | 'samplesWithIssues'>,
    description: string,
  ) =>
    builderOf.exposeFloat(name, {
      nullable: true,
      description: `${description}; null where nothing was measured.`,
    })
  return {
    samples: builderOf.expose('samples', { type: 'BigInt', description: 'Number of samples.' }),
    healthScore: measured('healthScore', 'Mean health score, 0 to 100'),
    minHealthScore: measured('minHealthScore', 'Lowest health score'),
    maxHealthScore: measured('maxHealthScore', 'Highest health score'),
    bitrateKbps: measured('bitrateKbps', 'Mean bitrate, in kilobits a second'),
    fps: measured('fps', 'Mean number of frames a second'),
    frameJitterMs: measured('frameJitterMs', 'Mean jitter of the frames, in milliseconds'),
    keyframeStabilityMs: measured(
      'keyframeStabilityMs',
      'Mean deviation of the time between keyframes, in milliseconds',
    ),
    packetLoss: measured('packetLoss', 'Lost packets as a part of those that were sent, 0 to 1'),
    rebuffering: measured(
      'rebuffering',
      'Samples with a dry buffer as a part of those that name its state, 0 to 1',
    ),
    samplesWithIssues: builderOf.expose('samplesWithIssues', {
      type: 'BigInt',
      description: 'Number of samples that name an issue.',
    }),
  }
}

const Point = builder.objectRef<StreamHealthPoint>('StreamHealthPoint').implement({
  description: 'One bucket of a series of stream health.',
  fields: (t) => ({
    time: t.expose('time', { type: 'DateTime', description: 'Start of the bucket.' }),
    ...valueFields(t),
  }),
})

const StreamHealthSeriesRef = builder.objectRef<StreamHealthSeries>('StreamHealthSeries').implement({
  interfaces: [Series],
  description:
    'Health of a stream over time. Each mean is over the samples that have the value, of all its edge nodes.',
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

const seriesOf = (internalNames: readonly string[], window: Window, context: Context) =>
  context.modules.streamHealth.queries.healthSeries(tenantOf(context), { internalNames, ...window }, context)

builder.prismaObjectField(Stream, 'health', (t) =>
  t.field({
    select: { internalName: true },
    ...seriesFieldOf({
      type: StreamHealthSeriesRef,
      action: 'analytics:read',
      description: 'Health of the stream over time.',
      key: (stream: { internalName: string }) => stream.internalName,
      load: seriesOf,
    }),
  }),
)

builder.objectField(Analytics, 'streamHealth', (t) =>
  t.field(
    seriesField({
      type: StreamHealthSeriesRef,
      action: 'analytics:read',
      description:
        'Health over time of what samples call by one name, whether or not there is such a stream.',
      args: builder.args((arg) => ({
        internalName: arg.string({ required: true, description: 'Internal name, as the samples give it.' }),
      })),
      load: async (window, context, { internalName }) =>
        (await seriesOf([internalName], window, context)).get(internalName)!,
    }),
  ),
)

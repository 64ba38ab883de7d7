import DataLoader from 'dataloader'
import { builder } from '../../graphql/builder.ts'
import { loaderOf, tenantOf } from '../../graphql/context.ts'
import { rowNamed } from '../../graphql/edge.ts'
import { asksClickHouse, longText, asksClickHouseForText } from '../../graphql/limits/cost.ts'
import { needs } from '../../graphql/needs.ts'
import { sampleDocument } from '../../graphql/sample-document.ts'
import { EdgeNode } from '../infrastructure/edge-node.schema.ts'
import type { BufferState } from './stream-health.dataset.ts'
import type { StreamHealthSample } from './stream-health-sample.ts'
import { Stream } from './stream.schema.ts'
import { charactersOf } from '../../ingest/dataset.ts'
import { streamHealthSamples } from './stream-health.dataset.ts'

export const BufferStateEnum = builder.enumType('BufferState', {
  description: "State of a stream's buffer, as the media server tells it.",
  values: {
    FULL: { description: 'Filled: the stream plays.' },
    EMPTY: { description: 'Nothing in it: the stream has not begun or is over.' },
    DRY: { description: 'Run out: viewers wait.' },
    RECOVER: { description: 'Filling again after it ran out.' },
  } as const satisfies Record<BufferState, { description: string }>,
})

type Measure = Exclude<
  {
    [K in keyof StreamHealthSample]: StreamHealthSample[K] extends number | null ? K : never
  }[keyof StreamHealthSample],
  'timeMs'
>

export const StreamHealthSampleRef = builder.objectRef<StreamHealthSample>('StreamHealthSample').implement({
  description: 'How well a stream came in on an edge node, at an instant.',
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
    const text = (name: 'codec' | 'profile' | 'audioCodec', description: string) =>
      t.exposeString(name, { description: `${description}; empty for unknown.` })
    return {
      eventId: t.exposeString('eventId', {
        description: 'Id of the sample (a UUID): the same sample sent twice counts once.',
      }),
      time: t.field({
        type: 'DateTime',
        description: 'Time of the sample.',
        resolve: ({ timeMs }) => new Date(timeMs),
      }),
      internalName: t.exposeString('internalName', {
        description: 'Internal name of the stream, whether or not there is such a stream.',
      }),
      nodeName: t.exposeString('nodeId', {
        description: 'Edge node, as the sample names it; empty for none.',
      }),
      edgeNode: t.field({
        type: EdgeNode,
        nullable: true,
        description: 'The edge node; null when none of the tenant has this slug.',
        resolve: ({ nodeId }, _args, context, info) =>
          rowNamed(context, info, context.modules.edgeNodes.reads, 'slug', nodeId),
      }),
      healthScore: number('healthScore', 'Health score, 0 to 100'),
      bitrateKbps: number('bitrateKbps', 'Bitrate, in kilobits a second'),
      fps: number('fps', 'Number of frames a second'),
      gopSize: number('gopSize', 'Number of frames from one keyframe to the next'),
      width: number('width', 'Width of the picture, in pixels'),
      height: number('height', 'Height of the picture, in pixels'),
      bufferState: t.field({
        type: BufferStateEnum,
        nullable: true,
        description: 'State of the buffer; null where it is unknown.',
        resolve: ({ bufferState }) => (bufferState === '' ? null : (bufferState as BufferState)),
      }),
      bufferSizeMs: number('bufferSizeMs', 'Size of the buffer, in milliseconds'),
      bufferUsedMs: number('bufferUsedMs', 'What the buffer holds, in milliseconds'),
      packetsSent: whole('packetsSent', 'Number of packets sent since the sample before'),
      packetsLost: whole('packetsLost', 'Number of packets lost since the sample before'),
      packetsRetransmitted: whole(
        'packetsRetransmitted',
        'Number of packets sent again since the sample before',
      ),
      frameJitterMs: number('frameJitterMs', 'Jitter of the frames, in milliseconds'),
      keyframeStabilityMs: number(
        'keyframeStabilityMs',
        'Deviation of the time between keyframes, in milliseconds',
      ),
      issues: t.exposeString('issues', {
        description: 'Issues in words; empty for none.',
        extensions: longText(charactersOf(streamHealthSamples, 'issues')),
      }),
      codec: text('codec', 'Codec of the picture'),
      profile: text('profile', 'Profile of the codec'),
      audioCodec: text('audioCodec', 'Codec of the sound'),
      audioChannels: number('audioChannels', 'Number of channels of the sound'),
      audioSampleRate: number('audioSampleRate', 'Sample rate of the sound, in hertz'),
      audioBitrateKbps: number('audioBitrateKbps', 'Bitrate of the sound, in kilobits a second'),
      trackMetadata: t.field({
        type: 'JSON',
        nullable: true,
        description: 'What the media server says of the tracks besides; empty for nothing.',
        extensions: asksClickHouseForText(charactersOf(streamHealthSamples, 'track_metadata')),
        resolve: ({ eventId, timeMs, internalName }, _args, context) =>
          sampleDocument(context, 'trackMetadata', context.modules.streamHealth.queries.trackMetadata, {
            eventId,
            timeMs,
            of: internalName,
          }),
      }),
    }
  },
})

builder.prismaObjectField(Stream, 'currentHealth', (t) =>
  t.field({
    type: StreamHealthSampleRef,
    nullable: true,
    description: `Newest sample of the health of the last 60 seconds; null without one. ${needs('analytics:read')}`,
    extensions: asksClickHouse,
    authScopes: { action: 'analytics:read' },
    select: { internalName: true },
    resolve: ({ internalName }, _args, context) =>
      loaderOf(
        context,
        'currentHealth',
        () =>
          new DataLoader<string, StreamHealthSample | null>(async (names) => {
            const { queries } = context.modules.streamHealth
            const found = await queries.currentHealth(tenantOf(context), names, context)
            return names.map((name) => found.get(name) ?? null)
          }),
      ).load(internalName),
  }),
)

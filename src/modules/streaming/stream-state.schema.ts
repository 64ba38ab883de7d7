import { builder } from '../../graphql/builder.ts'
import { tenantOf } from '../../graphql/context.ts'
import { rowNamed } from '../../graphql/edge.ts'
import { needs } from '../../graphql/needs.ts'
import { parseJson } from '../../platform/json.ts'
import { EdgeNode } from '../infrastructure/edge-node.schema.ts'
import { BufferStateEnum } from './stream-health-sample.schema.ts'
import type { BufferState } from './stream-health.dataset.ts'
import { nodeNameOf } from './stream-state.rules.ts'
import { Stream } from './stream.schema.ts'
import { longText } from '../../graphql/limits/cost.ts'
import { charactersOf } from '../../ingest/dataset.ts'
import { streamHealthSamples } from './stream-health.dataset.ts'
import { trackListEvents } from './track-lists.dataset.ts'

const ofNode = {
  healthAt: true,
  healthEventId: true,
  healthNode: true,
  tracksAt: true,
  tracksEventId: true,
  tracksNode: true,
} as const

export const StreamState = builder.prismaNode('StreamState', {
  nullable: true,
  id: { resolve: ({ streamId }) => streamId, description: 'Global id.' },
  description:
    'What the newest facts say of a stream. Health is that of one sample, tracks those of one list: what it left out is null, whatever was known before.',
  authScopes: { action: 'analytics:read' },
  findUnique: (id, context) => ({
    tenantId_streamId: { tenantId: tenantOf(context), streamId: id },
    stream: { deletedAt: null },
  }),
  fields: (t) => ({
    lastSeenAt: t.expose('lastSeenAt', { type: 'DateTime', description: 'Time of the latest fact.' }),
    nodeName: t.string({
      description: 'Edge node of the newest sample or track list, as it names it; empty for none.',
      select: ofNode,
      resolve: nodeNameOf,
    }),
    edgeNode: t.field({
      type: EdgeNode,
      nullable: true,
      description: 'The edge node; null when none of the tenant has this slug.',
      select: ofNode,
      resolve: (state, _args, context, info) =>
        rowNamed(context, info, context.modules.edgeNodes.reads, 'slug', nodeNameOf(state)),
    }),
    healthAt: t.expose('healthAt', {
      type: 'DateTime',
      nullable: true,
      description: 'Time of the newest sample of health; null before the first.',
    }),
    healthScore: t.exposeFloat('healthScore', {
      nullable: true,
      description: 'Health score, 0 to 100; null where it was not measured.',
    }),
    bitrateKbps: t.exposeInt('bitrateKbps', {
      nullable: true,
      description: 'Bitrate, in kilobits a second; null where it was not measured.',
    }),
    width: t.exposeInt('width', {
      nullable: true,
      description: 'Width of the picture, in pixels; null where it was not measured.',
    }),
    height: t.exposeInt('height', {
      nullable: true,
      description: 'Height of the picture, in pixels; null where it was not measured.',
    }),
    codec: t.exposeString('codec', { description: 'Codec of the picture; empty for unknown.' }),
    fps: t.exposeFloat('fps', {
      nullable: true,
      description: 'Number of frames a second; null where it was not measured.',
    }),
    packetsSent: t.expose('packetsSent', {
      type: 'BigInt',
      nullable: true,
      description: 'Number of packets sent since the sample before; null where it was not measured.',
    }),
    packetsLost: t.expose('packetsLost', {
      type: 'BigInt',
      nullable: true,
      description: 'Number of packets lost since the sample before; null where it was not measured.',
    }),
    packetsRetransmitted: t.expose('packetsRetransmitted', {
      type: 'BigInt',
      nullable: true,
      description: 'Number of packets sent again since the sample before; null where it was not measured.',
    }),
    bufferState: t.field({
      type: BufferStateEnum,
      nullable: true,
      description: 'State of the buffer; null where it is unknown.',
      select: { bufferState: true },
      resolve: ({ bufferState }) => (bufferState === '' ? null : (bufferState as BufferState)),
    }),
    issues: t.exposeString('issues', {
      description: 'Issues in words; empty for none.',
      extensions: longText(charactersOf(streamHealthSamples, 'issues')),
    }),
    tracksAt: t.expose('tracksAt', {
      type: 'DateTime',
      nullable: true,
      description: 'Time of the newest track list; null before the first.',
    }),
    trackCount: t.exposeInt('trackCount', {
      nullable: true,
      description: 'Number of tracks; null where it was not measured.',
    }),
    tracks: t.field({
      type: 'JSON',
      extensions: longText(charactersOf(trackListEvents, 'track_list')),
      description: 'The tracks by their names, as the media server tells them.',
      select: { tracks: true },
      resolve: ({ tracks }) => parseJson(tracks)?.value as object,
    }),
    qualityTier: t.exposeString('qualityTier', {
      description: 'Quality tier, as the media server calls it; empty for unknown.',
    }),
  }),
})

builder.prismaObjectField(Stream, 'state', (t) =>
  t.relation('state', {
    type: StreamState,
    nullable: true,
    description: `What the newest facts say of the stream; null before the first. ${needs('analytics:read')}`,
    authScopes: { action: 'analytics:read' },
  }),
)

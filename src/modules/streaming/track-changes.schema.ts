import { builder } from '../../graphql/builder.ts'
import { tenantOf } from '../../graphql/context.ts'
import { asksClickHouseFor } from '../../graphql/limits/cost.ts'
import { needs } from '../../graphql/needs.ts'
import { MAX_CHANGES } from './changes.queries.ts'
import { checkRange, nodeOfFacts, ofWindow, rangeArgs } from './stream-window.schema.ts'
import { Stream } from './stream.schema.ts'
import type { TrackChange, TrackQuality } from './track-changes.queries.ts'

const QualityRef = builder.objectRef<TrackQuality>('StreamTrackQuality').implement({
  description: 'What a track list says of the quality of a stream.',
  fields: (t) => ({
    width: t.exposeInt('width', {
      nullable: true,
      description: 'Width of the picture in pixels; null for unknown.',
    }),
    height: t.exposeInt('height', {
      nullable: true,
      description: 'Height of the picture in pixels; null for unknown.',
    }),
    codec: t.exposeString('codec', { description: 'Codec of the picture; empty for unknown.' }),
    trackCount: t.exposeInt('trackCount', {
      nullable: true,
      description: 'Number of tracks; null for unknown.',
    }),
    qualityTier: t.exposeString('qualityTier', {
      description: 'Quality tier, as the media server calls it; empty for unknown.',
    }),
  }),
})

const Change = builder.objectRef<TrackChange>('StreamTrackChange').implement({
  description: 'A change from one track list of a stream to the next on an edge node.',
  fields: (t) => ({
    nodeName: t.exposeString('nodeId', { description: nodeOfFacts }),
    time: t.expose('time', { type: 'DateTime', description: 'First list with the new values.' }),
    before: t.field({
      type: QualityRef,
      description: 'What was until then.',
      resolve: ({ before }) => before,
    }),
    after: t.field({
      type: QualityRef,
      description: 'What is from then on. What a list does not say is as it was.',
      resolve: ({ after }) => after,
    }),
  }),
})

builder.prismaObjectField(Stream, 'trackChanges', (t) =>
  t.field({
    type: [Change],
    nullable: true,
    description: `Changes of size, codec, number of tracks or quality tier from one track list to the next, newest first: the ${MAX_CHANGES} newest. ${needs('analytics:read')}`,
    extensions: { ...asksClickHouseFor({ items: MAX_CHANGES }), check: checkRange },
    authScopes: { action: 'analytics:read' },
    args: rangeArgs,
    select: { internalName: true },
    resolve: ({ internalName }, args, context, info) =>
      ofWindow(args, context, info, (of) =>
        context.modules.trackLists.queries.trackChanges(tenantOf(context), of, context),
      ).load(internalName),
  }),
)

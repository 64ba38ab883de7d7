import { builder } from '../../graphql/builder.ts'
import { tenantOf } from '../../graphql/context.ts'
import { asksClickHouseFor } from '../../graphql/limits/cost.ts'
import { needs } from '../../graphql/needs.ts'
import { MAX_CHANGES } from './changes.queries.ts'
import type { Quality, QualityChange } from './stream-quality.queries.ts'
import { checkRange, nodeOfFacts, ofWindow, rangeArgs } from './stream-window.schema.ts'
import { Stream } from './stream.schema.ts'

const QualityRef = builder.objectRef<Quality>('StreamQuality').implement({
  description: 'Size and codec of a picture.',
  fields: (t) => ({
    width: t.exposeInt('width', { nullable: true, description: 'Width in pixels; null for unknown.' }),
    height: t.exposeInt('height', { nullable: true, description: 'Height in pixels; null for unknown.' }),
    codec: t.exposeString('codec', { description: 'Codec; empty for unknown.' }),
  }),
})

const Change = builder.objectRef<QualityChange>('StreamQualityChange').implement({
  description: 'A change of the size or the codec of the picture of a stream on an edge node.',
  fields: (t) => ({
    nodeName: t.exposeString('nodeId', { description: nodeOfFacts }),
    time: t.expose('time', { type: 'DateTime', description: 'First sample with the new quality.' }),
    before: t.field({
      type: QualityRef,
      description: 'Quality until then.',
      resolve: ({ before }) => before,
    }),
    after: t.field({
      type: QualityRef,
      description: 'Quality from then on. What a sample does not say is as it was.',
      resolve: ({ after }) => after,
    }),
  }),
})

builder.prismaObjectField(Stream, 'qualityChanges', (t) =>
  t.field({
    type: [Change],
    nullable: true,
    description: `Changes of the size or the codec of the picture, newest first: the ${MAX_CHANGES} newest. ${needs('analytics:read')}`,
    extensions: { ...asksClickHouseFor({ items: MAX_CHANGES }), check: checkRange },
    authScopes: { action: 'analytics:read' },
    args: rangeArgs,
    select: { internalName: true },
    resolve: ({ internalName }, args, context, info) =>
      ofWindow(args, context, info, (of) =>
        context.modules.streamHealth.queries.qualityChanges(tenantOf(context), of, context),
      ).load(internalName),
  }),
)

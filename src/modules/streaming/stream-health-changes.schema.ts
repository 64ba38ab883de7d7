import { builder } from '../../graphql/builder.ts'
import { tenantOf } from '../../graphql/context.ts'
import { asksClickHouse } from '../../graphql/limits/cost.ts'
import { needs } from '../../graphql/needs.ts'
import { MAX_INTERVALS, type Buffering, type BufferInterval } from './stream-health-changes.queries.ts'
import { BufferStateEnum } from './stream-health-sample.schema.ts'
import { checkRange, nodeOfFacts, ofWindow, rangeArgs } from './stream-window.schema.ts'
import { Stream } from './stream.schema.ts'

const Interval = builder.objectRef<BufferInterval>('BufferInterval').implement({
  description: 'A time in which the buffer of a stream on an edge node was in one state.',
  fields: (t) => ({
    nodeName: t.exposeString('nodeId', { description: nodeOfFacts }),
    state: t.expose('state', { type: BufferStateEnum, description: 'State of the buffer.' }),
    from: t.expose('from', { type: 'DateTime', description: 'First sample of the window with the state.' }),
    to: t.expose('to', {
      type: 'DateTime',
      nullable: true,
      description: 'First sample with another state; null where the window has none, so that it may go on.',
    }),
    seconds: t.exposeFloat('seconds', {
      description: 'Length in seconds; without an end up to the last sample of the window.',
    }),
  }),
})

const BufferingRef = builder.objectRef<Buffering>('StreamBuffering').implement({
  description:
    'States of the buffers of a stream in a window. A state lasts until the next sample of the edge node with another one.',
  fields: (t) => ({
    rebufferings: t.expose('rebufferings', {
      type: 'BigInt',
      description: 'Number of times that a buffer ran dry, on all edge nodes.',
    }),
    rebufferingSeconds: t.exposeFloat('rebufferingSeconds', {
      description: 'Length of these times in seconds, added up over the edge nodes.',
    }),
    intervals: t.field({
      type: [Interval],
      description: `Times of one state, newest first: the ${MAX_INTERVALS} newest.`,
      extensions: { cost: { small: true, items: MAX_INTERVALS } },
      resolve: ({ intervals }) => [...intervals],
    }),
  }),
})

builder.prismaObjectField(Stream, 'rebuffering', (t) =>
  t.field({
    type: BufferingRef,
    nullable: true,
    description: `States of the stream's buffers, and how long they were dry. ${needs('analytics:read')}`,
    extensions: { ...asksClickHouse, check: checkRange },
    authScopes: { action: 'analytics:read' },
    args: rangeArgs,
    select: { internalName: true },
    resolve: ({ internalName }, args, context, info) =>
      ofWindow(args, context, info, (of) =>
        context.modules.streamHealth.queries.buffering(tenantOf(context), of, context),
      ).load(internalName),
  }),
)

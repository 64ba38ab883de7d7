import { builder } from '../../graphql/builder.ts'
import { tenantOf } from '../../graphql/context.ts'
import type { FieldCost } from '../../graphql/limits/cost.ts'
import { AppError } from '../../platform/errors.ts'
import { Stream } from '../streaming/stream.schema.ts'
import type { StreamViewers } from './live-viewers.count.ts'
import type { TenantViewers } from './live-viewers.tenant.ts'
import { countries, MAX_GROUPS, ViewerGroup } from './viewers.schema.ts'

// What is live is as long as the samples of a minute make it: this is what it is taken to have.
const groups = { cost: { small: true, items: MAX_GROUPS } } as const satisfies { cost: FieldCost }

const ViewerMetrics = builder.objectRef<StreamViewers>('ViewerMetrics').implement({
  description: 'Who watches a stream now.',
  fields: (t) => ({
    viewers: t.exposeInt('viewers', { description: 'How many.' }),
    byCountry: t.field({
      type: [ViewerGroup],
      description: 'By country, most first.',
      extensions: countries,
      resolve: (value) => [...value.byCountry],
    }),
    byEdgeNode: t.field({
      type: [ViewerGroup],
      description: 'By edge node, most first.',
      extensions: groups,
      resolve: (value) => [...value.byEdgeNode],
    }),
    byConnectionType: t.field({
      type: [ViewerGroup],
      description: 'By connection type, most first.',
      extensions: groups,
      resolve: (value) => [...value.byConnectionType],
    }),
    at: t.expose('at', { type: 'DateTime', description: 'When it was counted.' }),
  }),
})

const StreamAudience = builder.objectRef<TenantViewers['top'][number]>('StreamAudience').implement({
  description: 'A stream and its viewers now.',
  fields: (t) => ({
    internalName: t.exposeString('internalName', { description: 'The internal name of the stream.' }),
    viewers: t.exposeInt('viewers', { description: 'How many watch it.' }),
  }),
})

const TenantViewersRef = builder.objectRef<TenantViewers>('TenantViewers').implement({
  description: 'Who watches the streams of the tenant now.',
  fields: (t) => ({
    viewers: t.exposeInt('viewers', { description: 'How many.' }),
    streams: t.exposeInt('streams', { description: 'How many streams have viewers.' }),
    top: t.field({
      type: [StreamAudience],
      description: 'The ten streams with most viewers.',
      extensions: { cost: { items: 10 } },
      resolve: ({ top }) => [...top],
    }),
    at: t.expose('at', { type: 'DateTime', description: 'When it was counted.' }),
  }),
})

const maxPerSecond = builder.args((t) => ({
  maxPerSecond: t.float({
    description: 'At most so many values a second, 0.1 to 4; the newest wins. 4 unless given.',
  }),
}))
const rate = (value: number | null | undefined): number => {
  if (value == null) return 4
  if (value < 0.1 || value > 4) throw new AppError('BAD_REQUEST', 'maxPerSecond is a number from 0.1 to 4.')
  return value
}

builder.subscriptionField('viewerMetrics', (t) =>
  t.field({
    type: ViewerMetrics,
    description:
      'Who watches a stream: the current value, then the newest whenever it changes. Needs the scope read.',
    authScopes: { action: 'analytics:read' },
    args: {
      streamId: t.arg.globalID({ for: Stream, required: true, description: 'Which stream.' }),
      ...maxPerSecond,
    },
    subscribe: async (_root, args, context) => {
      const { streams, liveViewers } = context.modules
      const stream = await streams.reads.find(tenantOf(context), { id: args.streamId.id })
      if (!stream) throw new AppError('NOT_FOUND', 'There is no such stream.')
      return liveViewers.streamViewers(tenantOf(context), stream.internalName, {
        maxPerSecond: rate(args.maxPerSecond),
      })
    },
    resolve: (value) => value,
  }),
)

builder.subscriptionField('tenantViewers', (t) =>
  t.field({
    type: TenantViewersRef,
    description:
      'Who watches any stream of the tenant: the current value, then the newest whenever it changes. Needs the scope read.',
    authScopes: { action: 'analytics:read' },
    args: maxPerSecond,
    subscribe: (_root, args, context) =>
      context.modules.liveViewers.tenantViewers(tenantOf(context), { maxPerSecond: rate(args.maxPerSecond) }),
    resolve: (value) => value,
  }),
)

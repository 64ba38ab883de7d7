import { builder } from '../../graphql/builder.ts'
import { tenantOf } from '../../graphql/context.ts'
import { rowNamed } from '../../graphql/edge.ts'
import type { FieldCost } from '../../graphql/limits/cost.ts'
import { stateField } from '../../graphql/live.ts'
import { AppError } from '../../platform/errors.ts'
import { EdgeNode } from '../infrastructure/edge-node.schema.ts'
import { Stream } from '../streaming/stream.schema.ts'
import type { StreamViewers, TenantViewers, ViewersPart } from './live-viewers.count.ts'
import { MAX_COUNTRIES } from './viewer-groups.schema.ts'

// What is live is as long as the samples of a minute make it: this is what it is taken to have.
const parts = { cost: { small: true, items: 1_000 } } as const satisfies { cost: FieldCost }
const now = { type: 'BigInt', description: 'Number of viewers now.' } as const

const CountryAudience = builder.objectRef<ViewersPart>('CountryAudience').implement({
  description: 'A country and its viewers now.',
  fields: (t) => ({
    countryCode: t.exposeString('key', { description: 'ISO 3166-1 alpha-2; ZZ for unknown.' }),
    viewers: t.expose('viewers', now),
  }),
})

const ConnectionTypeAudience = builder.objectRef<ViewersPart>('ConnectionTypeAudience').implement({
  description: 'A connection type and its viewers now.',
  fields: (t) => ({
    connectionType: t.exposeString('key', { description: 'Connection type, such as hls or webrtc.' }),
    viewers: t.expose('viewers', now),
  }),
})

const EdgeNodeAudience = builder.objectRef<ViewersPart>('EdgeNodeAudience').implement({
  description: 'An edge node and its viewers now.',
  fields: (t) => ({
    slug: t.exposeString('key', { description: 'Slug of the edge node, as the samples name it.' }),
    edgeNode: t.field({
      type: EdgeNode,
      nullable: true,
      description: 'The edge node; null when none of the tenant has this slug.',
      resolve: ({ key }, _args, context, info) =>
        rowNamed(context, info, context.modules.edgeNodes.reads, 'slug', key),
    }),
    viewers: t.expose('viewers', now),
  }),
})

const StreamViewersRef = builder.objectRef<StreamViewers>('StreamViewers').implement({
  description: 'Viewers of a stream now.',
  fields: (t) => ({
    viewers: t.expose('viewers', now),
    byCountry: t.field({
      type: [CountryAudience],
      description: 'Viewers by country, most first.',
      extensions: { cost: { small: true, items: MAX_COUNTRIES } },
      resolve: ({ byCountry }) => [...byCountry],
    }),
    byEdgeNode: t.field({
      type: [EdgeNodeAudience],
      description: 'Viewers by edge node, most first.',
      extensions: parts,
      resolve: ({ byEdgeNode }) => [...byEdgeNode],
    }),
    byConnectionType: t.field({
      type: [ConnectionTypeAudience],
      description: 'Viewers by connection type, most first.',
      extensions: parts,
      resolve: ({ byConnectionType }) => [...byConnectionType],
    }),
    at: t.expose('at', { type: 'DateTime', description: 'Time of the count.' }),
  }),
})

const StreamAudience = builder.objectRef<TenantViewers['top'][number]>('StreamAudience').implement({
  description: 'A stream and its viewers now.',
  fields: (t) => ({
    internalName: t.exposeString('internalName', {
      description: 'Internal name of the stream, as the samples name it.',
    }),
    stream: t.field({
      type: Stream,
      nullable: true,
      description: 'The stream; null when no stream of the tenant has this name.',
      resolve: ({ internalName }, _args, context, info) =>
        rowNamed(context, info, context.modules.streams.reads, 'internalName', internalName),
    }),
    viewers: t.expose('viewers', now),
  }),
})

const TenantViewersRef = builder.objectRef<TenantViewers>('TenantViewers').implement({
  description: 'Viewers of all streams of the tenant now.',
  fields: (t) => ({
    viewers: t.expose('viewers', now),
    streams: t.exposeInt('streams', { description: 'Number of streams that have viewers.' }),
    top: t.field({
      type: [StreamAudience],
      description: 'The ten streams with most viewers.',
      extensions: { cost: { items: 10 } },
      resolve: ({ top }) => [...top],
    }),
    at: t.expose('at', { type: 'DateTime', description: 'Time of the count.' }),
  }),
})

stateField('streamViewers', {
  action: 'analytics:read',
  type: StreamViewersRef,
  description: 'Viewers of a stream',
  args: builder.args((t) => ({
    id: t.globalID({ for: Stream, required: true, description: 'Global id of the stream.' }),
  })),
  watch: async (context, rate, { id }) => {
    const { streams, viewers } = context.modules
    const stream = await streams.reads.find(tenantOf(context), { id: id.id })
    if (!stream) throw new AppError('NOT_FOUND', 'There is no such stream.')
    return viewers.live.streamViewers(tenantOf(context), stream.internalName, rate)
  },
})

stateField('tenantViewers', {
  action: 'analytics:read',
  type: TenantViewersRef,
  description: 'Viewers of all streams of the tenant',
  watch: (context, rate) => context.modules.viewers.live.tenantViewers(tenantOf(context), rate),
})

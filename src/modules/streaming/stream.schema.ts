import { StreamStatus as statuses } from '../../../generated/prisma/enums.ts'
import { builder } from '../../graphql/builder.ts'
import { tenantOf } from '../../graphql/context.ts'
import { defineList } from '../../graphql/list.ts'

const StreamStatus = builder.enumType('StreamStatus', {
  description: 'Broadcast state of a stream.',
  values: {
    OFFLINE: { description: 'Not on the air.', value: statuses.OFFLINE },
    LIVE: { description: 'On the air.', value: statuses.LIVE },
    ENDED: { description: 'Ended for good.', value: statuses.ENDED },
  },
})

export const StreamKey = builder.prismaNode('StreamKey', {
  nullable: true,
  id: { field: 'id', description: 'Global id.' },
  description: 'Credential of an encoder. The key itself was shown once, when it was created.',
  authScopes: { action: 'stream:read' },
  findUnique: (id, context) => ({ tenantId_id: { tenantId: tenantOf(context), id } }),
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Name for people.' }),
    prefix: t.exposeString('prefix', { description: 'First characters of the key.' }),
    isActive: t.exposeBoolean('isActive', { description: 'Whether the key still opens the stream.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'Creation time.' }),
  }),
})

export const Stream = builder.prismaNode('Stream', {
  nullable: true,
  id: { field: 'id', description: 'Global id.' },
  description: 'A video stream.',
  authScopes: { action: 'stream:read' },
  findUnique: (id, context) => ({ tenantId_id: { tenantId: tenantOf(context), id }, deletedAt: null }),
  fields: (t) => ({
    internalName: t.exposeString('internalName', {
      description: 'Name of the stream in analytics rows; unique in the tenant.',
    }),
    playbackId: t.exposeString('playbackId', { description: 'Id that players ask for.' }),
    title: t.exposeString('title', { description: 'Title for people.' }),
    description: t.exposeString('description', { description: 'Description for people.' }),
    status: t.expose('status', { type: StreamStatus, description: 'Broadcast state.' }),
    isPublic: t.exposeBoolean('isPublic', { description: 'Whether anybody may watch.' }),
    maxViewers: t.exposeInt('maxViewers', {
      nullable: true,
      description: 'Highest number of concurrent viewers; null for no limit.',
    }),
    startedAt: t.expose('startedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'Start of the latest broadcast.',
    }),
    endedAt: t.expose('endedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'End of the latest broadcast; null while on the air.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'Creation time.' }),
  }),
})

const Streams = defineList({
  model: 'Stream',
  of: Stream,
  items: 'streams',
  filter: (is) => ({
    internalName: is.text('Internal name.'),
    title: is.text('Title.'),
    status: is.oneOf(StreamStatus, 'Broadcast state.'),
    createdAt: is.time('Creation time.'),
    startedAt: is.time('Start of the latest broadcast.'),
  }),
  order: {
    CREATED_AT: { by: 'createdAt', description: 'Creation time.' },
    TITLE: { by: 'title', description: 'Title.' },
    INTERNAL_NAME: { by: 'internalName', unique: true, description: 'Internal name.' },
    STARTED_AT: { by: 'startedAt', description: 'Start of the latest broadcast.' },
  },
  first: ['CREATED_AT', 'DESC'],
})
Streams.root('streams', {
  action: 'stream:read',
  description: 'Streams of the tenant.',
  rows: ({ streams }) => streams.reads,
})

const StreamKeys = defineList({
  model: 'StreamKey',
  of: StreamKey,
  items: 'stream keys',
  filter: (is) => ({
    name: is.text('Name.'),
    isActive: is.flag('Whether the key still opens the stream.'),
    createdAt: is.time('Creation time.'),
  }),
  order: { CREATED_AT: { by: 'createdAt', description: 'Creation time.' } },
  first: ['CREATED_AT', 'DESC'],
})
StreamKeys.below(Stream, 'keys', {
  description: 'Keys of the stream, without their secrets.',
  within: 'streamId',
  rows: ({ streams }) => streams.keyReads,
})

builder.queryField('streamByInternalName', (t) =>
  t.prismaField({
    type: Stream,
    nullable: true,
    description: 'The stream with this internal name, or null. Needs the scope `read`.',
    authScopes: { action: 'stream:read' },
    args: {
      internalName: t.arg.string({ required: true, description: 'Name of the stream in analytics rows.' }),
    },
    resolve: (query, _root, { internalName }, context) =>
      context.modules.streams.reads.find(tenantOf(context), { internalName }, query),
  }),
)

import { RecordingMode as modes, StreamStatus as statuses } from '../../../generated/prisma/enums.ts'
import { builder } from '../../graphql/builder.ts'
import { tenantOf } from '../../graphql/context.ts'
import { defineList } from '../../graphql/list.ts'
import { longText } from '../../graphql/limits/cost.ts'
import { DESCRIPTION_CHARACTERS } from './stream.rules.ts'

export const StreamStatus = builder.enumType('StreamStatus', {
  description: 'Broadcast state of a stream.',
  values: {
    OFFLINE: { description: 'Not on the air.', value: statuses.OFFLINE },
    LIVE: { description: 'On the air.', value: statuses.LIVE },
    ENDED: {
      description: 'Ended by its broadcaster; its keys open nothing until it is started again.',
      value: statuses.ENDED,
    },
  },
})

export const RecordingMode = builder.enumType('RecordingMode', {
  description: 'Whether the media server records the broadcasts of a stream.',
  values: {
    OFF: { description: 'It records none by itself.', value: modes.OFF },
    AUTOMATIC: { description: 'It records each broadcast from its start.', value: modes.AUTOMATIC },
  },
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
    description: t.exposeString('description', {
      description: 'Description for people.',
      extensions: longText(DESCRIPTION_CHARACTERS),
    }),
    status: t.expose('status', { type: StreamStatus, description: 'Broadcast state.' }),
    isPublic: t.exposeBoolean('isPublic', { description: 'Whether anybody may watch.' }),
    maxViewers: t.exposeInt('maxViewers', {
      nullable: true,
      description: 'Highest number of concurrent viewers; null for no limit.',
    }),
    recordingMode: t.expose('recordingMode', {
      type: RecordingMode,
      description: 'Whether the media server records its broadcasts.',
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
    isPublic: is.flag('Whether anybody may watch.'),
    recordingMode: is.oneOf(RecordingMode, 'Whether the media server records its broadcasts.'),
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

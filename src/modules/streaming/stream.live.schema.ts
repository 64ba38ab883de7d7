import { builder } from '../../graphql/builder.ts'
import { tenantOf } from '../../graphql/context.ts'
import { eventField, eventType } from '../../graphql/live.ts'
import { Stream, StreamStatus } from './stream.schema.ts'
import { streamChangedTopic } from './stream.topics.ts'

const StreamChangeKind = builder.enumType('StreamChangeKind', {
  description: 'What happened to a stream.',
  values: {
    CREATED: { description: 'It was created.' },
    UPDATED: { description: 'Its title, description, visibility, limit or recording was changed.' },
    STATUS_CHANGED: { description: 'It went on or off the air, or was ended.' },
    DELETED: { description: 'It was deleted.' },
  } as const,
})

const StreamChanged = eventType(streamChangedTopic, 'StreamChanged', {
  description:
    'One change of one stream. Its own fields say how things were right after it; `stream` is how they are now.',
  fields: (payload, t) => ({
    kind: payload('kind', { type: StreamChangeKind, description: 'What happened.' }),
    actor: payload('actor', { type: 'String', description: 'Person, key or program that made the change.' }),
    at: payload('at', { type: 'DateTime', description: 'Time of the change.' }),
    before: payload('before', {
      type: StreamStatus,
      nullable: true,
      description: 'Status before the change; null for a new stream.',
    }),
    status: payload('status', { type: StreamStatus, description: 'Status after the change.' }),
    stream: t.prismaField({
      type: Stream,
      nullable: true,
      description: 'The stream as it is now; null once it is deleted.',
      resolve: (query, { payload: { streamId } }, _args, context) =>
        context.modules.streams.reads.find(tenantOf(context), { id: streamId }, query),
    }),
  }),
})

eventField('streamChanged', {
  topic: streamChangedTopic,
  action: 'stream:read',
  type: StreamChanged,
  union: 'StreamUpdate',
  description: 'Every change of streams, once and in order; after a cursor also those that were missed.',
  filterName: 'StreamChange',
  items: 'changes of streams',
  filter: (is) => ({
    kind: is.oneOf(StreamChangeKind, 'What happened.'),
    status: is.oneOf(StreamStatus, 'Status after the change.'),
    stream: is.idOf('Stream', 'The stream.'),
  }),
})

import { ClipStatus as statuses } from '../../../generated/prisma/enums.ts'
import { builder } from '../../graphql/builder.ts'
import { tenantOf } from '../../graphql/context.ts'
import { defineList } from '../../graphql/list.ts'
import { Stream } from './stream.schema.ts'

export const ClipStatus = builder.enumType('ClipStatus', {
  description: 'State of a clip.',
  values: {
    REQUESTED: { description: 'It was asked for.', value: statuses.REQUESTED },
    PROCESSING: { description: 'The media server is cutting it.', value: statuses.PROCESSING },
    READY: { description: 'Its file is complete.', value: statuses.READY },
    FAILED: { description: 'It could not be cut; `failure` says why.', value: statuses.FAILED },
  },
})

export const Clip = builder.prismaNode('Clip', {
  nullable: true,
  id: { field: 'id', description: 'Global id.' },
  description: 'An excerpt of what a stream sent.',
  authScopes: { action: 'clip:read' },
  findUnique: (id, context) => ({ tenantId_id: { tenantId: tenantOf(context), id }, deletedAt: null }),
  fields: (t) => ({
    title: t.exposeString('title', { description: 'Title for people.' }),
    status: t.expose('status', { type: ClipStatus, description: 'State.' }),
    progress: t.exposeInt('progress', { description: 'Part of the work that is done, in percent.' }),
    failure: t.exposeString('failure', {
      nullable: true,
      description: 'Reason of a failure, for people; null unless it failed.',
    }),
    startsAt: t.expose('startsAt', { type: 'DateTime', description: 'Time at which the excerpt begins.' }),
    durationMs: t.expose('durationMs', { type: 'BigInt', description: 'Length in milliseconds.' }),
    sizeBytes: t.expose('sizeBytes', {
      type: 'BigInt',
      nullable: true,
      description: 'Size of the file in bytes; null until it is known.',
    }),
    // Where files lie is nothing for those who only watch.
    storagePath: t.exposeString('storagePath', {
      nullable: true,
      authScopes: { action: 'clip:write' },
      description:
        'Path of the file in the storage; null until there is one. Needs the scope `write` or the role MEMBER.',
    }),
    requestedBy: t.exposeString('requestedBy', { description: 'Person, key or program that asked for it.' }),
    retentionUntil: t.expose('retentionUntil', {
      type: 'DateTime',
      nullable: true,
      description: 'Time until which the clip is needed: it is deleted then. Null for a clip without an end.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'Time at which it was asked for.' }),
    stream: t.field({
      type: Stream,
      nullable: true,
      description: 'The stream; null once it is deleted.',
      select: (_args, _context, nested) => ({ stream: nested(true) }),
      // A relation would show what was deleted, and all below it.
      resolve: ({ stream }) => (stream.deletedAt === null ? stream : null),
    }),
  }),
})

const Clips = defineList({
  model: 'Clip',
  of: Clip,
  items: 'clips',
  filter: (is) => ({
    title: is.text('Title.'),
    status: is.oneOf(ClipStatus, 'State.'),
    stream: is.idOf('Stream', 'Stream.'),
    startsAt: is.time('Time at which the excerpt begins.'),
    createdAt: is.time('Time at which it was asked for.'),
    retentionUntil: is.time('Time until which the clip is needed.'),
  }),
  order: {
    CREATED_AT: { by: 'createdAt', description: 'Time at which it was asked for.' },
    STARTS_AT: { by: 'startsAt', description: 'Time at which the excerpt begins.' },
    DURATION: { by: 'durationMs', description: 'Length.' },
    SIZE: { by: 'sizeBytes', description: 'Size of the file; those of unknown size come last.' },
  },
  first: ['CREATED_AT', 'DESC'],
})
Clips.root('clips', {
  action: 'clip:read',
  description: 'Clips of the tenant.',
  rows: ({ clips }) => clips.reads,
})
Clips.below(Stream, 'clips', {
  action: 'clip:read',
  description: 'Clips of the stream.',
  within: 'streamId',
  rows: ({ clips }) => clips.reads,
})

import { builder } from '../../graphql/builder.ts'
import { tenantOf } from '../../graphql/context.ts'
import { eventField, eventType } from '../../graphql/live.ts'
import { Clip, ClipStatus } from './clip.schema.ts'
import { clipChangedTopic } from './clip.topics.ts'

const ClipChangeKind = builder.enumType('ClipChangeKind', {
  description: 'What happened to a clip.',
  values: {
    REQUESTED: { description: 'It was asked for.' },
    UPDATED: { description: 'Its title or retention was changed.' },
    PROGRESSED: { description: 'Its status or its progress moved on.' },
    DELETED: { description: 'It was deleted.' },
  } as const,
})

const ClipChanged = eventType(clipChangedTopic, 'ClipChanged', {
  description:
    'One change of one clip. Its own fields say how things were right after it; `clip` is how they are now.',
  fields: (payload, t) => ({
    kind: payload('kind', { type: ClipChangeKind, description: 'What happened.' }),
    actor: payload('actor', { type: 'String', description: 'Person, key or program that made the change.' }),
    at: payload('at', { type: 'DateTime', description: 'Time of the change.' }),
    before: payload('before', {
      type: ClipStatus,
      nullable: true,
      description: 'State before the change; null for a new clip.',
    }),
    status: payload('status', { type: ClipStatus, description: 'State after the change.' }),
    progress: payload('progress', {
      type: 'Int',
      description: 'Part of the work that was done after the change, in percent.',
    }),
    clip: t.prismaField({
      type: Clip,
      nullable: true,
      description: 'The clip as it is now; null once it is deleted.',
      resolve: (query, { payload: { clipId } }, _args, context) =>
        context.modules.clips.reads.find(tenantOf(context), { id: clipId }, query),
    }),
  }),
})

eventField('clipChanged', {
  topic: clipChangedTopic,
  action: 'clip:read',
  type: ClipChanged,
  union: 'ClipUpdate',
  description: 'Every change of clips, once and in order; after a cursor also those that were missed.',
  filterName: 'ClipChange',
  items: 'changes of clips',
  filter: (is) => ({
    kind: is.oneOf(ClipChangeKind, 'What happened.'),
    status: is.oneOf(ClipStatus, 'State after the change.'),
    clip: is.idOf('Clip', 'The clip.'),
    stream: is.idOf('Stream', 'The stream.'),
  }),
})

import { builder } from '../../graphql/builder.ts'
import { tenantOf } from '../../graphql/context.ts'
import { defineList } from '../../graphql/list.ts'
import { Stream } from './stream.schema.ts'

export const StreamKey = builder.prismaNode('StreamKey', {
  nullable: true,
  id: { field: 'id', description: 'Global id.' },
  description: 'Credential of an encoder. The key itself was shown once, when it was created.',
  authScopes: { action: 'stream:read' },
  findUnique: (id, context) => ({
    tenantId_id: { tenantId: tenantOf(context), id },
    stream: { is: { deletedAt: null } },
  }),
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Name for people.' }),
    prefix: t.exposeString('prefix', { description: 'First characters of the key.' }),
    isActive: t.exposeBoolean('isActive', { description: 'Whether the key still opens the stream.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'Creation time.' }),
    lastUsedAt: t.expose('lastUsedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'Time of the latest use, a minute late at most; null for an unused key.',
    }),
    stream: t.relation('stream', { type: Stream, description: 'The stream that the key opens.' }),
  }),
})

const StreamKeys = defineList({
  model: 'StreamKey',
  of: StreamKey,
  items: 'stream keys',
  filter: (is) => ({
    name: is.text('Name.'),
    isActive: is.flag('Whether the key still opens the stream.'),
    createdAt: is.time('Creation time.'),
    lastUsedAt: is.time('Time of the latest use.'),
  }),
  order: {
    CREATED_AT: { by: 'createdAt', description: 'Creation time.' },
    LAST_USED_AT: { by: 'lastUsedAt', description: 'Time of the latest use; unused keys come last.' },
  },
  first: ['CREATED_AT', 'DESC'],
})
StreamKeys.below(Stream, 'keys', {
  description: 'Keys of the stream, without their secrets.',
  within: 'streamId',
  most: 20,
  rows: ({ streamKeys }) => streamKeys.reads,
})

import { mutation } from '../../graphql/mutation.ts'
import { idOf } from '../../graphql/mutation-input.ts'
import { Stream } from './stream.schema.ts'

mutation('createStream', {
  action: 'stream:write',
  creates: true,
  secret: true,
  description: 'Creates a stream with its first key.',
  input: (t) => ({
    title: t.string({ required: true, description: 'Title for people (1-200 characters).' }),
    internalName: t.string({
      description:
        'Name of the stream in analytics rows, 1 to 128 characters; unique in the tenant (default: the id).',
    }),
    description: t.string({ description: 'Description for people (default: empty).' }),
    isPublic: t.boolean({ description: 'Whether anybody may watch (default false).' }),
    maxViewers: t.int({ description: 'Highest number of concurrent viewers (default: no limit).' }),
  }),
  run: (permit, input, { streams }) => streams.service.create(permit, input),
  payload: (t) => ({
    stream: t.field({ type: Stream, description: 'The new stream.', resolve: ({ stream }) => stream }),
    streamKey: t.exposeString('streamKey', {
      nullable: true,
      description:
        'Key for the encoder, shown only here and only once; null when the request repeats an earlier one.',
    }),
  }),
})

mutation('rotateStreamKey', {
  action: 'stream:write',
  secret: true,
  description: 'Replaces the active keys of a stream by a new one; the old ones stop working at once.',
  input: (t) => ({ id: idOf(t, 'Stream') }),
  run: (permit, { id }, { streams }) => streams.service.rotateKey(permit, id),
  payload: (t) => ({
    stream: t.field({ type: Stream, description: 'The stream.', resolve: ({ stream }) => stream }),
    streamKey: t.exposeString('streamKey', {
      description: 'New key for the encoder, shown only here and only once.',
    }),
  }),
})

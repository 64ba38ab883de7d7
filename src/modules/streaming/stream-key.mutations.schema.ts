import { mutation, only } from '../../graphql/mutation.ts'
import { idOf } from '../../graphql/mutation-input.ts'
import { StreamKey } from './stream-key.schema.ts'
import { RecordingMode, Stream } from './stream.schema.ts'

const NAME = 'Name for people (1-100 characters).'

mutation('createStreamKey', {
  action: 'stream:write',
  creates: true,
  secret: true,
  description: 'Creates another key of a stream, which has at most 20 active ones.',
  input: (t) => ({
    streamId: idOf(t, 'Stream'),
    name: t.string({ required: true, description: NAME }),
  }),
  run: (permit, input, { streamKeys }) => streamKeys.service.create(permit, input),
  payload: (t) => ({
    key: t.field({
      type: StreamKey,
      description: 'The new key, without its secret.',
      resolve: ({ key }) => key,
    }),
    streamKey: t.exposeString('streamKey', {
      nullable: true,
      description:
        'Key for the encoder, shown only here and only once; null when the request repeats an earlier one.',
    }),
  }),
})

mutation('renameStreamKey', {
  action: 'stream:write',
  description: 'Renames a key of a stream.',
  input: (t) => ({
    id: idOf(t, 'StreamKey'),
    name: t.string({ required: true, description: NAME }),
  }),
  run: (permit, input, { streamKeys }) => streamKeys.service.rename(permit, input),
  payload: only('key', StreamKey, 'The key.'),
})

mutation('revokeStreamKey', {
  action: 'stream:write',
  description: 'Ends one key of a stream at once; a broadcast that it opened goes on.',
  input: (t) => ({ id: idOf(t, 'StreamKey') }),
  run: (permit, { id }, { streamKeys }) => streamKeys.service.revoke(permit, id),
  payload: only('key', StreamKey, 'The revoked key.'),
})

mutation('rotateStreamKey', {
  action: 'stream:write',
  secret: true,
  description: 'Replaces the active keys of a stream by a new one; the old ones stop working at once.',
  input: (t) => ({ id: idOf(t, 'Stream') }),
  run: (permit, { id }, { streamKeys }) => streamKeys.service.rotate(permit, id),
  payload: (t) => ({
    stream: t.field({ type: Stream, description: 'The stream.', resolve: ({ stream }) => stream }),
    streamKey: t.exposeString('streamKey', {
      description: 'New key for the encoder, shown only here and only once.',
    }),
  }),
})

mutation('validateStreamKey', {
  action: 'streamKey:validate',
  proves: true,
  description:
    'Says which stream the key of an encoder opens, for the media server that it was shown to, and notes its use. Every key that opens none is answered alike.',
  input: (t) => ({
    key: t.string({ required: true, description: 'The key that the encoder showed.' }),
  }),
  run: (permit, { key }, { streamKeys }) => streamKeys.service.open(permit, key),
  payload: (t) => ({
    internalName: t.exposeString('internalName', { description: 'Name of the stream in analytics rows.' }),
    recordingMode: t.expose('recordingMode', {
      type: RecordingMode,
      description: 'Whether the media server is to record the broadcast.',
    }),
    maxViewers: t.exposeInt('maxViewers', {
      nullable: true,
      description: 'Highest number of concurrent viewers; null for no limit.',
    }),
    stream: t.field({
      type: Stream,
      nullable: true,
      description: 'The stream. Its fields need the scope `read`.',
      resolve: (stream) => stream,
    }),
  }),
})

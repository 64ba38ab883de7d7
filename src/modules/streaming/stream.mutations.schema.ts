import { deleted, mutation, only } from '../../graphql/mutation.ts'
import { idOf, type InputBuilder } from '../../graphql/mutation-input.ts'
import { RecordingMode, Stream } from './stream.schema.ts'

const TITLE = 'Title for people (1-200 characters).'
const stream = only('stream', Stream, 'The stream.')

/** Settings of a stream, with what a new one has of each. */
const settings = (t: InputBuilder, unset: Readonly<Record<'text' | 'no' | 'limit' | 'off', string>>) => ({
  description: t.string({ description: `Description for people (5,000 characters at most, ${unset.text}).` }),
  isPublic: t.boolean({ description: `Whether anybody may watch${unset.no}.` }),
  maxViewers: t.int({ description: `Highest number of concurrent viewers, from 1 (${unset.limit}).` }),
  recordingMode: t.field({
    type: RecordingMode,
    description: `Whether the media server records the broadcasts${unset.off}.`,
  }),
})

mutation('createStream', {
  action: 'stream:write',
  creates: true,
  secret: true,
  description: 'Creates a stream with its first key.',
  input: (t) => ({
    title: t.string({ required: true, description: TITLE }),
    internalName: t.string({
      description:
        'Name of the stream in analytics rows, 1 to 128 characters; unique in the tenant (default: the id).',
    }),
    ...settings(t, {
      text: 'default: empty',
      no: ' (default false)',
      limit: 'default: no limit',
      off: ' (default OFF)',
    }),
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

mutation('updateStream', {
  action: 'stream:write',
  description: 'Changes those fields of a stream that are given.',
  input: (t) => ({
    id: idOf(t, 'Stream'),
    title: t.string({ description: TITLE }),
    ...settings(t, { text: 'null empties it', no: '', limit: 'null for no limit', off: '' }),
  }),
  run: (permit, input, { streams }) => streams.service.update(permit, input),
  payload: stream,
})

mutation('startStream', {
  action: 'stream:write',
  description:
    'Puts a stream on the air, also one that was ended. One that is on the air already is a ConflictError.',
  input: (t) => ({ id: idOf(t, 'Stream') }),
  run: (permit, { id }, { streams }) => streams.service.start(permit, id),
  payload: stream,
})

mutation('endStream', {
  action: 'stream:write',
  description:
    'Ends a stream: its keys open nothing and no encoder brings it back until it is started again. One that has ended already is a ConflictError.',
  input: (t) => ({ id: idOf(t, 'Stream') }),
  run: (permit, { id }, { streams }) => streams.service.end(permit, id),
  payload: stream,
})

mutation('deleteStream', {
  action: 'stream:write',
  description:
    'Deletes a stream that is not on the air; its keys stop working at once. Its recordings and numbers stay until they expire, and its internalName stays taken.',
  input: (t) => ({ id: idOf(t, 'Stream') }),
  run: (permit, { id }, { streams }) => streams.service.remove(permit, id),
  payload: deleted('Stream'),
})

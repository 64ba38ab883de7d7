import { builder } from '../../graphql/builder.ts'
import { permitOf } from '../../graphql/context.ts'
import { problems } from '../../graphql/problems.ts'
import type { StreamService } from './stream.service.ts'
import { Stream } from './stream.schema.ts'

const CreateStreamInput = builder.inputType('CreateStreamInput', {
  description: 'A new stream.',
  fields: (t) => ({
    title: t.string({ required: true, description: 'Title for people; 1 to 200 characters.' }),
    internalName: t.string({ description: 'The name that analytics rows carry; made for you unless given.' }),
    description: t.string({ description: 'What it is about.' }),
    isPublic: t.boolean({ description: 'Whether anybody may watch; false unless given.' }),
    maxViewers: t.int({ description: 'Most viewers at once; no limit unless given.' }),
  }),
})

type WithKey = Awaited<ReturnType<StreamService['create']>>

const StreamWithKey = builder.objectRef<WithKey>('StreamWithKey').implement({
  description: 'A stream and its new key.',
  fields: (t) => ({
    stream: t.field({ type: Stream, description: 'The stream.', resolve: ({ stream }) => stream }),
    streamKey: t.exposeString('streamKey', {
      description: 'The key for the encoder. It is shown here, once, and never again: keep it.',
    }),
  }),
})

builder.mutationFields((t) => ({
  createStream: t.field({
    type: StreamWithKey,
    errors: { types: problems },
    description: 'Makes a stream with its first key. Needs the scope write.',
    authScopes: { action: 'stream:write' },
    args: { input: t.arg({ type: CreateStreamInput, required: true, description: 'The stream.' }) },
    resolve: (_root, { input }, context) =>
      context.modules.streams.service.create(permitOf(context, 'stream:write'), input),
  }),

  rotateStreamKey: t.field({
    type: StreamWithKey,
    errors: { types: problems },
    description: 'Gives a stream a new key; the old ones stop working at once. Needs the scope write.',
    authScopes: { action: 'stream:write' },
    args: { streamId: t.arg.globalID({ for: Stream, required: true, description: 'Which stream.' }) },
    resolve: (_root, { streamId }, context) =>
      context.modules.streams.service.rotateKey(permitOf(context, 'stream:write'), streamId.id),
  }),
}))

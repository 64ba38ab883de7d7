import { deleted, mutation, only } from '../../graphql/mutation.ts'
import { idOf } from '../../graphql/mutation-input.ts'
import { Clip } from './clip.schema.ts'

const TITLE = 'Title for people (1-200 characters).'

mutation('createClip', {
  action: 'clip:write',
  creates: true,
  description:
    'Asks for a clip of what a stream sent. The media server cuts it; `clipChanged` tells how far it is.',
  input: (t) => ({
    streamId: idOf(t, 'Stream'),
    title: t.string({ required: true, description: TITLE }),
    startsAt: t.field({
      type: 'DateTime',
      required: true,
      description: 'Time at which the excerpt begins, in the last 90 days.',
    }),
    durationMs: t.field({
      type: 'BigInt',
      required: true,
      description: 'Length in milliseconds (1,000-21,600,000); the excerpt is over by now.',
    }),
    retentionUntil: t.field({
      type: 'DateTime',
      description: 'Time until which the clip is needed: it is deleted then (default: without an end).',
    }),
  }),
  run: (permit, input, { clips }) => clips.service.create(permit, input),
  payload: only('clip', Clip, 'The clip that was asked for.'),
})

mutation('updateClip', {
  action: 'clip:write',
  description: 'Changes those fields of a clip that are given.',
  input: (t) => ({
    id: idOf(t, 'Clip'),
    title: t.string({ description: TITLE }),
    retentionUntil: t.field({
      type: 'DateTime',
      description: 'Time until which the clip is needed (null: without an end).',
    }),
  }),
  run: (permit, input, { clips }) => clips.service.update(permit, input),
  payload: only('clip', Clip, 'The clip.'),
})

mutation('deleteClip', {
  action: 'clip:write',
  description: 'Deletes a clip, also one that is being cut.',
  input: (t) => ({ id: idOf(t, 'Clip') }),
  run: (permit, { id }, { clips }) => clips.service.remove(permit, id),
  payload: deleted('Clip'),
})

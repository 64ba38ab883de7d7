import { mutation, only } from '../../graphql/mutation.ts'
import { idOf } from '../../graphql/mutation-input.ts'
import { MatcherInput } from './matcher.schema.ts'
import { warningsOf } from './notification-route.mutations.schema.ts'
import { Silence } from './silence.schema.ts'

mutation('createSilence', {
  action: 'silence:write',
  creates: true,
  description:
    'Creates a silence: nobody is told that what it matches fires. What still fires when it ends is told then; an end is told to who heard the beginning.',
  input: (t) => ({
    matchers: t.field({
      type: [MatcherInput],
      required: true,
      description: 'What incidents have to be like, 1 to 20: all must hold.',
    }),
    startsAt: t.field({ type: 'DateTime', description: 'Its start (default: now).' }),
    endsAt: t.field({
      type: 'DateTime',
      description: 'Its end, 366 days after the start at most; this or `for` is needed.',
    }),
    for: t.field({ type: 'Duration', description: 'How long it lasts, such as PT2H, instead of `endsAt`.' }),
    comment: t.string({ required: true, description: 'Why nobody is to be told (1-2,000 characters).' }),
  }),
  run: (permit, input, { silences }) => silences.service.create(permit, input),
  payload: (t) => ({
    silence: t.field({ type: Silence, description: 'The silence.', resolve: ({ silence }) => silence }),
    warnings: warningsOf(t as never),
  }),
})

mutation('expireSilence', {
  action: 'silence:write',
  description: 'Ends a silence now.',
  input: (t) => ({ id: idOf(t, 'Silence') }),
  run: (permit, { id }, { silences }) => silences.service.expire(permit, id),
  payload: only('silence', Silence, 'The silence, which is over.'),
})

import { deleted, mutation, type PayloadBuilder } from '../../graphql/mutation.ts'
import { idOf } from '../../graphql/mutation-input.ts'
import { Inhibition } from './inhibition.schema.ts'
import type { InhibitionUpdate } from './inhibition.service.ts'
import type { InhibitionRow } from './inhibition.store.ts'
import { MatcherInput } from './matcher.schema.ts'
import { warningsOf } from './notification-route.mutations.schema.ts'

const equal = 'Labels (10 at most) whose values have to be the same in both (default: none).'
const enabled = 'Whether it keeps anything quiet (default: true).'
const source = 'What the incident is like that keeps others quiet, 1 to 20: all must hold.'
const target = 'What those are like that are kept quiet, 1 to 20: all must hold.'

const payload = (t: PayloadBuilder<{ inhibition: InhibitionRow; warnings: string[] }>) => ({
  inhibition: t.field({
    type: Inhibition,
    description: 'The inhibition.',
    resolve: ({ inhibition }) => inhibition,
  }),
  warnings: warningsOf(t),
})

mutation('createInhibition', {
  action: 'notificationRoute:write',
  creates: true,
  description:
    'Creates an inhibition. No incident keeps itself quiet, nor do two that are both on both sides.',
  input: (t) => ({
    name: t.string({
      required: true,
      description: 'Name for people (1-200 characters); unique in the tenant.',
    }),
    sourceMatchers: t.field({ type: [MatcherInput], required: true, description: source }),
    targetMatchers: t.field({ type: [MatcherInput], required: true, description: target }),
    equal: t.stringList({ description: equal }),
    enabled: t.boolean({ description: enabled }),
  }),
  run: (permit, input, { inhibitions }) => inhibitions.service.create(permit, input),
  payload,
})

mutation('updateInhibition', {
  action: 'notificationRoute:write',
  description: 'Changes those fields of an inhibition that are given; null sets the default.',
  input: (t) => ({
    id: idOf(t, 'Inhibition'),
    name: t.string({ description: 'Name for people (1-200 characters); unique in the tenant.' }),
    sourceMatchers: t.field({ type: [MatcherInput], description: source }),
    targetMatchers: t.field({ type: [MatcherInput], description: target }),
    equal: t.stringList({ description: equal }),
    enabled: t.boolean({ description: enabled }),
    expectedVersion: t.int({
      description: 'Version that the client has seen: a newer one is a ConflictError (default: any version).',
    }),
  }),
  run: (permit, input, { inhibitions }) => inhibitions.service.update(permit, input as InhibitionUpdate),
  payload,
})

mutation('deleteInhibition', {
  action: 'notificationRoute:write',
  description: 'Deletes an inhibition.',
  input: (t) => ({ id: idOf(t, 'Inhibition') }),
  run: (permit, { id }, { inhibitions }) => inhibitions.service.remove(permit, id),
  payload: deleted('Inhibition'),
})

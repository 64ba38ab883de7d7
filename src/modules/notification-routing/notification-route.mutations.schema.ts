import { builder } from '../../graphql/builder.ts'
import { deleted, mutation, type PayloadBuilder } from '../../graphql/mutation.ts'
import { idOf, type InputBuilder } from '../../graphql/mutation-input.ts'
import { MatcherInput, matcherList } from './matcher.schema.ts'
import { NotificationRoute } from './notification-route.schema.ts'
import type { RouteUpdate } from './notification-route.service.ts'
import type { NotificationRouteRow } from './notification-route.store.ts'

export const warningsOf = (t: PayloadBuilder<{ readonly warnings: string[] }>) =>
  t.exposeStringList('warnings', {
    description: 'What its matchers ask for that no incident of late and no alert rule has.',
    extensions: matcherList,
  })

const EscalationStepInput = builder.inputType('EscalationStepInput', {
  description: 'Whom else to tell of incidents that nobody has acknowledged.',
  fields: (t) => ({
    after: t.field({
      type: 'Duration',
      required: true,
      description:
        'How long after an incident was first told, 7 days at most; each step later than the one before.',
    }),
    channels: t.stringList({ description: 'Names of the channels, 20 at most (default: none).' }),
    schedules: t.stringList({
      description: 'Names of on-call schedules, 20 at most: who is on call then is told (default: none).',
    }),
  }),
})

const fields = (t: InputBuilder) => ({
  position: t.int({
    description: 'Place among the routes, 0 to 10,000: the lowest is asked first (default: the last).',
  }),
  matchers: t.field({
    type: [MatcherInput],
    description: 'What incidents have to be like, 20 at most: all must hold (default: all incidents).',
  }),
  channels: t.stringList({ description: 'Names of the channels that are told, 20 at most (default: none).' }),
  groupBy: t.stringList({
    description: 'Labels (10 at most) whose values tell groups apart (default: one group of all).',
  }),
  groupWait: t.field({
    type: 'Duration',
    description:
      'How long a new group, or a critical incident, waits for more, an hour at most (default PT10S).',
  }),
  groupInterval: t.field({
    type: 'Duration',
    description: 'How long it is from one message of a group to the next, PT1S to P1D (default PT5M).',
  }),
  repeatInterval: t.field({
    type: 'Duration',
    description:
      'How often what nobody has acknowledged is told again, PT1M to P7D, or PT0S for never (default PT4H).',
  }),
  continues: t.boolean({
    description: 'Whether its incidents are held against the next routes too (default: false).',
  }),
  escalation: t.field({
    type: [EscalationStepInput],
    description: 'Steps of the escalation, 10 at most (default: none).',
  }),
  enabled: t.boolean({ description: 'Whether anything is told by it (default: true).' }),
})

const payload = (t: PayloadBuilder<{ route: NotificationRouteRow; warnings: string[] }>) => ({
  notificationRoute: t.field({
    type: NotificationRoute,
    description: 'The route.',
    resolve: ({ route }) => route,
  }),
  warnings: warningsOf(t),
})

mutation('createNotificationRoute', {
  action: 'notificationRoute:write',
  creates: true,
  description: 'Creates a notification route. Open incidents that it matches are told by it too.',
  input: (t) => ({
    name: t.string({
      required: true,
      description: 'Name for people (1-200 characters); unique in the tenant.',
    }),
    ...fields(t),
  }),
  run: (permit, input, { notificationRoutes }) => notificationRoutes.service.create(permit, input),
  payload,
})

mutation('updateNotificationRoute', {
  action: 'notificationRoute:write',
  description:
    'Changes those fields of a notification route that are given; null sets the default, and leaves the position. Incidents that were told stay in their groups.',
  input: (t) => ({
    id: idOf(t, 'NotificationRoute'),
    name: t.string({ description: 'Name for people (1-200 characters); unique in the tenant.' }),
    ...fields(t),
    expectedVersion: t.int({
      description: 'Version that the client has seen: a newer one is a ConflictError (default: any version).',
    }),
  }),
  run: (permit, input, { notificationRoutes }) =>
    notificationRoutes.service.update(permit, input as RouteUpdate),
  payload,
})

mutation('deleteNotificationRoute', {
  action: 'notificationRoute:write',
  description:
    'Deletes a notification route. Who was told by it that something fires is told of its end still.',
  input: (t) => ({ id: idOf(t, 'NotificationRoute') }),
  run: (permit, { id }, { notificationRoutes }) => notificationRoutes.service.remove(permit, id),
  payload: deleted('NotificationRoute'),
})

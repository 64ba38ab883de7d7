import { deleted, mutation, only, type PayloadBuilder } from '../../graphql/mutation.ts'
import { idOf, type InputBuilder } from '../../graphql/mutation-input.ts'
import type { Tested } from './channel-test.service.ts'
import { NotificationChannel } from './channel.schema.ts'
import { DeliveryFailure } from './notification.schema.ts'

const targets = (t: InputBuilder) => ({
  webhookUrl: t.string({ description: 'URL that takes Standard Webhooks, for one of the kind WEBHOOK.' }),
  slackUrl: t.string({ description: 'URL of an incoming webhook, for one of the kind SLACK.' }),
  emailTo: t.stringList({ description: 'Addresses, 20 at most, for one of the kind EMAIL.' }),
  pagerDutyRoutingKey: t.string({
    description: 'Integration key of a service (Events API v2), for one of the kind PAGERDUTY.',
  }),
})
const templates = (t: InputBuilder) => ({
  enabled: t.boolean({ description: 'Whether messages go there (default: true).' }),
  subjectTemplate: t.string({
    description: 'Template of subjects (1,000 characters at most; default: the usual one).',
  }),
  bodyTemplate: t.string({
    description: 'Template of texts (20,000 characters at most; default: the usual one).',
  }),
})
const channel = <Shape extends { readonly channel: Tested['channel'] }>(t: PayloadBuilder<Shape>) => ({
  notificationChannel: t.field({
    type: NotificationChannel,
    description: 'The channel.',
    resolve: ({ channel }) => channel,
  }),
})
const shownOnce = 'What its receiver verifies messages with, shown only here and only once'

mutation('createNotificationChannel', {
  action: 'notificationChannel:write',
  creates: true,
  secret: true,
  description: 'Creates a channel with one target, which decides its kind.',
  input: (t) => ({
    name: t.string({
      required: true,
      description: 'Name for people (1-200 characters); unique in the tenant.',
    }),
    ...targets(t),
    ...templates(t),
  }),
  run: (permit, input, { notificationChannels }) => notificationChannels.service.create(permit, input),
  payload: (t) => ({
    ...channel(t),
    secret: t.exposeString('secret', {
      nullable: true,
      description: `${shownOnce}; null for other kinds than WEBHOOK, and when the request repeats an earlier one.`,
    }),
  }),
})

mutation('updateNotificationChannel', {
  action: 'notificationChannel:write',
  description:
    'Changes those fields of a channel that are given; null for a template sets the usual one. Its kind stays. Rules that name it name it by its new name. What waits for a channel that is switched off is given up.',
  input: (t) => ({
    id: idOf(t, 'NotificationChannel'),
    name: t.string({ description: 'Name for people (1-200 characters); unique in the tenant.' }),
    ...targets(t),
    ...templates(t),
    expectedVersion: t.int({
      description: 'Version that the client has seen: a newer one is a ConflictError (default: any version).',
    }),
  }),
  run: (permit, input, { notificationChannels }) =>
    notificationChannels.service.update(permit, input as never),
  payload: only('notificationChannel', NotificationChannel, 'The channel.'),
})

mutation('rotateNotificationChannelSecret', {
  action: 'notificationChannel:write',
  secret: true,
  description:
    'Gives a channel of the kind WEBHOOK a new secret. For 24 hours messages are signed with the one before, too.',
  input: (t) => ({ id: idOf(t, 'NotificationChannel') }),
  run: (permit, { id }, { notificationChannels }) => notificationChannels.service.rotate(permit, id),
  payload: (t) => ({ ...channel(t), secret: t.exposeString('secret', { description: `${shownOnce}.` }) }),
})

mutation('deleteNotificationChannel', {
  action: 'notificationChannel:write',
  description:
    'Deletes a channel and all messages to it. One that a rule, a route or an on-call schedule names is not deleted.',
  input: (t) => ({ id: idOf(t, 'NotificationChannel') }),
  run: (permit, { id }, { notificationChannels }) => notificationChannels.service.remove(permit, id),
  payload: deleted('NotificationChannel'),
})

mutation('testNotificationChannel', {
  action: 'notificationChannel:write',
  description: 'Sends a test message to a channel now, once, and answers what came of it.',
  input: (t) => ({ id: idOf(t, 'NotificationChannel') }),
  run: (permit, { id }, { notificationChannels }) => notificationChannels.service.test(permit, id),
  payload: (t: PayloadBuilder<Tested>) => ({
    ...channel(t),
    delivered: t.exposeBoolean('delivered', { description: 'Whether the receiver took it.' }),
    failure: t.field({
      type: DeliveryFailure,
      nullable: true,
      description: 'Why not; null when it did.',
      resolve: ({ code }) => code,
    }),
    error: t.exposeString('error', {
      nullable: true,
      description: 'What was tried and what to do about it; null when it was delivered.',
    }),
    statusCode: t.exposeInt('statusCode', {
      nullable: true,
      description: 'What the receiver answered; null without an answer.',
    }),
    durationMs: t.field({
      type: 'BigInt',
      description: 'Time that it took, in milliseconds.',
      resolve: ({ durationMs }) => BigInt(durationMs),
    }),
  }),
})

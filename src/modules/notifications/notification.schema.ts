import {
  DeliveryFailure as failures,
  NotificationKind as kinds,
  NotificationStatus as statuses,
} from '../../../generated/prisma/enums.ts'
import { builder } from '../../graphql/builder.ts'
import { tenantOf } from '../../graphql/context.ts'
import { defineList } from '../../graphql/list.ts'
import { NotificationChannel } from './channel.schema.ts'
import { longText } from '../../graphql/limits/cost.ts'
import { MAX_TEXT } from './templates.ts'

export const NotificationKind = builder.enumType('NotificationKind', {
  description: 'What a message tells.',
  values: {
    FIRING: { description: 'Something is wrong.', value: kinds.FIRING },
    RESOLVED: { description: 'It is over.', value: kinds.RESOLVED },
    TEST: { description: 'That its channel works.', value: kinds.TEST },
  },
})
export const NotificationStatus = builder.enumType('NotificationStatus', {
  description: 'State of a message.',
  values: {
    PENDING: { description: 'To be sent, or to be tried again.', value: statuses.PENDING },
    DELIVERED: { description: 'The receiver took it.', value: statuses.DELIVERED },
    FAILED: { description: 'Given up.', value: statuses.FAILED },
  },
})
export const DeliveryFailure = builder.enumType('DeliveryFailure', {
  description: 'Why a message was not delivered.',
  values: {
    TARGET_REFUSED: {
      description: 'The channel leads where nothing is sent.',
      value: failures.TARGET_REFUSED,
    },
    UNREACHABLE: { description: 'There was no connection.', value: failures.UNREACHABLE },
    TIMED_OUT: { description: 'There was no answer in time.', value: failures.TIMED_OUT },
    REDIRECTED: { description: 'The answer was a redirect.', value: failures.REDIRECTED },
    REJECTED: { description: 'The answer was a refusal.', value: failures.REJECTED },
    GONE: { description: 'The receiver wants no more messages.', value: failures.GONE },
    MISCONFIGURED: { description: 'This server can not send it.', value: failures.MISCONFIGURED },
  },
})

export const Notification = builder.prismaNode('Notification', {
  nullable: true,
  id: { field: 'id', description: 'Global id.' },
  description: 'A message to a channel.',
  authScopes: { action: 'notification:read' },
  findUnique: (id, context) => ({ tenantId_id: { tenantId: tenantOf(context), id } }),
  fields: (t) => ({
    channel: t.relation('channel', { type: NotificationChannel, description: 'Where it goes.' }),
    kind: t.expose('kind', { type: NotificationKind, description: 'What it tells.' }),
    dedupKey: t.exposeString('dedupKey', {
      description: 'Key that is the same from the first message of a breach to that of its end.',
    }),
    status: t.expose('status', { type: NotificationStatus, description: 'State.' }),
    attemptCount: t.exposeInt('attempts', { description: 'Number of attempts so far.' }),
    nextAttemptAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Time of the next attempt; null when there will be none.',
      select: { status: true, nextAttemptAt: true },
      resolve: ({ status, nextAttemptAt }) => (status === 'PENDING' ? nextAttemptAt : null),
    }),
    lastError: t.exposeString('lastError', {
      nullable: true,
      description: 'What went wrong last; null for nothing.',
    }),
    subject: t.string({
      description: 'Its subject, by the template that its channel has now.',
      select: {
        message: true,
        channel: { select: { name: true, subjectTemplate: true, bodyTemplate: true } },
      },
      resolve: (row, _args, context) =>
        context.modules.notifications.service.words(tenantOf(context), row, row.channel).subject,
    }),
    text: t.string({
      extensions: longText(MAX_TEXT),
      description: 'Its text, by the template that its channel has now.',
      select: {
        message: true,
        channel: { select: { name: true, subjectTemplate: true, bodyTemplate: true } },
      },
      resolve: (row, _args, context) =>
        context.modules.notifications.service.words(tenantOf(context), row, row.channel).text,
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'Time when it was decided on.' }),
    endedAt: t.expose('endedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'Time when it was delivered or given up; null until then.',
    }),
  }),
})

const Notifications = defineList({
  model: 'Notification',
  of: Notification,
  items: 'notifications',
  filter: (is) => ({
    channel: is.idOf('NotificationChannel', 'Where it goes.'),
    kind: is.oneOf(NotificationKind, 'What it tells.'),
    status: is.oneOf(NotificationStatus, 'State.'),
    dedupKey: is.text('Key of the breach.'),
    createdAt: is.time('Time when it was decided on.'),
  }),
  order: { CREATED_AT: { by: 'createdAt', description: 'Time when it was decided on.' } },
  first: ['CREATED_AT', 'DESC'],
})
Notifications.root('notifications', {
  action: 'notification:read',
  description: 'Messages of the last 30 days, and those that wait.',
  rows: ({ notifications }) => notifications.reads,
})
Notifications.below(NotificationChannel, 'notifications', {
  action: 'notification:read',
  description: 'Messages to the channel.',
  within: 'channelId',
  rows: ({ notifications }) => notifications.reads,
})

const NotificationAttempt = builder.prismaNode('NotificationAttempt', {
  nullable: true,
  id: { field: 'id', description: 'Global id.' },
  description: 'One attempt to deliver a message.',
  authScopes: { action: 'notification:read' },
  findUnique: (id, context) => ({ tenantId_id: { tenantId: tenantOf(context), id } }),
  fields: (t) => ({
    notification: t.relation('notification', { type: Notification, description: 'The message.' }),
    number: t.exposeInt('number', {
      description: 'Which attempt it was, counted from 1. One whose process died is missing.',
    }),
    failure: t.expose('code', {
      type: DeliveryFailure,
      nullable: true,
      description: 'Why it failed; null for one that delivered it.',
    }),
    error: t.exposeString('error', {
      nullable: true,
      description: 'What was tried; null for one that delivered it.',
    }),
    statusCode: t.exposeInt('statusCode', {
      nullable: true,
      description: 'What the receiver answered; null without an answer.',
    }),
    durationMs: t.field({
      type: 'BigInt',
      description: 'Time that it took, in milliseconds.',
      select: { durationMs: true },
      resolve: ({ durationMs }) => BigInt(durationMs),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'Time of its end.' }),
  }),
})
const NotificationAttempts = defineList({
  model: 'NotificationAttempt',
  of: NotificationAttempt,
  items: 'attempts',
  filter: (is) => ({ code: is.oneOf(DeliveryFailure, 'Why it failed.') }),
  order: { NUMBER: { by: 'number', unique: true, description: 'Which attempt it was.' } },
  first: ['NUMBER', 'ASC'],
})
NotificationAttempts.below(Notification, 'attempts', {
  description: 'Attempts to deliver it.',
  within: 'notificationId',
  rows: ({ notifications }) => notifications.attemptReads,
})

import { tenantOf } from '../../graphql/context.ts'
import { eventField, eventType } from '../../graphql/live.ts'
import { DeliveryFailure, Notification, NotificationKind, NotificationStatus } from './notification.schema.ts'
import { notificationChangedTopic } from './notification.topics.ts'

const NotificationChanged = eventType(notificationChangedTopic, 'NotificationChanged', {
  description:
    'One change of one message to a channel: it was queued, delivered, not delivered by an attempt, or given up. Its own fields say how things were right after it; `notification` is how they are now.',
  fields: (payload, t) => ({
    kind: payload('kind', { type: NotificationKind, description: 'What the message tells.' }),
    dedupKey: payload('dedupKey', { type: 'String', description: 'Key of the breach.' }),
    status: payload('status', { type: NotificationStatus, description: 'Status after the change.' }),
    failure: payload('failure', {
      type: DeliveryFailure,
      nullable: true,
      description: 'Why the attempt failed that it tells of; null where none failed.',
    }),
    error: payload('error', {
      type: 'String',
      nullable: true,
      description: 'What went wrong last; null for nothing.',
    }),
    attemptCount: payload('attempts', { type: 'Int', description: 'Number of attempts so far.' }),
    at: payload('at', { type: 'DateTime', description: 'Time of the change.' }),
    notification: t.prismaField({
      type: Notification,
      nullable: true,
      description: 'The message as it is now; null once it is removed.',
      resolve: (query, { payload: { notificationId } }, _args, context) =>
        context.modules.notifications.reads.find(tenantOf(context), { id: notificationId }, query),
    }),
  }),
})

eventField('notificationChanged', {
  topic: notificationChangedTopic,
  action: 'notification:read',
  type: NotificationChanged,
  union: 'NotificationUpdate',
  description:
    'Every change of messages to channels, once and in order; after a cursor also those that were missed.',
  filterName: 'NotificationChange',
  items: 'changes of messages',
  filter: (is) => ({
    channel: is.idOf('NotificationChannel', 'Where the message goes.'),
    kind: is.oneOf(NotificationKind, 'What the message tells.'),
    status: is.oneOf(NotificationStatus, 'Status after the change.'),
    dedupKey: is.text('Key of the breach.'),
  }),
})

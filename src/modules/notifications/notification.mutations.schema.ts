import { mutation, only } from '../../graphql/mutation.ts'
import { idOf } from '../../graphql/mutation-input.ts'
import { Notification } from './notification.schema.ts'

mutation('retryNotification', {
  action: 'notification:write',
  description:
    'Has a message sent now that failed or waits for its next attempt; ten attempts begin anew. One that tells of a breach whose end was delivered is refused.',
  input: (t) => ({ id: idOf(t, 'Notification') }),
  run: (permit, { id }, { notifications }) => notifications.service.retry(permit, id),
  payload: only('notification', Notification, 'The message.'),
})

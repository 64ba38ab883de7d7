import { eventField, eventType } from '../../graphql/live.ts'
import { conditions, ConnectionEventRef } from './connection-events.schema.ts'
import { connectionEventStoredTopic } from './connection-events.topics.ts'

const ConnectionEventStored = eventType(connectionEventStoredTopic, 'ConnectionEventStored', {
  description: 'A connection event that was stored.',
  fields: (_payload, t) => ({
    event: t.field({
      type: ConnectionEventRef,
      description: 'The event.',
      resolve: ({ payload: { time, ...event } }) => ({ ...event, time: new Date(time) }),
    }),
  }),
})

eventField('connectionEvents', {
  topic: connectionEventStoredTopic,
  action: 'analytics:read',
  type: ConnectionEventStored,
  union: 'ConnectionEventUpdate',
  description: 'Every connection event, once and in the order in which they are stored.',
  filterName: 'StoredConnectionEvent',
  items: 'connection events',
  filter: () => conditions,
})

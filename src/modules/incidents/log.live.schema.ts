import { eventField, eventType } from '../../graphql/live.ts'
import { conditions, LogEvent } from './log.schema.ts'
import { logEventStoredTopic } from './log.topics.ts'

const LogEventStored = eventType(logEventStoredTopic, 'LogEventStored', {
  description: 'A log line that was stored.',
  fields: (_payload, t) => ({
    event: t.field({
      type: LogEvent,
      description: 'The line.',
      resolve: ({ payload: { time, ...line } }) => ({ ...line, time: new Date(time) }),
    }),
  }),
})

eventField('logAdded', {
  topic: logEventStoredTopic,
  action: 'log:read',
  type: LogEventStored,
  union: 'LogUpdate',
  description: 'Every log line, once and in the order in which they are stored.',
  filterName: 'StoredLogEvent',
  items: 'log lines',
  filter: () => conditions,
  project: ({ projectId }) => projectId,
})

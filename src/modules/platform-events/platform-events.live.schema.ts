import { eventField, eventType } from '../../graphql/live.ts'
import { parseJson } from '../../platform/json.ts'
import { conditions, PlatformEventRef } from './platform-events.schema.ts'
import { platformEventStoredTopic } from './platform-events.topics.ts'

const PlatformEventStored = eventType(platformEventStoredTopic, 'PlatformEventStored', {
  description: 'A platform event that was stored.',
  fields: (_payload, t) => ({
    event: t.field({
      type: PlatformEventRef,
      description: 'The event.',
      resolve: ({ payload: { time, body, ...event } }) => ({
        ...event,
        time: new Date(time),
        body: parseJson(body)?.value as object,
      }),
    }),
  }),
})

eventField('platformEventAdded', {
  topic: platformEventStoredTopic,
  action: 'platformEvent:read',
  type: PlatformEventStored,
  union: 'PlatformEventUpdate',
  description: 'Every platform event, such as a deployment, once and in the order in which they are stored.',
  filterName: 'StoredPlatformEvent',
  items: 'platform events',
  filter: () => conditions,
  project: ({ projectId }) => projectId,
})

import { eventField, eventType } from '../../graphql/live.ts'
import { parseJson } from '../../platform/json.ts'
import { conditions, RoutingEventRef } from './routing-events.schema.ts'
import { routingEventStoredTopic } from './routing-events.topics.ts'
import { scoresOf } from './routing.rules.ts'

const documentOf = (text: string): object => parseJson(text)?.value as object

const RoutingEventStored = eventType(routingEventStoredTopic, 'RoutingEventStored', {
  description: 'A routing decision that was stored.',
  fields: (_payload, t) => ({
    event: t.field({
      type: RoutingEventRef,
      description: 'The decision.',
      resolve: ({ payload: { time, scores, metadata, ...event } }) => ({
        ...event,
        time: new Date(time),
        scores: scoresOf(documentOf(scores)),
        metadata: documentOf(metadata),
      }),
    }),
  }),
})

eventField('routingEvents', {
  topic: routingEventStoredTopic,
  action: 'infrastructure:read',
  type: RoutingEventStored,
  union: 'RoutingEventUpdate',
  description: 'Every routing decision, once and in the order in which they are stored.',
  filterName: 'StoredRoutingEvent',
  items: 'routing decisions',
  filter: () => conditions,
})

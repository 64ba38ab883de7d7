import { eventField, eventType } from '../../graphql/live.ts'
import { parseJson } from '../../platform/json.ts'
import { ProductEventRef } from './product-events.schema.ts'
import { productEventStoredTopic } from './product-events.topics.ts'

const ProductEventStored = eventType(productEventStoredTopic, 'ProductEventStored', {
  description: 'A product event that was stored.',
  fields: (_payload, t) => ({
    event: t.field({
      type: ProductEventRef,
      description: 'The event.',
      resolve: ({ payload: { time, properties, ...event } }) => ({
        ...event,
        time: new Date(time),
        properties: parseJson(properties)?.value as object,
      }),
    }),
  }),
})

eventField('productEvents', {
  topic: productEventStoredTopic,
  action: 'product:read',
  type: ProductEventStored,
  union: 'ProductEventUpdate',
  description: 'Every product event, once and in the order in which they are stored.',
  filterName: 'StoredProductEvent',
  items: 'product events',
  filter: (is) => ({
    eventType: is.text('Type of the event.'),
    userId: is.text('User, as the product names them.'),
    sessionId: is.text('Session, as the product names it.'),
  }),
  project: ({ project }) => project,
})

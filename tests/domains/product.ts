import { uuidv7 } from '../../src/platform/ids.ts'
import type { DomainFixture } from './fixture.ts'

export const product: DomainFixture = {
  facts: ({ word, viewers }) => ({
    product_events: ['page_view', 'button_click'].map((event_type) => ({
      event_id: uuidv7(),
      time: new Date().toISOString(),
      event_type: `${word}-${event_type}`,
      user_id: `${word}-user`,
      session_id: `${word}-session`,
      properties: { page: `${word}-page`, viewers },
    })),
  }),

  longest: {
    'Analytics.productFunnel': 10,
    'Analytics.productRetention': 92,
    'ProductEventBreakdown.groups': 1_000,
    'ProductEventSeries.points': 3_000,
    'ProductEventSeries.types': 20,
    'ProductEventTypeCount.points': 3_000,
  },

  literals: ({ word }) => ({
    'Query.productEvents.first': '100',
    'Subscription.productEvents.withStart': 'true',
    'Analytics.productEvents.range': '{ last: "PT10M" }',
    'Analytics.productEvents.step': '"PT5M"',
    'Analytics.productEventBreakdown.property': '"page"',
    'Analytics.productEventBreakdown.first': '10',
    'Analytics.productFunnel.steps': `[{ eventType: { contains: "page_view" } }, { userId: { startsWith: "${word}" } }]`,
  }),
}

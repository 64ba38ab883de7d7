import { uuidv7 } from '../../src/platform/ids.ts'
import type { DomainFixture } from './fixture.ts'

export const platformEvents: DomainFixture = {
  facts: ({ word, viewers }) => ({
    platform_events: ['deployment', 'configuration.changed'].map((type) => ({
      event_id: uuidv7(),
      time: new Date().toISOString(),
      type: `${word.replaceAll(' ', '-')}.${type}`,
      service: `${word}-service`,
      host: `${word}-host`,
      version: `${word}-version`,
      message: `${word} message`,
      body: { commit: `${word}-commit`, viewers },
    })),
  }),

  longest: {
    'PlatformEventGroup.points': 3_000,
    'PlatformEventSeries.groups': 20,
    'PlatformEventSeries.points': 3_000,
  },

  literals: () => ({
    'Query.platformEvents.first': '100',
    'Subscription.platformEventAdded.withStart': 'true',
    'Analytics.platformEvents.range': '{ last: "PT10M" }',
    'Analytics.platformEvents.step': '"PT5M"',
    'PlatformEventSeries.groups.by': 'SERVICE',
  }),
}

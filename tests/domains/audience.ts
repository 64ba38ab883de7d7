import type { DomainFixture } from './fixture.ts'

export const audience: DomainFixture = {
  longest: {
    'ViewerSeries.countries': 26 ** 2,
    'ViewerSeries.points': 3_000,
    'ViewersNow.groups': 1_000,
  },

  literals: ({ id }) => ({
    'Stream.viewers.range': '{ last: "PT10M" }',
    'Stream.viewers.step': '"PT5M"',
    'Analytics.viewersNow.by': 'STREAM',
    'Subscription.streamViewers.id': id('Stream'),
  }),
}

import type { DomainFixture } from './fixture.ts'

export const audience: DomainFixture = {
  longest: {
    'ViewerSeries.countries': 26 ** 2,
    'ViewerSeries.points': 3_000,
    'ViewersNow.groups': 1_000,
  },

  literals: ({ id, streams }) => ({
    'Stream.viewers.range': '{ last: "PT10M" }',
    'Stream.viewers.step': '"PT5M"',
    'Analytics.viewers.internalName': JSON.stringify(streams[0]),
    'Analytics.viewers.range': '{ last: "PT10M" }',
    'Analytics.viewers.step': '"PT5M"',
    'Analytics.viewersNow.by': 'STREAM',
    'Analytics.viewersNow.first': '10',
    'Subscription.streamViewers.id': id('Stream'),
  }),
}

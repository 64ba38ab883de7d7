import type { DomainFixture } from './fixture.ts'

export const audience: DomainFixture = {
  literals: ({ id }) => ({
    'Stream.viewers.range': '{ last: "PT10M" }',
    'Stream.viewers.step': '"PT5M"',
    'Analytics.viewersNow.by': 'STREAM',
    'Subscription.streamViewers.id': id('Stream'),
  }),
}

import { uuidv7 } from '../../src/platform/ids.ts'
import type { DomainFixture } from './fixture.ts'

export const audience: DomainFixture = {
  facts: ({ word, viewers, streams }) => ({
    viewer_samples: streams.map((internal_name) => ({
      event_id: uuidv7(),
      time: new Date().toISOString(),
      internal_name,
      viewer_count: viewers,
      node_id: `${word}-node-1`,
      country_code: 'NL',
      connection_type: 'HLS',
    })),
  }),

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

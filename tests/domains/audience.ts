import { uuidv7 } from '../../src/platform/ids.ts'
import type { DomainFixture } from './fixture.ts'

export const audience: DomainFixture = {
  facts: ({ word, viewers, streams }) => ({
    // Each also as far ahead as a clock may be, so that who watches now is known while the tests go on.
    viewer_samples: streams.flatMap((internal_name) =>
      [0, 240].map((secondsAhead) => ({
        event_id: uuidv7(),
        time: new Date(Date.now() + secondsAhead * 1_000).toISOString(),
        internal_name,
        viewer_count: viewers,
        node_id: `${word}-node-1`,
        country_code: 'NL',
        connection_type: 'HLS',
        city: `${word}-city`,
        latitude: 52.37,
        longitude: 4.89,
      })),
    ),
    connection_events: streams.flatMap((internal_name) =>
      ['connect', 'disconnect'].map((event_type) => ({
        event_id: uuidv7(),
        time: new Date().toISOString(),
        internal_name,
        event_type,
        session_id: `${word}-session`,
        node_id: `${word}-node-1`,
        connector: `${word}-hls`,
        address: '203.0.113.7',
        user_agent: `${word}-player`,
        country_code: 'NL',
        city: `${word}-city`,
        session_duration_s: event_type === 'disconnect' ? viewers : 0,
        bytes_transferred: viewers,
      })),
    ),
  }),

  longest: {
    'ConnectionSeries.connectors': 100,
    'ConnectionSeries.countries': 26 ** 2,
    'ConnectionSeries.points': 3_000,
    'ViewerSeries.countries': 26 ** 2,
    'ViewerSeries.groups': 1_000,
    'ViewerSeries.points': 3_000,
    'ViewerSeriesGroup.points': 3_000,
    'ViewersNow.groups': 1_000,
  },

  literals: ({ id, streams }) => ({
    'Analytics.connections.range': '{ last: "PT10M" }',
    'Analytics.connections.step': '"PT5M"',
    'Query.connectionEvents.first': '100',
    'Stream.connections.range': '{ last: "PT10M" }',
    'Stream.connections.step': '"PT5M"',
    'Stream.connectionEvents.first': '10',
    'Subscription.connectionEvents.withStart': 'true',
    'Stream.viewers.range': '{ last: "PT10M" }',
    'Stream.viewers.step': '"PT5M"',
    'Analytics.viewers.internalName': JSON.stringify(streams[0]),
    'Analytics.viewers.range': '{ last: "PT10M" }',
    'Analytics.viewers.step': '"PT5M"',
    'ViewerSeries.groups.by': 'CITY',
    'ViewerSeries.groups.first': '10',
    'Analytics.viewersNow.by': 'STREAM',
    'Analytics.viewersNow.first': '10',
    'Subscription.streamViewers.id': id('Stream'),
  }),
}

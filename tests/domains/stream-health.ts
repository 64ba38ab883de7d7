import { uuidv7 } from '../../src/platform/ids.ts'
import type { DomainFixture } from './fixture.ts'

export const streamHealth: DomainFixture = {
  facts: ({ word, viewers, streams }) => ({
    stream_health_samples: streams.flatMap((internal_name) =>
      // The last as far ahead as a clock may be, so that there is a current one while the tests go on.
      [-1, 0, 240].map((secondsAhead, index) => ({
        event_id: uuidv7(),
        time: new Date(Date.now() + secondsAhead * 1_000).toISOString(),
        internal_name,
        node_id: `${word}-node-1`,
        bitrate_kbps: viewers,
        packets_sent: 100,
        packets_lost: 1,
        width: index === 0 ? 1280 : 1920,
        height: index === 0 ? 720 : 1080,
        buffer_state: index === 0 ? 'RECOVER' : 'DRY',
        codec: `${word}-codec`,
        issues: `${word}-issue`,
        health_score: 50,
        track_metadata: { track: `${word}-track` },
      })),
    ),
  }),

  longest: {
    'Stream.qualityChanges': 100,
    'StreamBuffering.intervals': 500,
    'StreamHealthSeries.points': 3_000,
  },

  literals: ({ id, streams }) => ({
    'Query.streamHealthIssues.first': '100',
    'Stream.healthIssues.first': '10',
    'Stream.rebuffering.range': '{ last: "PT10M" }',
    'Stream.qualityChanges.range': '{ last: "PT10M" }',
    'Stream.health.range': '{ last: "PT10M" }',
    'Stream.health.step': '"PT5M"',
    'Analytics.streamHealth.internalName': JSON.stringify(streams[0]),
    'Analytics.streamHealth.range': '{ last: "PT10M" }',
    'Analytics.streamHealth.step': '"PT5M"',
    'Subscription.streamHealth.id': id('Stream'),
  }),
}

import { uuidv7 } from '../../src/platform/ids.ts'
import type { DomainFixture } from './fixture.ts'

export const trackLists: DomainFixture = {
  facts: ({ word, viewers, streams }) => ({
    track_list_events: streams.flatMap((internal_name) =>
      [1, 2].map((track_count) => ({
        event_id: uuidv7(),
        time: new Date(Date.now() - 1_000 * (2 - track_count)).toISOString(),
        internal_name,
        node_id: `${word}-node-1`,
        track_count,
        track_list: { [`${word}-track`]: { codec: `${word}-codec` } },
        width: 1280,
        height: 720,
        bitrate_kbps: viewers,
        codec: `${word}-codec`,
        audio_codec: `${word}-sound`,
        quality_tier: `${word}-tier`,
      })),
    ),
  }),

  longest: { 'Stream.trackChanges': 100 },

  literals: () => ({
    'Query.trackListEvents.first': '100',
    'Stream.trackLists.first': '10',
    'Stream.trackChanges.range': '{ last: "PT10M" }',
    'Subscription.trackListChanged.withStart': 'true',
  }),
}

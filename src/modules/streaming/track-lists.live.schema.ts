import { eventField, eventType } from '../../graphql/live.ts'
import { conditions, TrackListRef } from './track-lists.schema.ts'
import { trackListStoredTopic } from './track-lists.topics.ts'

const TrackListStored = eventType(trackListStoredTopic, 'TrackListStored', {
  description: 'A track list that was stored.',
  fields: (_payload, t) => ({
    trackList: t.field({
      type: TrackListRef,
      description: 'The list.',
      resolve: ({ payload: { time, ...list } }) => ({ ...list, time: new Date(time) }),
    }),
  }),
})

eventField('trackListChanged', {
  topic: trackListStoredTopic,
  action: 'analytics:read',
  type: TrackListStored,
  union: 'TrackListUpdate',
  description: 'Every track list, once and in the order in which they are stored.',
  filterName: 'StoredTrackList',
  items: 'track lists',
  filter: () => conditions,
})

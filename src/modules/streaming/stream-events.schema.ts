import { builder } from '../../graphql/builder.ts'
import { clockOf } from '../../graphql/context.ts'
import { defineFactList } from '../../graphql/fact-list.ts'
import { defineFilter, is } from '../../graphql/filters.ts'
import { nodeOf } from '../../graphql/node-of.ts'
import { TimeRangeInput } from '../../graphql/series.ts'
import { resolveRange } from '../../platform/time-range.ts'
import { Clip } from './clip.schema.ts'
import { Recording } from './recording.schema.ts'
import type { StreamEvent } from './stream-events.queries.ts'
import { longText } from '../../graphql/limits/cost.ts'
import { charactersOf } from '../../ingest/dataset.ts'
import { streamEvents } from './stream-events.dataset.ts'

const StreamEventFilter = defineFilter(
  'StreamEvent',
  {
    stream: is.text('Internal name of the stream.'),
    node: is.text('Edge node, as the media server names it.'),
    eventType: is.text('Type of the event.'),
    status: is.text('State that it tells, as the media server calls it.'),
  },
  'events of streams',
)

const StreamEventRef = builder.objectRef<StreamEvent>('StreamEvent').implement({
  description: 'Something that a media server told of a stream.',
  fields: (t) => ({
    eventId: t.exposeString('eventId', { description: 'Id of the event (a UUID).' }),
    time: t.expose('time', { type: 'DateTime', description: 'Time at which it happened.' }),
    internalName: t.exposeString('internalName', {
      description: 'Internal name of the stream, whether or not there is such a stream.',
    }),
    nodeName: t.exposeString('nodeName', { description: 'Edge node that told it; empty for none.' }),
    eventType: t.exposeString('eventType', { description: 'Type, such as stream_lifecycle_update.' }),
    status: t.exposeString('status', {
      description: 'State that it tells, as the media server calls it; empty for none.',
    }),
    clip: t.field({
      type: Clip,
      nullable: true,
      description: 'The clip that it is about.',
      resolve: ({ clipId }, _args, context, info) => nodeOf(context, info, 'Clip', clipId),
    }),
    recording: t.field({
      type: Recording,
      nullable: true,
      description: 'The recording that it is about.',
      resolve: ({ recordingId }, _args, context, info) => nodeOf(context, info, 'Recording', recordingId),
    }),
    progress: t.exposeInt('progress', { description: 'How far a clip is, in percent; 0 for no clip.' }),
    message: t.exposeString('message', { description: 'What it says, for people.' }),
    data: t.expose('data', {
      type: 'JSON',
      description: 'Further values.',
      extensions: longText(charactersOf(streamEvents, 'event_data')),
    }),
  }),
})

const StreamEvents = defineFactList({ of: StreamEventRef, items: 'events of streams' })
StreamEvents.root('streamEvents', {
  action: 'stream:read',
  description: 'What media servers told of streams, newest first.',
  args: builder.args((t) => ({
    filter: t.field({ type: StreamEventFilter.type, description: 'Conditions on the events.' }),
    range: t.field({
      type: TimeRangeInput,
      description: 'Window of the events (default: the last 24 hours).',
    }),
  })),
  ask: ({ filter, range }, context) => ({
    filter: StreamEventFilter.parse(filter),
    range: resolveRange(range ?? {}, clockOf(context)),
  }),
  check: ({ filter, range }, clock) => {
    StreamEventFilter.parse(filter)
    resolveRange(range ?? {}, clock)
  },
  rows: ({ streamEvents }) => streamEvents.queries,
})

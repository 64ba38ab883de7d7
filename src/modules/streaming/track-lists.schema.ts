import { builder } from '../../graphql/builder.ts'
import { clockOf, type Context } from '../../graphql/context.ts'
import { rowNamed } from '../../graphql/edge.ts'
import { defineFactList } from '../../graphql/fact-list.ts'
import { defineFilter, is } from '../../graphql/filters.ts'
import { TimeRangeInput } from '../../graphql/series.ts'
import type { Clock } from '../../platform/clock.ts'
import { parseJson } from '../../platform/json.ts'
import { resolveRange } from '../../platform/time-range.ts'
import { EdgeNode } from '../infrastructure/edge-node.schema.ts'
import type { Modules } from '../modules.ts'
import { Stream } from './stream.schema.ts'
import type { TrackList } from './track-lists.queries.ts'
import { longText } from '../../graphql/limits/cost.ts'
import { charactersOf } from '../../ingest/dataset.ts'
import { trackListEvents } from './track-lists.dataset.ts'

/** What of a list can be asked for, in the history and live. */
export const conditions = {
  internalName: is.text('Stream, by its internal name.'),
  nodeName: is.text('Edge node, as the media server names it.'),
  codec: is.text('Codec of the picture.'),
  qualityTier: is.text('Quality tier, as the media server calls it.'),
}
const TrackListFilter = defineFilter('TrackList', conditions, 'track lists')

type Measure = {
  [K in keyof TrackList]: TrackList[K] extends number | null ? K : never
}[keyof TrackList]

export const TrackListRef = builder.objectRef<TrackList>('TrackList').implement({
  description: 'The tracks that a stream has on an edge node, from an instant on.',
  fields: (t) => {
    const whole = (name: Measure, description: string) =>
      t.exposeInt(name, { nullable: true, description: `${description}; null where it was not measured.` })
    const text = (name: 'codec' | 'audioCodec' | 'qualityTier', description: string) =>
      t.exposeString(name, { description: `${description}; empty for unknown.` })
    return {
      eventId: t.exposeString('eventId', {
        description: 'Id of the list (a UUID): the same list sent twice counts once.',
      }),
      time: t.expose('time', { type: 'DateTime', description: 'Time from which it holds.' }),
      internalName: t.exposeString('internalName', { description: 'Stream, by its internal name.' }),
      stream: t.field({
        type: Stream,
        nullable: true,
        description: 'The stream; null where none has this name.',
        resolve: ({ internalName }, _args, context, info) =>
          rowNamed(context, info, context.modules.streams.reads, 'internalName', internalName),
      }),
      nodeName: t.exposeString('nodeName', {
        description: 'Edge node, as the media server names it; empty for none.',
      }),
      edgeNode: t.field({
        type: EdgeNode,
        nullable: true,
        description: 'The edge node; null when none of the tenant has this slug.',
        resolve: ({ nodeName }, _args, context, info) =>
          rowNamed(context, info, context.modules.edgeNodes.reads, 'slug', nodeName),
      }),
      trackCount: whole('trackCount', 'Number of tracks'),
      videoTrackCount: whole('videoTrackCount', 'Number of video tracks'),
      audioTrackCount: whole('audioTrackCount', 'Number of audio tracks'),
      tracks: t.field({
        type: 'JSON',
        extensions: longText(charactersOf(trackListEvents, 'track_list')),
        description: 'The tracks by their names, as the media server tells them.',
        resolve: ({ tracks }) => parseJson(tracks)?.value as object,
      }),
      width: whole('width', 'Width of the picture, in pixels'),
      height: whole('height', 'Height of the picture, in pixels'),
      fps: t.exposeFloat('fps', {
        nullable: true,
        description: 'Number of frames a second; null where it was not measured.',
      }),
      bitrateKbps: whole('bitrateKbps', 'Bitrate of the picture, in kilobits a second'),
      codec: text('codec', 'Codec of the picture'),
      audioChannels: whole('audioChannels', 'Number of channels of the sound'),
      audioSampleRate: whole('audioSampleRate', 'Sample rate of the sound, in hertz'),
      audioCodec: text('audioCodec', 'Codec of the sound'),
      audioBitrateKbps: whole('audioBitrateKbps', 'Bitrate of the sound, in kilobits a second'),
      qualityTier: text('qualityTier', 'Quality tier, as the media server calls it'),
    }
  },
})

type ListArgs = {
  readonly filter?: object | null | undefined
  readonly range?: Parameters<typeof resolveRange>[0] | null | undefined
}
/** Throws what `resolveRange` and the filter throw. */
const askedOf = ({ filter, range }: ListArgs, clock: Clock) => ({
  filter: TrackListFilter.parse(filter),
  range: resolveRange(range ?? {}, clock),
})

const TrackLists = defineFactList({ of: TrackListRef, items: 'track lists' })
const place = {
  action: 'analytics:read',
  args: builder.args((t) => ({
    filter: t.field({ type: TrackListFilter.type, description: 'Conditions on the lists.' }),
    range: t.field({
      type: TimeRangeInput,
      description: 'Window of the lists (default: the last 24 hours).',
    }),
  })),
  ask: (args: ListArgs, context: Context) => askedOf(args, clockOf(context)),
  check: askedOf,
  rows: ({ trackLists }: Modules) => trackLists.queries,
} as const
TrackLists.root('trackListEvents', {
  ...place,
  description: 'Track lists of all streams, newest first.',
})
TrackLists.below(Stream, 'trackLists', {
  ...place,
  description: 'Track lists of the stream, newest first.',
  key: 'internalName',
})

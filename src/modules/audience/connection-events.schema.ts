import { builder } from '../../graphql/builder.ts'
import { clockOf, type Context } from '../../graphql/context.ts'
import { rowNamed } from '../../graphql/edge.ts'
import { defineFactList } from '../../graphql/fact-list.ts'
import { defineFilter, is } from '../../graphql/filters.ts'
import { TimeRangeInput } from '../../graphql/series.ts'
import type { Clock } from '../../platform/clock.ts'
import { resolveRange } from '../../platform/time-range.ts'
import { EdgeNode } from '../infrastructure/edge-node.schema.ts'
import type { Modules } from '../modules.ts'
import { Stream } from '../streaming/stream.schema.ts'
import type { ConnectionEventType } from './connection-event-type.ts'
import type { ConnectionEvent } from './connection-events.queries.ts'

export const ConnectionEventTypeEnum = builder.enumType('ConnectionEventType', {
  description: 'What a connection event says.',
  values: {
    CONNECT: { value: 'connect', description: 'A viewer connected to a stream.' },
    DISCONNECT: { value: 'disconnect', description: 'A viewer left a stream.' },
  } as const satisfies Record<string, { value: ConnectionEventType; description: string }>,
})

/** What of an event can be asked for, in the list and live. */
export const conditions = {
  internalName: is.text('Stream, by its internal name.'),
  eventType: is.oneOf(ConnectionEventTypeEnum, 'What the event says.'),
  countryCode: is.text('Country, as ISO 3166-1 alpha-2.'),
  connector: is.text('Protocol of the player.'),
  sessionId: is.text('Session, as the media server names it.'),
}
const ConnectionEventFilter = defineFilter('ConnectionEvent', conditions, 'connection events')

export const ConnectionEventRef = builder.objectRef<ConnectionEvent>('ConnectionEvent').implement({
  description: 'A viewer connected to a stream or left it.',
  fields: (t) => ({
    eventId: t.exposeString('eventId', {
      description: 'Id of the event (a UUID): the same event sent twice counts once.',
    }),
    time: t.expose('time', { type: 'DateTime', description: 'Time at which it happened.' }),
    eventType: t.expose('eventType', { type: ConnectionEventTypeEnum, description: 'What the event says.' }),
    internalName: t.exposeString('internalName', { description: 'Stream, by its internal name.' }),
    stream: t.field({
      type: Stream,
      nullable: true,
      description: 'The stream; null where none has this name.',
      resolve: ({ internalName }, _args, context, info) =>
        rowNamed(context, info, context.modules.streams.reads, 'internalName', internalName),
    }),
    sessionId: t.exposeString('sessionId', {
      description: 'Session, as the media server names it; empty for none.',
    }),
    edgeNodeName: t.exposeString('nodeId', {
      description: 'Edge node that served the viewer, as the event names it; empty when it did not say.',
    }),
    edgeNode: t.field({
      type: EdgeNode,
      nullable: true,
      description: 'The edge node; null where none has this name.',
      resolve: ({ nodeId }, _args, context, info) =>
        rowNamed(context, info, context.modules.edgeNodes.reads, 'slug', nodeId),
    }),
    connector: t.exposeString('connector', {
      description: 'Protocol of the player, such as hls or webrtc; empty when it did not say.',
    }),
    address: t.exposeString('address', {
      description:
        'Network of the viewer, such as 203.0.113.0/24; empty for unknown. The address is not kept.',
    }),
    userAgent: t.exposeString('userAgent', { description: 'User agent of the player; empty for unknown.' }),
    countryCode: t.exposeString('countryCode', { description: 'ISO 3166-1 alpha-2; ZZ for unknown.' }),
    city: t.exposeString('city', { description: 'City; empty for unknown.' }),
    latitude: t.exposeFloat('latitude', {
      description: 'Latitude in degrees, to a tenth (11 km); 0 for unknown.',
    }),
    longitude: t.exposeFloat('longitude', {
      description: 'Longitude in degrees, to a tenth; 0 for unknown.',
    }),
    sessionSeconds: t.int({
      nullable: true,
      description: 'Length of the session, of an event that ends one; null where it is not known.',
      resolve: ({ eventType, sessionSeconds }) =>
        eventType === 'disconnect' && sessionSeconds > 0 ? sessionSeconds : null,
    }),
    bytes: t.expose('bytes', {
      type: 'BigInt',
      description: 'Number of bytes that were sent to the viewer.',
    }),
  }),
})

type EventArgs = {
  readonly filter?: object | null | undefined
  readonly range?: Parameters<typeof resolveRange>[0] | null | undefined
}
/** Throws what `resolveRange` and the filter throw. */
const askedOf = ({ filter, range }: EventArgs, clock: Clock) => ({
  filter: ConnectionEventFilter.parse(filter),
  range: resolveRange(range ?? {}, clock),
})

const ConnectionEvents = defineFactList({ of: ConnectionEventRef, items: 'connection events' })
const place = {
  action: 'analytics:read',
  args: builder.args((t) => ({
    filter: t.field({ type: ConnectionEventFilter.type, description: 'Conditions on the events.' }),
    range: t.field({
      type: TimeRangeInput,
      description: 'Window of the events (default: the last 24 hours).',
    }),
  })),
  ask: (args: EventArgs, context: Context) => askedOf(args, clockOf(context)),
  check: askedOf,
  rows: ({ connections }: Modules) => connections.queries,
} as const
ConnectionEvents.root('connectionEvents', {
  ...place,
  description: 'Connection events of all streams, newest first.',
})
ConnectionEvents.below(Stream, 'connectionEvents', {
  ...place,
  description: 'Connection events of the stream, newest first.',
  key: 'internalName',
})

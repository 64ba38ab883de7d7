import { builder } from '../../graphql/builder.ts'
import { clockOf, type Context } from '../../graphql/context.ts'
import { rowNamed } from '../../graphql/edge.ts'
import { defineFactList } from '../../graphql/fact-list.ts'
import { defineFilter, is } from '../../graphql/filters.ts'
import { TimeRangeInput } from '../../graphql/series.ts'
import type { Clock } from '../../platform/clock.ts'
import { resolveRange } from '../../platform/time-range.ts'
import type { Modules } from '../modules.ts'
import { Stream } from '../streaming/stream.schema.ts'
import { EdgeNode } from './edge-node.schema.ts'
import type { RoutingEvent } from './routing-events.queries.ts'
import { MAX_SCORES, type NodeScore, type RoutingOutcome } from './routing.rules.ts'
import { longText } from '../../graphql/limits/cost.ts'
import { charactersOf } from '../../ingest/dataset.ts'
import { routingEvents } from './routing-events.dataset.ts'

const RoutingOutcomeEnum = builder.enumType('RoutingOutcome', {
  description: 'What became of a request for an edge node.',
  values: {
    SUCCEEDED: { value: 'succeeded', description: 'A node was found.' },
    FAILED: { value: 'failed', description: 'No node was found, or the router says that it failed.' },
  } as const satisfies Record<string, { value: RoutingOutcome; description: string }>,
})

/** What of a decision can be asked for, in lists, series and live. */
export const conditions = {
  internalName: is.text('Stream, by its internal name.'),
  nodeName: is.text('Edge node that was selected, by its slug.'),
  outcome: is.oneOf(RoutingOutcomeEnum, 'What became of it.'),
  status: is.text('Status, as the router calls it.'),
  countryCode: is.text('Country of the viewer, as ISO 3166-1 alpha-2.'),
}
export const RoutingFilter = defineFilter('RoutingEvent', conditions, 'routing decisions')

const RoutingScore = builder.objectRef<NodeScore>('RoutingScore').implement({
  description: 'How good an edge node was for a viewer, as the router says.',
  fields: (t) => ({
    nodeName: t.exposeString('node', { description: 'Edge node, by its slug.' }),
    edgeNode: t.field({
      type: EdgeNode,
      nullable: true,
      description: 'The edge node; null where none has this name.',
      resolve: ({ node }, _args, context, info) =>
        rowNamed(context, info, context.modules.edgeNodes.reads, 'slug', node),
    }),
    score: t.exposeFloat('score', {
      nullable: true,
      description: "Score, on the router's own scale; null where it gives none.",
    }),
    reason: t.exposeString('reason', { description: 'Why, as the router says; empty for none.' }),
  }),
})

export const RoutingEventRef = builder.objectRef<RoutingEvent>('RoutingEvent').implement({
  description: 'A router sent a viewer to an edge node, or found none.',
  fields: (t) => {
    const degrees = (name: 'latitude' | 'longitude' | 'nodeLatitude' | 'nodeLongitude', what: string) =>
      t.exposeFloat(name, { nullable: true, description: `${what}, in degrees; null for unknown.` })
    return {
      eventId: t.exposeString('eventId', {
        description: 'Id of the decision (a UUID): the same one sent twice counts once.',
      }),
      time: t.expose('time', { type: 'DateTime', description: 'Time of the decision.' }),
      internalName: t.exposeString('internalName', { description: 'Stream, by its internal name.' }),
      stream: t.field({
        type: Stream,
        nullable: true,
        description: 'The stream; null where none has this name.',
        resolve: ({ internalName }, _args, context, info) =>
          rowNamed(context, info, context.modules.streams.reads, 'internalName', internalName),
      }),
      nodeName: t.exposeString('nodeName', {
        description: 'Edge node that was selected, by its slug; empty for none.',
      }),
      edgeNode: t.field({
        type: EdgeNode,
        nullable: true,
        description: 'The edge node; null where none has this name.',
        resolve: ({ nodeName }, _args, context, info) =>
          rowNamed(context, info, context.modules.edgeNodes.reads, 'slug', nodeName),
      }),
      outcome: t.expose('outcome', { type: RoutingOutcomeEnum, description: 'What became of it.' }),
      status: t.exposeString('status', { description: 'Status, as the router calls it; empty for none.' }),
      details: t.exposeString('details', { description: 'Why, in words of the router; empty for none.' }),
      score: t.exposeFloat('score', {
        nullable: true,
        description: "Score of the node that was selected, on the router's own scale; null for none.",
      }),
      distanceKm: t.exposeFloat('distanceKm', {
        nullable: true,
        description: 'Distance between the viewer and the node, in kilometres; null for unknown.',
      }),
      scores: t.field({
        type: [RoutingScore],
        description: `All nodes that were looked at, best first (at most ${MAX_SCORES}).`,
        extensions: { cost: { small: true, items: MAX_SCORES } },
        resolve: ({ scores }) => scores,
      }),
      clientAddress: t.exposeString('clientAddress', {
        description:
          'Network of the viewer, such as 203.0.113.0/24; empty for unknown. The address is not kept.',
      }),
      countryCode: t.exposeString('countryCode', {
        description: 'Country of the viewer, as ISO 3166-1 alpha-2; ZZ for unknown.',
      }),
      region: t.exposeString('region', { description: 'Region of the viewer; empty for unknown.' }),
      city: t.exposeString('city', { description: 'City of the viewer; empty for unknown.' }),
      latitude: degrees('latitude', 'Latitude of the viewer to a tenth'),
      longitude: degrees('longitude', 'Longitude of the viewer to a tenth'),
      nodeLatitude: degrees('nodeLatitude', 'Latitude of the node to a tenth'),
      nodeLongitude: degrees('nodeLongitude', 'Longitude of the node to a tenth'),
      metadata: t.expose('metadata', {
        type: 'JSON',
        description: 'Further values of the router.',
        extensions: longText(charactersOf(routingEvents, 'routing_metadata')),
      }),
    }
  },
})

type EventArgs = {
  readonly filter?: object | null | undefined
  readonly range?: Parameters<typeof resolveRange>[0] | null | undefined
}
/** Throws what `resolveRange` and the filter throw. */
const askedOf = ({ filter, range }: EventArgs, clock: Clock) => ({
  filter: RoutingFilter.parse(filter),
  range: resolveRange(range ?? {}, clock),
})

const RoutingEvents = defineFactList({ of: RoutingEventRef, items: 'routing decisions' })
const place = {
  action: 'infrastructure:read',
  args: builder.args((t) => ({
    filter: t.field({ type: RoutingFilter.type, description: 'Conditions on the decisions.' }),
    range: t.field({
      type: TimeRangeInput,
      description: 'Window of the decisions (default: the last 24 hours).',
    }),
  })),
  ask: (args: EventArgs, context: Context) => askedOf(args, clockOf(context)),
  check: askedOf,
} as const
const ofNodes = ({ routing }: Modules) => routing.queries.ofNodes
RoutingEvents.root('routingEvents', {
  ...place,
  description: 'Decisions of routers, newest first.',
  rows: ofNodes,
})
RoutingEvents.below(EdgeNode, 'routingEvents', {
  ...place,
  description: 'Decisions for the node, newest first.',
  key: 'slug',
  rows: ofNodes,
})
RoutingEvents.below(Stream, 'routingEvents', {
  ...place,
  description: 'Decisions about viewers of the stream, newest first.',
  key: 'internalName',
  rows: ({ routing }: Modules) => routing.queries.ofStreams,
})

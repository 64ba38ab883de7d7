import type { ObjectRef } from '@pothos/core'
import { builder, type GraphTypes } from '../../graphql/builder.ts'
import { rowNamed } from '../../graphql/edge.ts'
import { AppError } from '../../platform/errors.ts'
import { EdgeNode } from '../infrastructure/edge-node.schema.ts'
import { Stream } from '../streaming/stream.schema.ts'
import { positionOf, type GroupKey, type ViewersBy } from './viewer-groups.ts'
import type { ViewersNow } from './viewers.queries.ts'

/** Highest number of groups of viewers: those of a tenant with a thousand streams. */
export const MAX_GROUPS = 1_000
/** A country is any two letters. */
export const MAX_COUNTRIES = 26 * 26

export const ViewersByEnum = builder.enumType('ViewersBy', {
  description: 'What viewers can be grouped by.',
  values: {
    STREAM: { description: 'Stream, by its internal name.' },
    COUNTRY: { description: 'Country, as ISO 3166-1 alpha-2.' },
    EDGE_NODE: { description: 'Edge node that serves the viewers.' },
    CONNECTION_TYPE: { description: 'Connection type, such as hls or webrtc.' },
    CITY: { description: 'City and its country. An empty key is for viewers whose city is not known.' },
    PLACE: {
      description:
        'Place on the map, to a tenth of a degree (about 11 km): `latitude` and `longitude`. An empty key is for viewers whose place is not known.',
    },
  } as const satisfies Record<ViewersBy, { description: string }>,
})

/** Throws BAD_REQUEST for a number of groups that there can't be. */
export const checkFirst = ({ first }: { readonly first?: unknown }): void => {
  if (Number(first) < 1 || Number(first) > MAX_GROUPS)
    throw new AppError('BAD_REQUEST', '`first` is a number from 1 to 1,000.')
}

/** The arguments of every field that answers with groups, and how many it has without `first`. */
export const groupArgs = (fallback: number) =>
  builder.args((t) => ({
    by: t.field({ type: ViewersByEnum, required: true, description: 'What to group by.' }),
    first: t.int({
      defaultValue: fallback,
      required: true,
      description: `Number of groups, most viewers first (1-1,000, default ${fallback}).`,
    }),
  }))

/** Adds what every kind of group says about what its viewers have in common. */
export const nameGroups = (ref: ObjectRef<GraphTypes, GroupKey>): void =>
  builder.objectFields(ref, (t) => ({
    key: t.exposeString('key', { description: 'What the viewers have in common, as the samples name it.' }),
    countryCode: t.string({
      nullable: true,
      description:
        'Country of a group by COUNTRY or CITY, as ISO 3166-1 alpha-2; ZZ for unknown, null where viewers are grouped by something else.',
      resolve: ({ countryCode }) => countryCode || null,
    }),
    latitude: t.float({
      nullable: true,
      description:
        'Degrees north of the equator of a group by PLACE; null where it is not known or viewers are grouped by something else.',
      resolve: (group) => positionOf(group)?.latitude,
    }),
    longitude: t.float({
      nullable: true,
      description: 'Degrees east of Greenwich of a group by PLACE; null where `latitude` is.',
      resolve: (group) => positionOf(group)?.longitude,
    }),
    stream: t.field({
      type: Stream,
      nullable: true,
      description:
        'Stream of the group; null where viewers are grouped by something else or no stream has this name.',
      resolve: ({ by, key }, _args, context, info) =>
        by === 'STREAM' ? rowNamed(context, info, context.modules.streams.reads, 'internalName', key) : null,
    }),
    edgeNode: t.field({
      type: EdgeNode,
      nullable: true,
      description:
        'Edge node of the group; null where viewers are grouped by something else or no node has this name.',
      resolve: ({ by, key }, _args, context, info) =>
        by === 'EDGE_NODE' ? rowNamed(context, info, context.modules.edgeNodes.reads, 'slug', key) : null,
    }),
  }))

/** `by` says what the key names. */
type Group = ViewersNow['groups'][number] & Pick<ViewersNow, 'by'>

export const ViewerGroup = builder.objectRef<Group>('ViewerGroup').implement({
  description: 'Viewers that have something in common.',
  fields: (t) => ({
    viewers: t.expose('viewers', { type: 'BigInt', description: 'Number of viewers.' }),
  }),
})
nameGroups(ViewerGroup)

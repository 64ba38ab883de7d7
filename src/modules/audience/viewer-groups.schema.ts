import { builder } from '../../graphql/builder.ts'
import { rowNamed } from '../../graphql/edge.ts'
import { EdgeNode } from '../infrastructure/edge-node.schema.ts'
import { Stream } from '../streaming/stream.schema.ts'
import type { ViewersBy } from './viewers.queries.ts'

/** Highest number of groups of viewers: those of a tenant with a thousand streams. */
export const MAX_GROUPS = 1_000

export const ViewersByEnum = builder.enumType('ViewersBy', {
  description: 'What viewers can be grouped by.',
  values: {
    STREAM: { description: 'Stream, by its internal name.' },
    COUNTRY: { description: 'Country, as ISO 3166-1 alpha-2.' },
    EDGE_NODE: { description: 'Edge node that serves the viewers.' },
    CONNECTION_TYPE: { description: 'Connection type, such as hls or webrtc.' },
  } as const satisfies Record<ViewersBy, { description: string }>,
})

type Group = { readonly key: string; readonly viewers: number }

/** Groups with what they are grouped by, which says what their keys name. */
export const viewerGroups = (by: ViewersBy, groups: readonly Group[]): (Group & { by: ViewersBy })[] =>
  groups.map(({ key, viewers }) => ({ by, key, viewers }))

export const ViewerGroup = builder.objectRef<Group & { by: ViewersBy }>('ViewerGroup').implement({
  description: 'Viewers that have something in common.',
  fields: (t) => ({
    key: t.exposeString('key', { description: 'What the viewers have in common, as the samples name it.' }),
    viewers: t.expose('viewers', { type: 'BigInt', description: 'Number of viewers.' }),
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
  }),
})

import { builder, type GraphTypes } from '../../graphql/builder.ts'
import { tenantOf, type Context } from '../../graphql/context.ts'
import { asksClickHouseFor } from '../../graphql/limits/cost.ts'
import { byWindow, seriesPoints } from '../../graphql/series.ts'
import type { GraphQLResolveInfo } from 'graphql'
import type { ConnectionCounts } from './connection-counts.queries.ts'
import { OF_ALL, type ConnectionGroup, type ConnectionsBy } from './connection-series.queries.ts'
import type { AskedSeries } from './connection-series.schema.ts'

/** Any two letters, and more protocols than a media server speaks. */
const most = { country: 26 ** 2, connector: 100 } as const satisfies Record<ConnectionsBy, number>

type Fields<T> = PothosSchemaTypes.ObjectFieldBuilder<GraphTypes, T>

/** What a bucket, a group and the whole all tell. */
export const countFields = <T extends ConnectionCounts>(t: Fields<T>) => ({
  joins: t.field({ type: 'BigInt', description: 'Number of connections.', resolve: ({ joins }) => joins }),
  leaves: t.field({
    type: 'BigInt',
    description: 'Number of disconnections.',
    resolve: ({ leaves }) => leaves,
  }),
  sessions: t.field({
    type: 'BigInt',
    description:
      'Number of different sessions that joined or left (estimated above some thousand, with an error of about 0.5 %): not the sum of those of the parts.',
    resolve: ({ sessions }) => sessions,
  }),
  bytes: t.field({
    type: 'BigInt',
    description: 'Number of bytes that were sent to viewers.',
    resolve: ({ bytes }) => bytes,
  }),
  averageSessionSeconds: t.float({
    nullable: true,
    description: 'Mean length of the sessions that ended; null where none has a known length.',
    resolve: ({ averageSessionSeconds }) => averageSessionSeconds,
  }),
  watchedMinutes: t.float({
    description: 'Length of the sessions that ended, in all: a session counts whole where it ended.',
    resolve: ({ watchedMinutes }) => watchedMinutes,
  }),
})

const Point = builder.objectRef<ConnectionCounts & { readonly time: Date }>('ConnectionPoint').implement({
  description: 'One bucket of a series of connections.',
  fields: (t) => ({
    time: t.expose('time', { type: 'DateTime', description: 'Start of the bucket.' }),
    ...countFields(t),
  }),
})

export const pointFields = (t: Fields<AskedSeries>) => ({
  points: t.field({
    type: [Point],
    description: 'All buckets, oldest first.',
    extensions: seriesPoints,
    resolve: ({ points }) => [...points],
  }),
})

/** `ofJoins` is those of the whole, which the share is of. */
type Share = ConnectionGroup & { readonly ofJoins: number }

const Group = builder.objectRef<Share>('ConnectionGroup').implement({
  description: 'Connections that have something in common.',
  fields: (t) => ({
    key: t.exposeString('key', {
      description: 'What they have in common: a country (ZZ for unknown) or a protocol (empty for unknown).',
    }),
    share: t.float({
      nullable: true,
      description: 'Part of all joins of the window, 0 to 1; null where nobody joined.',
      resolve: ({ joins, ofJoins }) => (ofJoins > 0 ? joins / ofJoins : null),
    }),
    ...countFields(t),
  }),
})

const groupsOf = (by: ConnectionsBy, what: string) => ({
  type: [Group] as [typeof Group],
  nullable: true as const,
  description: `The same by ${what}, most joins first (at most ${most[by]}).`,
  extensions: asksClickHouseFor({ small: true, items: most[by] }),
  resolve: async (series: AskedSeries, _args: object, context: Context, info: GraphQLResolveInfo) => {
    const { internalName, filter, from, to, stepMs, zone } = series
    const ask = { filter, range: { from, to }, stepMs, zone, by, first: most[by] }
    const { queries } = context.modules.connections
    const load = (keys?: readonly string[]) => queries.groups(tenantOf(context), { ...ask, keys }, context)
    const found =
      internalName === undefined
        ? ((await load()).get(OF_ALL) ?? [])
        : await byWindow(context, info, ask, load).load(internalName)
    return found.map((group) => ({ ...group, ofJoins: series.joins }))
  },
})

export const groupFields = (t: Fields<AskedSeries>) => ({
  countries: t.field(groupsOf('country', 'country')),
  connectors: t.field(groupsOf('connector', 'protocol of the player')),
})

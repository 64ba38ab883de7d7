import { Analytics } from '../../graphql/analytics.schema.ts'
import { builder } from '../../graphql/builder.ts'
import { tenantOf, type Context } from '../../graphql/context.ts'
import { defineFilter, is } from '../../graphql/filters.ts'
import { Series, seriesField, seriesFieldOf } from '../../graphql/series.ts'
import type { Window } from '../../platform/buckets.ts'
import type { Filter } from '../../platform/filter-tree.ts'
import { Stream } from '../streaming/stream.schema.ts'
import { groupFields, pointFields, countFields } from './connection-parts.schema.ts'
import { OF_ALL, type ConnectionSeries } from './connection-series.queries.ts'

/** What a series of all streams can be asked by: what its rollup has. */
const ConnectionFilter = defineFilter(
  'Connection',
  {
    internalName: is.text('Stream, by its internal name.'),
    countryCode: is.text('Country, as ISO 3166-1 alpha-2.'),
    connector: is.text('Protocol of the player.'),
  },
  'connections',
)

/** A series, and what it was asked for: its parts are of the same. */
export type AskedSeries = ConnectionSeries & { readonly filter: Filter; readonly internalName?: string }

const ConnectionSeriesRef = builder.objectRef<AskedSeries>('ConnectionSeries').implement({
  interfaces: [Series],
  description: 'Viewers who joined and left over time.',
  fields: (t) => ({ ...countFields(t), ...pointFields(t), ...groupFields(t) }),
})

const everything: Filter = { all: [] }

const seriesOf = async (
  internalNames: readonly string[],
  window: Window,
  context: Context,
): Promise<Map<string, AskedSeries>> => {
  const { queries } = context.modules.connections
  const ask = { filter: everything, keys: internalNames, ...window }
  const found = await queries.series(tenantOf(context), ask, context)
  return new Map(
    Array.from(found, ([internalName, series]) => [
      internalName,
      { ...series, filter: everything, internalName },
    ]),
  )
}

builder.prismaObjectField(Stream, 'connections', (t) =>
  t.field({
    select: { internalName: true },
    ...seriesFieldOf({
      type: ConnectionSeriesRef,
      action: 'analytics:read',
      description: 'Viewers who joined and left the stream over time.',
      key: (stream: { internalName: string }) => stream.internalName,
      load: seriesOf,
    }),
  }),
)

builder.objectField(Analytics, 'connections', (t) =>
  t.field(
    seriesField({
      type: ConnectionSeriesRef,
      action: 'analytics:read',
      description: 'Viewers who joined and left over time, of all streams.',
      args: builder.args((arg) => ({
        filter: arg.field({ type: ConnectionFilter.type, description: 'Conditions on the connections.' }),
      })),
      check: ({ filter }) => void ConnectionFilter.parse(filter as object | undefined),
      load: async (window, context, args) => {
        const filter = ConnectionFilter.parse(args.filter)
        const { queries } = context.modules.connections
        const found = await queries.series(tenantOf(context), { filter, ...window }, context)
        return { ...found.get(OF_ALL)!, filter }
      },
    }),
  ),
)

import { builder } from '../../graphql/builder.ts'
import { tenantOf } from '../../graphql/context.ts'
import { asksClickHouseFor, type FieldCost } from '../../graphql/limits/cost.ts'
import { byWindow, Series, seriesFieldOf, seriesPoints } from '../../graphql/series.ts'
import { Stream } from '../streaming/stream.schema.ts'
import type { CountryViewers } from './viewer-series.queries.ts'
import type { ViewerPoint, ViewerSeries } from './viewer-series.ts'

/** A country is any two letters. */
export const countries = { cost: { small: true, items: 26 * 26 } } as const satisfies { cost: FieldCost }

const average = 'Average minute audience'
const peak = 'Highest number of viewers in a minute'
const samples = 'Number of samples behind the values.'

const ViewerPointRef = builder.objectRef<ViewerPoint>('ViewerPoint').implement({
  description: 'One bucket of a series of viewers.',
  fields: (t) => ({
    time: t.expose('time', { type: 'DateTime', description: 'Start of the bucket.' }),
    average: t.exposeFloat('average', {
      nullable: true,
      description: `${average} of the bucket; null where nothing was measured.`,
    }),
    peak: t.expose('peak', {
      type: 'BigInt',
      nullable: true,
      description: `${peak} of the bucket; null where nothing was measured.`,
    }),
    samples: t.expose('samples', { type: 'BigInt', description: samples }),
  }),
})

const CountryViewersRef = builder.objectRef<CountryViewers>('CountryViewers').implement({
  description: 'Viewers of one country.',
  fields: (t) => ({
    countryCode: t.exposeString('countryCode', { description: 'ISO 3166-1 alpha-2; ZZ for unknown.' }),
    average: t.exposeFloat('average', {
      description: `${average}; the averages of the countries add up to that of the stream.`,
    }),
    peak: t.expose('peak', { type: 'BigInt', description: `${peak}.` }),
    samples: t.expose('samples', { type: 'BigInt', description: samples }),
  }),
})

const ViewerSeriesRef = builder.objectRef<ViewerSeries & { internalName: string }>('ViewerSeries').implement({
  interfaces: [Series],
  description: 'Viewers of a stream over time.',
  fields: (t) => ({
    average: t.exposeFloat('average', {
      nullable: true,
      description: `${average}, over the minutes that have samples; null when none has.`,
    }),
    peak: t.expose('peak', {
      type: 'BigInt',
      nullable: true,
      description: `${peak}; null without samples.`,
    }),
    samples: t.expose('samples', { type: 'BigInt', description: samples }),
    points: t.field({
      type: [ViewerPointRef],
      description: 'All buckets, oldest first.',
      extensions: seriesPoints,
      resolve: ({ points }) => [...points],
    }),
    countries: t.field({
      type: [CountryViewersRef],
      nullable: true,
      description: 'Viewers of the same window by country, most first.',
      extensions: asksClickHouseFor(countries.cost),
      resolve: ({ internalName, from, to, stepMs }, _args, context, info) => {
        const window = { range: { from, to }, stepMs }
        const load = (internalNames: readonly string[]) =>
          context.modules.viewers.queries.viewerCountries(
            tenantOf(context),
            { internalNames, ...window },
            context,
          )
        return byWindow(context, info, window, load).load(internalName)
      },
    }),
  }),
})

builder.prismaObjectField(Stream, 'viewers', (t) =>
  t.field({
    select: { internalName: true },
    ...seriesFieldOf({
      type: ViewerSeriesRef,
      action: 'analytics:read',
      description: 'Viewers of the stream over time.',
      key: (stream: { internalName: string }) => stream.internalName,
      load: async (internalNames, window, context) => {
        const { queries } = context.modules.viewers
        const found = await queries.viewerSeries(tenantOf(context), { internalNames, ...window }, context)
        return new Map(
          Array.from(found, ([internalName, series]) => [internalName, { ...series, internalName }]),
        )
      },
    }),
  }),
)

import { Analytics } from '../../graphql/analytics.schema.ts'
import { builder } from '../../graphql/builder.ts'
import { tenantOf, type Context } from '../../graphql/context.ts'
import { asksClickHouseFor, type FieldCost } from '../../graphql/limits/cost.ts'
import {
  byWindow,
  Series,
  seriesField,
  seriesFieldOf,
  seriesPoints,
  type Window,
} from '../../graphql/series.ts'
import { Stream } from '../streaming/stream.schema.ts'
import type { CountryViewers } from './viewer-series.queries.ts'
import type { ViewerPoint, ViewerSeries } from './viewer-series.ts'

/** A country is any two letters. */
export const countries = { cost: { small: true, items: 26 * 26 } } as const satisfies { cost: FieldCost }

const average = 'Mean of the audiences of the measured minutes'
const peak = 'Highest audience of a minute, in whole viewers'
const samples = 'Number of samples behind the values.'
const viewerMinutes = 'Sum of the audiences of the measured minutes: what was watched.'

const ViewerPointRef = builder.objectRef<ViewerPoint>('ViewerPoint').implement({
  description: 'One bucket of a series of viewers. A bucket below a minute has the viewers at its end.',
  fields: (t) => ({
    time: t.expose('time', { type: 'DateTime', description: 'Start of the bucket.' }),
    average: t.exposeFloat('average', {
      nullable: true,
      description: `${average} of the bucket; null where nothing was measured.`,
    }),
    peak: t.expose('peak', {
      type: 'BigInt',
      nullable: true,
      description: `${peak}; null where nothing was measured.`,
    }),
    minutes: t.exposeFloat('minutes', {
      description: 'Number of measured minutes; a fraction where the step is below a minute.',
    }),
    viewerMinutes: t.exposeFloat('viewerMinutes', { description: viewerMinutes }),
    samples: t.expose('samples', { type: 'BigInt', description: 'Number of samples in the bucket.' }),
  }),
})

const CountryViewersRef = builder.objectRef<CountryViewers>('CountryViewers').implement({
  description: 'Viewers of one country.',
  fields: (t) => ({
    countryCode: t.exposeString('countryCode', { description: 'ISO 3166-1 alpha-2; ZZ for unknown.' }),
    average: t.exposeFloat('average', {
      description: `${average} of the stream; the averages of the countries add up to that of the stream.`,
    }),
    peak: t.expose('peak', { type: 'BigInt', description: `${peak}.` }),
    viewerMinutes: t.exposeFloat('viewerMinutes', { description: viewerMinutes }),
    samples: t.expose('samples', { type: 'BigInt', description: samples }),
  }),
})

type NamedSeries = ViewerSeries & { readonly internalName: string }

const ViewerSeriesRef = builder.objectRef<NamedSeries>('ViewerSeries').implement({
  interfaces: [Series],
  description:
    "Viewers of a stream over time. A minute's audience is the mean of each key (edge node, country, connection type), summed.",
  fields: (t) => ({
    average: t.exposeFloat('average', {
      nullable: true,
      description: `${average}; null when none is.`,
    }),
    peak: t.expose('peak', {
      type: 'BigInt',
      nullable: true,
      description: `${peak}; null without samples.`,
    }),
    minutes: t.exposeFloat('minutes', {
      description:
        'Number of measured minutes: those with a sample. A key without a sample in a minute has no audience in it, so senders report each key at least once a minute.',
    }),
    viewerMinutes: t.exposeFloat('viewerMinutes', { description: viewerMinutes }),
    samples: t.expose('samples', {
      type: 'BigInt',
      description:
        'Number of samples behind the values: at least `minutes` times the number of keys where senders report often enough.',
    }),
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

const seriesOf = async (
  internalNames: readonly string[],
  window: Window,
  context: Context,
): Promise<Map<string, NamedSeries>> => {
  const { queries } = context.modules.viewers
  const found = await queries.viewerSeries(tenantOf(context), { internalNames, ...window }, context)
  return new Map(Array.from(found, ([internalName, series]) => [internalName, { ...series, internalName }]))
}

builder.prismaObjectField(Stream, 'viewers', (t) =>
  t.field({
    select: { internalName: true },
    ...seriesFieldOf({
      type: ViewerSeriesRef,
      action: 'analytics:read',
      description: 'Viewers of the stream over time.',
      key: (stream: { internalName: string }) => stream.internalName,
      load: seriesOf,
    }),
  }),
)

builder.objectField(Analytics, 'viewers', (t) =>
  t.field(
    seriesField({
      type: ViewerSeriesRef,
      action: 'analytics:read',
      description:
        'Viewers over time of what samples call by one name, whether or not there is such a stream.',
      args: builder.args((arg) => ({
        internalName: arg.string({ required: true, description: 'Internal name, as the samples give it.' }),
      })),
      load: async (window, context, { internalName }) =>
        (await seriesOf([internalName], window, context)).get(internalName)!,
    }),
  ),
)

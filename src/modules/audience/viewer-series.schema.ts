import { Analytics } from '../../graphql/analytics.schema.ts'
import { builder } from '../../graphql/builder.ts'
import { tenantOf, type Context } from '../../graphql/context.ts'
import { defineFilter, is } from '../../graphql/filters.ts'
import { Series, seriesField, seriesFieldOf, seriesPoints } from '../../graphql/series.ts'
import type { Window } from '../../platform/buckets.ts'
import type { Filter } from '../../platform/filter-tree.ts'
import { Stream } from '../streaming/stream.schema.ts'
import type { ViewerPoint, ViewerSeries } from './viewer-series.ts'
import { TOGETHER, type ViewerSubjects } from './viewer-subjects.queries.ts'

export const average = 'Mean of the audiences of the measured minutes'
export const peak = 'Highest audience of a minute, in whole viewers'
export const samples = 'Number of samples behind the values.'
export const viewerMinutes = 'Sum of the audiences of the measured minutes: what was watched.'

export const ViewerPointRef = builder.objectRef<ViewerPoint>('ViewerPoint').implement({
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

/** A series, and whose it is: of the stream of this name, or of all samples of the filter. */
export type OwnSeries = ViewerSeries & ({ readonly internalName: string } | { readonly filter: Filter })

export const ViewerSeriesRef = builder.objectRef<OwnSeries>('ViewerSeries').implement({
  interfaces: [Series],
  description:
    "Viewers of a stream or of many together over time. A minute's audience is the mean of each key (stream, edge node, country, connection type), summed.",
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
  }),
})

const ViewerSampleFilter = defineFilter(
  'ViewerSample',
  {
    internalName: is.text('Internal name of the stream.'),
    countryCode: is.text('Country, as ISO 3166-1 alpha-2 in upper case; ZZ for unknown.'),
    edgeNodeSlug: is.text('Slug of the edge node that serves the viewers.'),
    connectionType: is.text('Connection type, such as hls or webrtc.'),
  },
  'viewer samples',
)

const seriesOf = (subjects: ViewerSubjects, window: Window, context: Context) =>
  context.modules.viewers.queries.viewerSeries(tenantOf(context), { ...subjects, ...window }, context)

builder.prismaObjectField(Stream, 'viewers', (t) =>
  t.field({
    select: { internalName: true },
    ...seriesFieldOf({
      type: ViewerSeriesRef,
      action: 'analytics:read',
      description: 'Viewers of the stream over time.',
      key: (stream: { internalName: string }) => stream.internalName,
      load: async (internalNames, window, context) =>
        new Map(
          Array.from(await seriesOf({ internalNames }, window, context), ([internalName, series]) => [
            internalName,
            { ...series, internalName },
          ]),
        ),
    }),
  }),
)

builder.objectField(Analytics, 'viewers', (t) =>
  t.field(
    seriesField({
      type: ViewerSeriesRef,
      action: 'analytics:read',
      description:
        "Viewers over time of all streams together, or of those that are asked for. The peak is the highest sum of a minute, not the sum of the streams' peaks.",
      args: builder.args((arg) => ({
        internalName: arg.string({
          description:
            'Internal name, as the samples give it, whether or not there is such a stream (default: all).',
        }),
        filter: arg.field({ type: ViewerSampleFilter.type, description: 'Conditions on the samples.' }),
      })),
      check: ({ filter }) => void ViewerSampleFilter.parse(filter as object | undefined),
      load: async (window, context, { internalName, filter }) => {
        const held = ViewerSampleFilter.parse(filter)
        const named: Filter = { column: 'internalName', operator: 'eq', value: internalName }
        const subjects = { filter: internalName == null ? held : { all: [named, held] } }
        const series = (await seriesOf(subjects, window, context)).get(TOGETHER)!
        return { ...series, ...subjects }
      },
    }),
  ),
)

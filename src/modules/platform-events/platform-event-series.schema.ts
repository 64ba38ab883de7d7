import { Analytics } from '../../graphql/analytics.schema.ts'
import { builder } from '../../graphql/builder.ts'
import { tenantOf } from '../../graphql/context.ts'
import { asksClickHouseFor } from '../../graphql/limits/cost.ts'
import { Series, seriesField, seriesPoints } from '../../graphql/series.ts'
import type { Window } from '../../platform/buckets.ts'
import type { PlatformEventAsk } from './platform-event-filter.queries.ts'
import {
  OF_ALL,
  type PlatformEventBy,
  type PlatformEventGroup,
  type PlatformEventSeries,
} from './platform-event-series.queries.ts'
import { PlatformEventFilter, platformEventAskOf } from './platform-events.schema.ts'

/** As many lines as a chart can show apart. */
const MAX_GROUPS = 20

const PlatformEventGroupBy = builder.enumType('PlatformEventGroupBy', {
  description: 'What platform events can be told apart by.',
  values: {
    TYPE: { value: 'type', description: 'Type, such as deployment.' },
    SERVICE: { value: 'service', description: 'Service that they are about (empty for none).' },
    HOST: { value: 'host', description: 'Host that they are about (empty for none).' },
    VERSION: { value: 'version', description: 'Version that they are about (empty for none).' },
  } as const satisfies Record<string, { value: PlatformEventBy; description: string }>,
})

const Point = builder.objectRef<PlatformEventSeries['points'][number]>('PlatformEventPoint').implement({
  description: 'One bucket of a series of platform events.',
  fields: (t) => ({
    time: t.expose('time', { type: 'DateTime', description: 'Start of the bucket.' }),
    count: t.expose('count', { type: 'BigInt', description: 'Number of events; 0 for none.' }),
  }),
})

const points = {
  type: [Point] as [typeof Point],
  description: 'All buckets, oldest first.',
  extensions: seriesPoints,
}
const COUNT = { type: 'BigInt', description: 'Number of events in the whole window.' } as const

const Group = builder.objectRef<PlatformEventGroup>('PlatformEventGroup').implement({
  description: 'Platform events that have something in common, over time.',
  fields: (t) => ({
    key: t.exposeString('key', { description: 'What they have in common.' }),
    count: t.expose('count', COUNT),
    points: t.field({ ...points, resolve: (group) => [...group.points] }),
  }),
})

type Asked = PlatformEventSeries & { readonly ask: PlatformEventAsk & Window }

const PlatformEventSeriesRef = builder.objectRef<Asked>('PlatformEventSeries').implement({
  interfaces: [Series],
  description: 'Platform events over time, in the buckets of any other series of the same range and step.',
  fields: (t) => ({
    count: t.expose('count', COUNT),
    points: t.field({ ...points, resolve: (series) => [...series.points] }),
    groups: t.field({
      type: [Group],
      nullable: true,
      description: `The same by something that they have in common, most events first (at most ${MAX_GROUPS}).`,
      args: {
        by: t.arg({
          type: PlatformEventGroupBy,
          defaultValue: 'type',
          required: true,
          description: 'What they have in common.',
        }),
      },
      extensions: asksClickHouseFor({ items: MAX_GROUPS }),
      resolve: async ({ ask }, { by }, context) => {
        const { queries } = context.modules.platformEvents
        return [...(await queries.parts(tenantOf(context), { ...ask, by, first: MAX_GROUPS }, context))]
      },
    }),
  }),
})

builder.objectField(Analytics, 'platformEvents', (t) =>
  t.field(
    seriesField({
      type: PlatformEventSeriesRef,
      action: 'platformEvent:read',
      description: 'Platform events, such as deployments, over time.',
      args: builder.args((arg) => ({
        filter: arg.field({ type: PlatformEventFilter.type, description: 'Conditions on the events.' }),
      })),
      check: ({ filter }) => void PlatformEventFilter.parse(filter as object | undefined),
      load: async (window, context, { filter }) => {
        const ask = { ...platformEventAskOf(filter, window.range, context), ...window }
        const found = await context.modules.platformEvents.queries.series(tenantOf(context), ask, context)
        return { ...found.get(OF_ALL)!, ask }
      },
    }),
  ),
)

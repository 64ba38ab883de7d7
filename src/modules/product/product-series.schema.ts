import { Analytics } from '../../graphql/analytics.schema.ts'
import { builder } from '../../graphql/builder.ts'
import { tenantOf } from '../../graphql/context.ts'
import { asksClickHouseFor } from '../../graphql/limits/cost.ts'
import { Series, seriesField, seriesPoints } from '../../graphql/series.ts'
import { filterArgs, productAskOf, ProductEventFilter } from './product-events.schema.ts'
import type {
  ProductPoint,
  ProductSeries,
  ProductSeriesAsk,
  ProductTypeSeries,
} from './product-series.queries.ts'

/** As many lines as a chart can show apart. */
export const MAX_TYPES = 20
const USERS = 'estimated above some thousand, with an error of about 0.5 %'

const Point = builder.objectRef<ProductPoint>('ProductEventPoint').implement({
  description: 'One bucket of a series of product events.',
  fields: (t) => ({
    time: t.expose('time', { type: 'DateTime', description: 'Start of the bucket.' }),
    count: t.expose('count', { type: 'BigInt', description: 'Number of events; 0 for none.' }),
    users: t.expose('users', { type: 'BigInt', description: `Number of different users (${USERS}).` }),
  }),
})

const points = {
  type: [Point] as [typeof Point],
  description: 'All buckets, oldest first.',
  extensions: seriesPoints,
}

const TypeSeries = builder.objectRef<ProductTypeSeries>('ProductEventTypeCount').implement({
  description: 'Product events of one type over time.',
  fields: (t) => ({
    eventType: t.exposeString('eventType', { description: 'Type, such as page_view.' }),
    count: t.expose('count', { type: 'BigInt', description: 'Number of events in the whole window.' }),
    users: t.expose('users', {
      type: 'BigInt',
      description: `Number of different users in the whole window (${USERS}).`,
    }),
    points: t.field({ ...points, resolve: (series) => [...series.points] }),
  }),
})

type Asked = ProductSeries & { readonly ask: ProductSeriesAsk }

const ProductEventSeries = builder.objectRef<Asked>('ProductEventSeries').implement({
  interfaces: [Series],
  description: 'Product events over time.',
  fields: (t) => ({
    count: t.expose('count', { type: 'BigInt', description: 'Number of events in the whole window.' }),
    users: t.expose('users', {
      type: 'BigInt',
      description: `Number of different users in the whole window (${USERS}): not the sum of those of its buckets or types.`,
    }),
    perSecond: t.float({
      description: 'Average number of events a second in the whole window.',
      resolve: ({ count, from, to }) => count / ((to.getTime() - from.getTime()) / 1_000),
    }),
    points: t.field({ ...points, resolve: (series) => [...series.points] }),
    types: t.field({
      type: [TypeSeries],
      nullable: true,
      description: `The same by type, most events first: the ${MAX_TYPES} with the most.`,
      extensions: asksClickHouseFor({ items: MAX_TYPES }),
      resolve: async ({ ask }, _args, context) => {
        const { queries } = context.modules.productEvents
        return [...(await queries.types(tenantOf(context), { ...ask, first: MAX_TYPES }, context))]
      },
    }),
  }),
})

builder.objectField(Analytics, 'productEvents', (t) =>
  t.field(
    seriesField({
      type: ProductEventSeries,
      action: 'product:read',
      description: 'Product events over time.',
      args: filterArgs,
      check: ({ filter }) => void ProductEventFilter.parse(filter as object | undefined),
      load: async (window, context, { filter }) => {
        const ask = { ...productAskOf(filter, window.range, context), ...window }
        const found = await context.modules.productEvents.queries.series(tenantOf(context), ask, context)
        return { ...found, ask }
      },
    }),
  ),
)

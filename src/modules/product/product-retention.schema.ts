import { Analytics } from '../../graphql/analytics.schema.ts'
import { builder } from '../../graphql/builder.ts'
import { clockOf, tenantOf } from '../../graphql/context.ts'
import { asksClickHouseFor } from '../../graphql/limits/cost.ts'
import { needs } from '../../graphql/needs.ts'
import { days, retention } from '../../platform/retention.ts'
import { resolveRange } from '../../platform/time-range.ts'
import { requireZone } from '../../platform/time-zone.ts'
import { ProductEventFilter, productAskOf, rangeArgs } from './product-events.schema.ts'
import type { ProductCohort } from './product-retention.queries.ts'

/** The longest range, and the day that it begins in. */
export const MAX_DAYS = days(retention.raw) + 1

const Cohort = builder.objectRef<ProductCohort>('ProductCohort').implement({
  description: 'Users who came on the same day.',
  fields: (t) => ({
    day: t.exposeString('day', { description: 'Day of their first event in the window: YYYY-MM-DD.' }),
    users: t.expose('users', { type: 'BigInt', description: 'Number of users.' }),
    returned: t.field({
      type: ['BigInt'],
      description: 'Number of them who came back after 0, 1, 2 ... days: the first is the same day.',
      resolve: ({ returned }) => [...returned],
    }),
  }),
})

builder.objectField(Analytics, 'productRetention', (t) =>
  t.field({
    type: [Cohort],
    nullable: true,
    description: `Who came back: users by the day of their first event, and on how many days after it they returned. ${needs('product:read')}`,
    extensions: asksClickHouseFor({ items: MAX_DAYS }),
    authScopes: { action: 'product:read' },
    args: {
      start: t.arg({ type: ProductEventFilter.type, description: 'Conditions on the first event.' }),
      back: t.arg({ type: ProductEventFilter.type, description: 'Conditions on an event of coming back.' }),
      timezone: t.arg.string({
        description: 'Time zone in which days begin, such as Europe/Amsterdam (default: UTC).',
      }),
      ...rangeArgs,
    },
    resolve: async (_root, { start, back, timezone, range }, context) => {
      const { range: window, project } = productAskOf(
        null,
        resolveRange(range ?? {}, clockOf(context)),
        context,
      )
      const ask = {
        range: window,
        project,
        start: ProductEventFilter.parse(start),
        back: ProductEventFilter.parse(back),
        timezone: requireZone(timezone),
      }
      return [...(await context.modules.productEvents.queries.retention(tenantOf(context), ask, context))]
    },
  }),
)

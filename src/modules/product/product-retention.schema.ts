import { Analytics } from '../../graphql/analytics.schema.ts'
import { builder } from '../../graphql/builder.ts'
import { tenantOf } from '../../graphql/context.ts'
import { asksClickHouseFor, type Check, type FieldCost } from '../../graphql/limits/cost.ts'
import { needs } from '../../graphql/needs.ts'
import { days, retention } from '../../platform/retention.ts'
import { requireZone } from '../../platform/time-zone.ts'
import { askedOf, ProductEventFilter, productAskIn, rangeArgs } from './product-events.schema.ts'
import type { ProductCohort } from './product-retention.queries.ts'

/** The longest range, the day that it begins in, and one more where a day of the range has 23 hours. */
export const MAX_DAYS = days(retention.raw) + 2

const check: Check = ({ start, back, timezone, range }, clock) => {
  for (const filter of [start, back]) ProductEventFilter.parse(filter as object | undefined)
  askedOf({ range: range as object | undefined, timezone: timezone as string | undefined }, clock)
}

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
    extensions: { ...asksClickHouseFor({ items: MAX_DAYS }), check } satisfies {
      cost: FieldCost
      check: Check
    },
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
      const ask = {
        ...productAskIn({ range, timezone }, context),
        start: ProductEventFilter.parse(start),
        back: ProductEventFilter.parse(back),
        timezone: requireZone(timezone),
      }
      return [...(await context.modules.productEvents.queries.retention(tenantOf(context), ask, context))]
    },
  }),
)

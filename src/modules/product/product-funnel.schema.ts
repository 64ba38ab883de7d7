import { Analytics } from '../../graphql/analytics.schema.ts'
import { builder } from '../../graphql/builder.ts'
import { tenantOf } from '../../graphql/context.ts'
import { asksClickHouseFor, type Check, type FieldCost } from '../../graphql/limits/cost.ts'
import { needs } from '../../graphql/needs.ts'
import { parseDuration } from '../../platform/duration.ts'
import { AppError } from '../../platform/errors.ts'
import type { Filter } from '../../platform/filter-tree.ts'
import { MAX_RANGE_MS } from '../../platform/time-range.ts'
import { askedOf, ProductEventFilter, productAskIn, rangeArgs } from './product-events.schema.ts'

/** ClickHouse follows 32 at most; a funnel of more than ten is no longer one. */
export const MAX_STEPS = 10
const DAY_MS = 86_400_000

type Step = { readonly users: number; readonly ofFirst: number | null; readonly ofPrevious: number | null }

const FunnelStep = builder.objectRef<Step>('ProductFunnelStep').implement({
  description: 'A step of a funnel.',
  fields: (t) => ({
    users: t.expose('users', { type: 'BigInt', description: 'Number of users who came this far.' }),
    ofFirst: t.exposeFloat('ofFirst', {
      nullable: true,
      description: 'Share of the users of the first step (0-1); null when there are none.',
    }),
    ofPrevious: t.exposeFloat('ofPrevious', {
      nullable: true,
      description: 'Share of the users of the step before (0-1); null when there are none.',
    }),
  }),
})

const stepsOf = (steps: readonly object[]): Filter[] => {
  if (steps.length < 2 || steps.length > MAX_STEPS)
    throw new AppError('BAD_REQUEST', `\`steps\` has 2 to ${MAX_STEPS} of them.`)
  return steps.map((step) => ProductEventFilter.parse(step))
}
/** No window is longer. */
const withinOf = (within: string | null | undefined): number =>
  within ? Math.min(parseDuration(within), MAX_RANGE_MS) : DAY_MS
const check: Check = ({ steps, within, range }, clock) => {
  stepsOf(steps as readonly object[])
  withinOf(within as string | undefined)
  askedOf({ range: range as object | undefined }, clock)
}

const share = (part: number, of: number): number | null => (of === 0 ? null : part / of)

builder.objectField(Analytics, 'productFunnel', (t) =>
  t.field({
    type: [FunnelStep],
    nullable: true,
    description: `How many users went from step to step, in this order. A user counts once, by the best run. ${needs('product:read')}`,
    extensions: { ...asksClickHouseFor({ items: MAX_STEPS, small: true }), check } satisfies {
      cost: FieldCost
      check: Check
    },
    authScopes: { action: 'product:read' },
    args: {
      steps: t.arg({
        type: [ProductEventFilter.type],
        required: true,
        description: `Conditions on the event of each step, first step first (2-${MAX_STEPS}).`,
      }),
      within: t.arg({
        type: 'Duration',
        description: 'Time from the first step to the last (default: P1D).',
      }),
      ...rangeArgs,
    },
    resolve: async (_root, { steps, within, range }, context) => {
      const ask = {
        ...productAskIn({ range }, context),
        steps: stepsOf(steps),
        withinMs: withinOf(within),
      }
      const users = await context.modules.productEvents.queries.funnel(tenantOf(context), ask, context)
      return users.map((each, at) => ({
        users: each,
        ofFirst: share(each, users[0]!),
        ofPrevious: share(each, users[Math.max(0, at - 1)]!),
      }))
    },
  }),
)

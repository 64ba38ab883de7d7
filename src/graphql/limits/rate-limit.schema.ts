import { responsePathAsArray, type GraphQLResolveInfo } from 'graphql'
import { builder } from '../builder.ts'
import type { Context } from '../context.ts'
import { oneOfTenant } from '../one-of-tenant.ts'
import type { Charge } from './charge.ts'
import type { RateState } from '../../platform/redis/rate.ts'

type Charged = { readonly charge: Charge; readonly budget: RateState }

/** Answers the value before the refund, and has it overwritten when the refund is known. */
const untilRefund = (
  { charge }: Charged,
  info: GraphQLResolveInfo,
  field: 'cost' | 'remaining',
  value: number,
): number => {
  charge.reported.push({ path: responsePathAsArray(info.path), field })
  return value
}

const chargedOf = ({ charge }: Context): Charged | null =>
  charge?.budget ? { charge, budget: charge.budget } : null

const RateLimit = oneOfTenant<Charged>('RateLimit', {
  description: 'The cost budget that all keys of the tenant share. It is full again once a minute.',
  action: 'tenant:read',
  find: chargedOf,
  fields: (t) => ({
    limit: t.int({
      description: 'Number of points in a minute.',
      resolve: ({ budget }) => budget.limit,
    }),
    cost: t.int({
      description: 'Cost of this operation after the refund, as in `extensions.cost.actual`.',
      resolve: (charged, _args, _context, info) =>
        untilRefund(charged, info, 'cost', charged.charge.requested),
    }),
    remaining: t.int({
      description: 'Number of points left after the refund, as in the header RateLimit-Remaining.',
      resolve: (charged, _args, _context, info) =>
        untilRefund(charged, info, 'remaining', charged.budget.remaining),
    }),
    resetAt: t.field({
      type: 'DateTime',
      description: 'Time when the budget is full again.',
      resolve: ({ budget }) => budget.resetAt,
    }),
  }),
})

builder.queryField('rateLimit', (t) =>
  t.field({
    type: RateLimit,
    nullable: true,
    authScopes: { action: 'tenant:read' },
    description:
      'Cost budget of the tenant. Selecting it costs nothing. Null without a limit. Needs the scope `read`.',
    extensions: { cost: { base: 0 } },
    resolve: (_root, _args, context) => chargedOf(context),
  }),
)

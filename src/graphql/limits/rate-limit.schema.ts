import { responsePathAsArray, type GraphQLResolveInfo } from 'graphql'
import { builder } from '../builder.ts'
import type { Context } from '../context.ts'
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

const RateLimit = builder.objectRef<Charged>('RateLimit').implement({
  description: 'The budget of cost that all keys of the tenant share. It is whole again once a minute.',
  fields: (t) => ({
    limit: t.int({
      description: 'Points of cost in a minute.',
      resolve: ({ budget }) => budget.limit,
    }),
    cost: t.int({
      description: 'What this operation cost, after the refund: `extensions.cost.actual`.',
      resolve: (charged, _args, _context, info) =>
        untilRefund(charged, info, 'cost', charged.charge.requested),
    }),
    remaining: t.int({
      description: 'Points left, after the refund: the header RateLimit-Remaining.',
      resolve: (charged, _args, _context, info) =>
        untilRefund(charged, info, 'remaining', charged.budget.remaining),
    }),
    resetAt: t.field({
      type: 'DateTime',
      description: 'When all points are there again.',
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
      'How much of its budget the tenant has left. Asking costs nothing. Null where there is no limit. Needs the scope `read`.',
    extensions: { cost: { base: 0 } },
    resolve: (_root, _args, { charge }: Context) =>
      charge?.budget ? { charge, budget: charge.budget } : null,
  }),
)

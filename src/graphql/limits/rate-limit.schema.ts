import { responsePathAsArray, type GraphQLResolveInfo } from 'graphql'
import { builder } from '../builder.ts'
import type { Context } from '../context.ts'
import type { Bill } from './admission.ts'
import type { RateState } from '../../platform/redis/rate.ts'

type Charged = { readonly bill: Bill; readonly taken: RateState }

/** Tells what is known now, and has the place written again when the answer is complete. */
const later = (
  { bill }: Charged,
  info: GraphQLResolveInfo,
  field: 'cost' | 'remaining',
  now: number,
): number => {
  bill.told.push({ path: responsePathAsArray(info.path), field })
  return now
}

const RateLimit = builder.objectRef<Charged>('RateLimit').implement({
  description: 'The budget of cost that all keys of the tenant share. It is whole again once a minute.',
  fields: (t) => ({
    limit: t.int({
      description: 'Points of cost in a minute.',
      resolve: ({ taken }) => taken.limit,
    }),
    cost: t.int({
      description: 'What this operation cost, after the refund: `extensions.cost.actual`.',
      resolve: (charged, _args, _context, info) => later(charged, info, 'cost', charged.bill.requested),
    }),
    remaining: t.int({
      description: 'Points left, after the refund: the header RateLimit-Remaining.',
      resolve: (charged, _args, _context, info) => later(charged, info, 'remaining', charged.taken.remaining),
    }),
    resetAt: t.field({
      type: 'DateTime',
      description: 'When all points are there again.',
      resolve: ({ taken }) => taken.resetAt,
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
    resolve: (_root, _args, { bill }: Context) => (bill?.taken ? { bill, taken: bill.taken } : null),
  }),
)

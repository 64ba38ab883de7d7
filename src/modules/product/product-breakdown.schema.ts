import { Analytics } from '../../graphql/analytics.schema.ts'
import { builder } from '../../graphql/builder.ts'
import { tenantOf } from '../../graphql/context.ts'
import { asksClickHouse, type Check, type FieldCost, longText } from '../../graphql/limits/cost.ts'
import { needs } from '../../graphql/needs.ts'
import { AppError } from '../../platform/errors.ts'
import type { ProductBreakdown, ProductGroup } from './product-breakdown.queries.ts'
import { askedOf, filterArgs, productAskIn, rangeArgs } from './product-events.schema.ts'
import { charactersOf } from '../../ingest/dataset.ts'
import { productEvents } from './product-events.dataset.ts'

/** As many as a table shows. */
export const MAX_GROUPS = 1_000
/** Levels of the properties that ingest takes. */
const MAX_LEVELS = 8

/** `cart.total` is the property `total` in `cart`; a backslash before a dot makes it a part of the name. */
const pathOf = (property: string): string[] => {
  const path = property.split(/(?<!\\)\./).map((name) => name.replaceAll('\\.', '.'))
  if (path.length <= MAX_LEVELS && path.every((name) => name !== '')) return path
  throw new AppError(
    'BAD_REQUEST',
    `\`property\` is 1 to ${MAX_LEVELS} names with dots between them, such as cart.total.`,
  )
}

const checkFirst = (first: number): void => {
  if (first < 1 || first > MAX_GROUPS)
    throw new AppError('BAD_REQUEST', '`first` is a number from 1 to 1,000.')
}
const check: Check = (args, clock) => {
  pathOf(String(args.property))
  checkFirst(Number(args.first))
  askedOf(args, clock)
}

const Group = builder.objectRef<ProductGroup>('ProductEventGroup').implement({
  description: 'Product events with one value of a property.',
  fields: (t) => ({
    value: t.field({
      type: 'JSON',
      extensions: longText(charactersOf(productEvents, 'properties')),
      nullable: true,
      description:
        'Value, with the type in which it was sent; null for events without the property and for those where it is null.',
      resolve: ({ value }) => value as never,
    }),
    count: t.expose('count', { type: 'BigInt', description: 'Number of events.' }),
    users: t.expose('users', { type: 'BigInt', description: 'Number of different users.' }),
  }),
})

const Breakdown = builder.objectRef<ProductBreakdown>('ProductEventBreakdown').implement({
  description: 'Product events by the value of a property.',
  fields: (t) => ({
    count: t.expose('count', {
      type: 'BigInt',
      description: 'Number of all events, also of groups left out.',
    }),
    users: t.expose('users', { type: 'BigInt', description: 'Number of different users of all events.' }),
    groups: t.field({
      type: [Group],
      description: 'Groups, most events first.',
      extensions: {
        cost: { small: true, items: { most: MAX_GROUPS, of: ({ parent }) => Number(parent.first) } },
      } satisfies { cost: FieldCost },
      resolve: ({ groups }) => [...groups],
    }),
  }),
})

builder.objectField(Analytics, 'productEventBreakdown', (t) =>
  t.field({
    type: Breakdown,
    nullable: true,
    description: `Product events by the value of a property. ${needs('product:read')}`,
    extensions: { ...asksClickHouse, check } satisfies { cost: FieldCost; check: Check },
    authScopes: { action: 'product:read' },
    args: {
      property: t.arg.string({
        required: true,
        description: 'Name of the property; dots lead into objects: `cart.total`.',
      }),
      first: t.arg.int({
        required: true,
        defaultValue: 10,
        description: 'Number of groups, most events first (1-1,000, default 10).',
      }),
      ...filterArgs,
      ...rangeArgs,
    },
    resolve: (_root, { property, first, ...args }, context) => {
      checkFirst(first)
      const ask = { ...productAskIn(args, context), path: pathOf(property), first }
      return context.modules.productEvents.queries.breakdown(tenantOf(context), ask, context)
    },
  }),
)

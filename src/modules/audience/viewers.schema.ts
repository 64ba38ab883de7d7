import DataLoader from 'dataloader'
import { Analytics } from '../../graphql/analytics.schema.ts'
import { builder } from '../../graphql/builder.ts'
import { loaderOf, tenantOf } from '../../graphql/context.ts'
import { asksClickHouse, type Check, type FieldCost } from '../../graphql/limits/cost.ts'
import { AppError } from '../../platform/errors.ts'
import { Stream } from '../streaming/stream.schema.ts'
import { MAX_GROUPS, ViewerGroup, ViewersByEnum } from './viewer-groups.schema.ts'
import type { ViewersNow } from './viewers.queries.ts'

const DEFAULT_GROUPS = 100

builder.prismaObjectField(Stream, 'viewersNow', (t) =>
  t.field({
    type: 'BigInt',
    nullable: true,
    description:
      'Number of viewers now: the latest sample of each edge node, country and connection type of the last 60 seconds, summed.',
    extensions: asksClickHouse,
    authScopes: { action: 'analytics:read' },
    select: { internalName: true },
    resolve: ({ internalName }, _args, context) =>
      loaderOf(
        context,
        'viewersNow',
        () =>
          new DataLoader<string, number>(async (names) => {
            const { queries } = context.modules.viewers
            const found = await queries.viewersNowByStream(tenantOf(context), names, context)
            return names.map((name) => found.get(name) ?? 0)
          }),
      ).load(internalName),
  }),
)

const ViewersNowRef = builder.objectRef<ViewersNow>('ViewersNow').implement({
  description: 'Viewers of the tenant now, in groups.',
  fields: (t) => ({
    total: t.expose('total', {
      type: 'BigInt',
      description: 'Number of all viewers, also of the groups that are left out.',
    }),
    groups: t.field({
      type: [ViewerGroup],
      description: 'Groups, most viewers first.',
      extensions: {
        cost: { small: true, items: { most: MAX_GROUPS, of: ({ parent }) => Number(parent.first) } },
      } satisfies { cost: FieldCost },
      resolve: ({ by, groups }) => groups.map((group) => ({ ...group, by })),
    }),
  }),
})

const checkFirst = ({ first }: { readonly first?: unknown }): void => {
  if (Number(first) < 1 || Number(first) > MAX_GROUPS)
    throw new AppError('BAD_REQUEST', '`first` is a number from 1 to 1,000.')
}

builder.objectField(Analytics, 'viewersNow', (t) =>
  t.field({
    type: ViewersNowRef,
    nullable: true,
    description:
      'Viewers now: the latest sample of each stream, edge node, country and connection type of the last 60 seconds, summed.',
    extensions: {
      ...asksClickHouse,
      check: checkFirst,
    } satisfies { cost: FieldCost; check: Check },
    args: {
      by: t.arg({ type: ViewersByEnum, required: true, description: 'What to group by.' }),
      first: t.arg.int({
        defaultValue: DEFAULT_GROUPS,
        required: true,
        description: `Number of groups, most viewers first (1-1,000, default ${DEFAULT_GROUPS}).`,
      }),
    },
    resolve: (_root, ask, context) => {
      checkFirst(ask)
      return context.modules.viewers.queries.viewersNow(tenantOf(context), ask, context)
    },
  }),
)

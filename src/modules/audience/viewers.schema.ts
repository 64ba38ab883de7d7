import { Analytics } from '../../graphql/analytics.schema.ts'
import { builder } from '../../graphql/builder.ts'
import { byKey, tenantOf, type Context } from '../../graphql/context.ts'
import { asksClickHouse, type Check, type FieldCost } from '../../graphql/limits/cost.ts'
import { Stream } from '../streaming/stream.schema.ts'
import { checkFirst, groupArgs, MAX_GROUPS, ViewerGroup } from './viewer-groups.schema.ts'
import type { ViewersNow } from './viewers.queries.ts'

const DEFAULT_GROUPS = 100

/** Viewers now of the streams of an answer, by one question. */
export const viewersNowOf = (context: Context) =>
  byKey(context, 'viewersNow', (names) =>
    context.modules.viewers.queries.viewersNowByStream(tenantOf(context), names, context),
  )

builder.prismaObjectField(Stream, 'viewersNow', (t) =>
  t.field({
    type: 'BigInt',
    nullable: true,
    description:
      'Number of viewers now: the latest sample of each edge node, country and connection type of the last 60 seconds, summed.',
    extensions: asksClickHouse,
    authScopes: { action: 'analytics:read' },
    select: { internalName: true },
    resolve: ({ internalName }, _args, context) => viewersNowOf(context).load(internalName),
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
    args: groupArgs(DEFAULT_GROUPS),
    resolve: (_root, ask, context) => {
      checkFirst(ask)
      return context.modules.viewers.queries.viewersNow(tenantOf(context), ask, context)
    },
  }),
)

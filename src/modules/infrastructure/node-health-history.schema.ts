import { builder } from '../../graphql/builder.ts'
import { clockOf, tenantOf } from '../../graphql/context.ts'
import { asksClickHouse, type Check } from '../../graphql/limits/cost.ts'
import { needs } from '../../graphql/needs.ts'
import { byWindow, TimeRangeInput } from '../../graphql/series.ts'
import type { Clock } from '../../platform/clock.ts'
import { resolveRange } from '../../platform/time-range.ts'
import { EdgeNode, EdgeNodeHealth } from './edge-node.schema.ts'
import { MAX_INTERVALS, type HealthHistory, type HealthInterval } from './node-health-history.queries.ts'

const Interval = builder.objectRef<HealthInterval>('HealthInterval').implement({
  description: 'A time in which the health of an edge node was one.',
  fields: (t) => ({
    health: t.expose('health', { type: EdgeNodeHealth, description: 'Health.' }),
    from: t.expose('from', {
      type: 'DateTime',
      description:
        'First sample of the window with the health; of STALE the end of the sixtieth second of silence.',
    }),
    to: t.expose('to', {
      type: 'DateTime',
      nullable: true,
      description: 'When it became another; null where it did not in the window, so that it may go on.',
    }),
    seconds: t.exposeFloat('seconds', {
      description: 'Length in seconds; without an end up to the end of the window, or to now.',
    }),
  }),
})

const HealthHistoryRef = builder.objectRef<HealthHistory>('EdgeNodeHealthHistory').implement({
  description:
    'Health of an edge node in a window, as its samples say in the order of their times. It begins with the first of them.',
  fields: (t) => {
    const seconds = (name: Exclude<keyof HealthHistory, 'changes' | 'intervals'>, health: string) =>
      t.exposeFloat(name, { description: `How long it was ${health}, in seconds.` })
    return {
      changes: t.expose('changes', {
        type: 'BigInt',
        description: 'Number of times that its health became another.',
      }),
      healthySeconds: seconds('healthySeconds', 'HEALTHY'),
      degradedSeconds: seconds('degradedSeconds', 'DEGRADED'),
      unhealthySeconds: seconds('unhealthySeconds', 'UNHEALTHY'),
      staleSeconds: seconds('staleSeconds', 'STALE'),
      intervals: t.field({
        type: [Interval],
        description: `Times of one health, newest first: the ${MAX_INTERVALS} newest.`,
        extensions: { cost: { small: true, items: MAX_INTERVALS } },
        resolve: ({ intervals }) => [...intervals],
      }),
    }
  },
})

type RangeArgs = { readonly range?: Parameters<typeof resolveRange>[0] | null | undefined }
const rangeOf = ({ range }: RangeArgs, clock: Clock) => resolveRange(range ?? {}, clock)
const check: Check = (args, clock) => void rangeOf(args, clock)

builder.prismaObjectField(EdgeNode, 'healthHistory', (t) =>
  t.field({
    type: HealthHistoryRef,
    nullable: true,
    description: `When the node was how well. ${needs('analytics:read')}`,
    extensions: { ...asksClickHouse, check },
    authScopes: { action: 'analytics:read' },
    args: {
      range: t.arg({
        type: TimeRangeInput,
        description: 'Window of the samples (default: the last 24 hours).',
      }),
    },
    select: { slug: true },
    resolve: ({ slug }, args, context, info) => {
      const range = rangeOf(args, clockOf(context))
      return byWindow(context, info, { range, stepMs: 0, zone: 'UTC' }, (nodeNames) =>
        context.modules.nodeLoad.queries.healthHistory(tenantOf(context), { nodeNames, range }, context),
      ).load(slug)
    },
  }),
)

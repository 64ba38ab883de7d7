import DataLoader from 'dataloader'
import { builder } from '../../graphql/builder.ts'
import { loaderOf, tenantOf, type Context } from '../../graphql/context.ts'
import { asksClickHouse } from '../../graphql/limits/cost.ts'
import { StreamState } from '../streaming/stream-state.schema.ts'
import { viewersNowOf } from './viewers.schema.ts'

type Broadcast = { readonly internalName: string; readonly startedAt: Date }

/** Peaks of the broadcasts of an answer, by one question. */
const peakOf = (context: Context) =>
  loaderOf(
    context,
    'peakViewers',
    () =>
      new DataLoader<Broadcast, number | null, string>(
        async (broadcasts) => {
          const { queries } = context.modules.viewers
          const since = new Map(broadcasts.map(({ internalName, startedAt }) => [internalName, startedAt]))
          const peaks = await queries.viewerPeaks(tenantOf(context), since, context)
          return broadcasts.map(({ internalName }) => peaks.get(internalName) ?? null)
        },
        { cacheKeyFn: ({ internalName }) => internalName },
      ),
  )

builder.prismaObjectFields(StreamState, (t) => ({
  viewersNow: t.field({
    type: 'BigInt',
    nullable: true,
    description:
      'Number of viewers now: the latest sample of each edge node, country and connection type of the last 60 seconds, summed.',
    extensions: asksClickHouse,
    select: { stream: { select: { internalName: true } } },
    resolve: ({ stream }, _args, context) => viewersNowOf(context).load(stream.internalName),
  }),
  peakViewers: t.field({
    type: 'BigInt',
    nullable: true,
    description:
      'Highest audience of a minute since the start of the latest broadcast, in the last 180 days; null for a stream that never started, and where nothing was measured.',
    extensions: asksClickHouse,
    select: { stream: { select: { internalName: true, startedAt: true } } },
    resolve: ({ stream: { internalName, startedAt } }, _args, context) =>
      startedAt === null ? null : peakOf(context).load({ internalName, startedAt }),
  }),
}))

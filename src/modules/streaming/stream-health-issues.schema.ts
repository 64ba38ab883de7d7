import { builder } from '../../graphql/builder.ts'
import { clockOf, type Context } from '../../graphql/context.ts'
import { defineFactList } from '../../graphql/fact-list.ts'
import { defineFilter, is } from '../../graphql/filters.ts'
import { TimeRangeInput } from '../../graphql/series.ts'
import type { Clock } from '../../platform/clock.ts'
import { resolveRange } from '../../platform/time-range.ts'
import type { Modules } from '../modules.ts'
import { StreamHealthSampleRef } from './stream-health-sample.schema.ts'
import { Stream } from './stream.schema.ts'

const Filter = defineFilter(
  'StreamHealthSample',
  {
    stream: is.text('Internal name of the stream.'),
    node: is.text('Edge node, as the samples name it.'),
    issues: is.text('Issues in words.'),
  },
  'samples of stream health',
)

type ListArgs = {
  readonly filter?: object | null | undefined
  readonly range?: Parameters<typeof resolveRange>[0] | null | undefined
}
/** Throws what `resolveRange` and the filter throw. */
const askedOf = ({ filter, range }: ListArgs, clock: Clock) => ({
  filter: Filter.parse(filter),
  range: resolveRange(range ?? {}, clock),
})

const HealthSamples = defineFactList({ of: StreamHealthSampleRef, items: 'samples of stream health' })
const place = {
  action: 'analytics:read',
  args: builder.args((t) => ({
    filter: t.field({ type: Filter.type, description: 'Conditions on the samples.' }),
    range: t.field({
      type: TimeRangeInput,
      description: 'Window of the samples (default: the last 24 hours).',
    }),
  })),
  ask: (args: ListArgs, context: Context) => askedOf(args, clockOf(context)),
  check: askedOf,
  rows: ({ streamHealth }: Modules) => streamHealth.queries,
} as const
HealthSamples.root('streamHealthIssues', {
  ...place,
  description: 'Samples of stream health that name an issue, newest first.',
})
HealthSamples.below(Stream, 'healthIssues', {
  ...place,
  description: 'Samples of the health of the stream that name an issue, newest first.',
  key: 'internalName',
})

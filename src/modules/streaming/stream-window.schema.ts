import { builder } from '../../graphql/builder.ts'
import { clockOf, type Context } from '../../graphql/context.ts'
import type { Check } from '../../graphql/limits/cost.ts'
import { byWindow, TimeRangeInput } from '../../graphql/series.ts'
import type { Clock } from '../../platform/clock.ts'
import { resolveRange } from '../../platform/time-range.ts'
import type { NamesRange } from './changes.queries.ts'

/** What tells the facts' edge node. */
export const nodeOfFacts = 'Edge node, as the facts name it; empty for none.'

export const rangeArgs = builder.args((t) => ({
  range: t.field({
    type: TimeRangeInput,
    description: 'Window of the facts (default: the last 24 hours).',
  }),
}))
type RangeArgs = { readonly range?: Parameters<typeof resolveRange>[0] | null | undefined }
const rangeOf = ({ range }: RangeArgs, clock: Clock) => resolveRange(range ?? {}, clock)
export const checkRange: Check = (args, clock) => void rangeOf(args, clock)

/** The streams of a page that ask for one window are answered by one question. */
export const ofWindow = <T>(
  args: RangeArgs,
  context: Context,
  info: Parameters<typeof byWindow>[1],
  ask: (of: NamesRange) => Promise<ReadonlyMap<string, T>>,
) => {
  const range = rangeOf(args, clockOf(context))
  return byWindow(context, info, { range, stepMs: 0, zone: 'UTC' }, (internalNames) =>
    ask({ internalNames, range }),
  )
}

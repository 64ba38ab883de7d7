import { chooseStep, MAX_POINTS, pointCount, resolveRange } from '../platform/time-range.ts'
import { builder } from './builder.ts'
import type { FieldCost } from './limits/cost.ts'

/** The window of every analytics field. */
export const TimeRangeInput = builder.inputType('TimeRangeInput', {
  description:
    'A window of at most 90 days: `from` to `to`, or the `last` duration up to `to`. Without any it is the last 24 hours.',
  fields: (t) => ({
    from: t.field({ type: 'DateTime', description: 'Where it begins; belongs to it.' }),
    to: t.field({ type: 'DateTime', description: 'Where it ends; does not belong to it. Now unless given.' }),
    last: t.field({ type: 'Duration', description: 'How far it reaches back from `to`, instead of `from`.' }),
  }),
})

/** The arguments of every field that answers with a series. */
export const seriesArgs = builder.args((t) => ({
  range: t.field({ type: TimeRangeInput, description: 'The window; the last 24 hours unless given.' }),
  step: t.field({
    type: 'Duration',
    description: 'Length of one bucket, PT1S to P1D; unless given one that makes about 300 points.',
  }),
  timezone: t.string({ description: 'Where days begin. Only UTC for now; another is refused.' }),
}))

type Window = {
  readonly range?: Parameters<typeof resolveRange>[0] | null
  readonly step?: Parameters<typeof chooseStep>[1]
}

/** The `extensions` of the points of a series, whose window is in the arguments of the field that holds them. */
export const seriesPoints = {
  cost: {
    small: true,
    items: {
      most: MAX_POINTS,
      of: ({ parent, clock }) => {
        const { range: input, step } = parent as Window
        const range = resolveRange(input ?? {}, clock)
        return pointCount(range, chooseStep(range, step))
      },
    },
  },
} as const satisfies { cost: FieldCost }

import { pointsOf, seriesOf, type Buckets, type Window } from '../../platform/buckets.ts'
import type { TimeRange } from '../../platform/time-range.ts'

/** What was measured in a time. `docs/viewers.md` defines the words. */
export type Measured = {
  /** Mean of the audiences; null where nothing was measured, which is not the same as nobody. */
  readonly average: number | null
  /** Highest audience, in whole viewers. */
  readonly peak: number | null
  /** Measured minutes; a fraction where the step is shorter. */
  readonly minutes: number
  /** Sum of the audiences of the measured minutes. */
  readonly viewerMinutes: number
  /** Number of raw rows behind it. */
  readonly samples: number
}

/** `time` is the start of the bucket. */
export type ViewerPoint = Measured & { readonly time: Date }

/** A point for every bucket. `from` and `to` are the asked range in whole buckets. */
export type ViewerSeries = TimeRange &
  Omit<Window, 'range'> &
  Measured & { readonly points: readonly ViewerPoint[] }

/** One stream's buckets that were measured, as the query answers: five lists of one length. */
export type ViewerBuckets = {
  /** Start, in seconds since the Unix epoch. */
  readonly starts: readonly number[]
  /** Measured slots: minutes, or the one instant of a bucket that is shorter than a minute. */
  readonly slots: readonly number[]
  /** Sum of the slots' audiences, in thousandths of a viewer. */
  readonly milliViewers: readonly number[]
  /** Highest of them. */
  readonly milliPeaks: readonly number[]
  readonly samples: readonly number[]
}

export const noBuckets: ViewerBuckets = {
  starts: [],
  slots: [],
  milliViewers: [],
  milliPeaks: [],
  samples: [],
}

export const MINUTE_MS = 60_000

type Slots = { readonly milliViewers: number; readonly milliPeak: number; readonly slots: number }

/** An audience in whole viewers. */
export const wholeViewers = (milliViewers: number): number => Math.round(milliViewers / 1000)

/** Sums of slots become numbers of viewers here and nowhere else. There is at least one slot. */
export const measure = ({ milliViewers, milliPeak, slots }: Slots, stepMs: number) => {
  const minutesOfSlot = Math.min(stepMs, MINUTE_MS) / MINUTE_MS
  return {
    average: milliViewers / slots / 1000,
    peak: wholeViewers(milliPeak),
    minutes: slots * minutesOfSlot,
    viewerMinutes: (milliViewers * minutesOfSlot) / 1000,
  }
}

export const unmeasured: Measured = { average: null, peak: null, minutes: 0, viewerMinutes: 0, samples: 0 }

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)

/** Puts what was measured on the full row of points. The average of all is over slots, not over points. */
export const fillSeries = (buckets: Buckets, measured: ViewerBuckets): ViewerSeries => {
  const { starts, slots, milliViewers, milliPeaks, samples } = measured
  const { stepMs } = buckets
  const positions = new Map(starts.map((start, index) => [start * 1000, index]))
  const points = pointsOf(buckets, (time): ViewerPoint => {
    const at = positions.get(time.getTime())
    if (at === undefined) return { time, ...unmeasured }
    const of = { milliViewers: milliViewers[at]!, milliPeak: milliPeaks[at]!, slots: slots[at]! }
    return { time, ...measure(of, stepMs), samples: samples[at]! }
  })
  const all = {
    milliViewers: sum(milliViewers),
    milliPeak: milliPeaks.reduce((most, peak) => Math.max(most, peak), 0),
    slots: sum(slots),
  }
  const whole = starts.length > 0 ? { ...measure(all, stepMs), samples: sum(samples) } : unmeasured
  return { ...seriesOf(buckets), points, ...whole }
}

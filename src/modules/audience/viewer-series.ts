import { alignRange, bucketStarts, type TimeRange } from '../../platform/time-range.ts'

export type ViewerPoint = {
  /** Start of the bucket. */
  readonly time: Date
  /**
   * Average minute audience of the bucket; null where nothing was measured, which is not the same as nobody.
   */
  readonly average: number | null
  readonly peak: number | null
  /** Number of raw rows behind it. */
  readonly samples: number
}

/** A point for every bucket. `from` and `to` are the asked range in whole buckets. */
export type ViewerSeries = TimeRange & {
  readonly stepMs: number
  readonly points: readonly ViewerPoint[]
  readonly average: number | null
  readonly peak: number | null
  readonly samples: number
}

/** One stream's buckets that have samples, as the query answers: five lists of one length. */
export type ViewerBuckets = {
  /** Start, in seconds since the Unix epoch. */
  readonly starts: readonly number[]
  /** Slots (minutes, or the step if that is shorter) with samples. */
  readonly slots: readonly number[]
  /** Sum of the slots' audiences, in thousandths of a viewer. */
  readonly milliViewers: readonly number[]
  readonly peaks: readonly number[]
  readonly samples: readonly number[]
}

export const noBuckets: ViewerBuckets = { starts: [], slots: [], milliViewers: [], peaks: [], samples: [] }

/** The unit over which keys are averaged: a minute, or the step where that is shorter. Seconds. */
export const slotSeconds = (stepMs: number): number => Math.min(stepMs, 60_000) / 1000

/** Numerator and denominator become an average here and nowhere else. */
export const averageOf = (milliViewers: number, slots: number): number | null =>
  slots === 0 ? null : milliViewers / slots / 1000

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)

/** Puts the buckets on the range's full row of points. The average of all is over slots, not over points. */
export const fillSeries = (range: TimeRange, stepMs: number, buckets: ViewerBuckets): ViewerSeries => {
  const positions = new Map(buckets.starts.map((start, index) => [start * 1000, index]))
  const points = bucketStarts(range, stepMs).map((time) => {
    const at = positions.get(time.getTime())
    if (at === undefined) return { time, average: null, peak: null, samples: 0 }
    return {
      time,
      average: averageOf(buckets.milliViewers[at]!, buckets.slots[at]!),
      peak: buckets.peaks[at]!,
      samples: buckets.samples[at]!,
    }
  })
  return {
    ...alignRange(range, stepMs),
    stepMs,
    points,
    average: averageOf(sum(buckets.milliViewers), sum(buckets.slots)),
    peak: buckets.peaks.length > 0 ? buckets.peaks.reduce((most, peak) => Math.max(most, peak)) : null,
    samples: sum(buckets.samples),
  }
}

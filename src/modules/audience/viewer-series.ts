import { AppError } from '../../platform/errors.ts'
import { MAX_RANGE_MS, alignRange, bucketStarts, type TimeRange } from '../../platform/time-range.ts'

export type ViewerPoint = {
  /** Start of the bucket. */
  readonly time: Date
  /** Average minute audience of the bucket; 0 without samples. */
  readonly average: number
  readonly peak: number
  /** Raw rows behind it: 0 says that nothing was measured, not that nobody watched. */
  readonly samples: number
}

/** A zero-filled series. `from` and `to` are the asked range, widened to whole buckets. */
export type ViewerSeries = TimeRange & {
  readonly stepMs: number
  readonly points: readonly ViewerPoint[]
  readonly average: number
  readonly peak: number
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

const ROLLUP_MS = 300_000

/** The unit over which keys are averaged: a minute, or the step where that is shorter. Seconds. */
export const slotSeconds = (stepMs: number): number => Math.min(stepMs, 60_000) / 1000

/**
 * Which table answers. The five-minute rollup does for every step that is a multiple of five minutes: the range of a
 * series is aligned to its step, so no bucket is cut. Any other step needs the raw rows, which are kept for 90 days:
 * throws LIMIT_EXCEEDED where the range starts before that, as zeros would say that nobody watched.
 */
export const viewerSource = (
  range: TimeRange,
  stepMs: number,
  nowMs: number,
): 'viewer_samples' | 'viewer_samples_5m' => {
  if (stepMs % ROLLUP_MS === 0) return 'viewer_samples_5m'
  if (alignRange(range, stepMs).from.getTime() < nowMs - MAX_RANGE_MS) {
    throw new AppError(
      'LIMIT_EXCEEDED',
      'Samples are kept for 90 days. For an older range ask for a step of PT5M or a multiple of it.',
    )
  }
  return 'viewer_samples'
}

/** Numerator and denominator become an average here and nowhere else. */
export const averageOf = (milliViewers: number, slots: number): number =>
  slots === 0 ? 0 : milliViewers / slots / 1000

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)

/** Puts the buckets on the range's full row of points. The average of all is over slots, not over points. */
export const fillSeries = (range: TimeRange, stepMs: number, buckets: ViewerBuckets): ViewerSeries => {
  const positions = new Map(buckets.starts.map((start, index) => [start * 1000, index]))
  const points = bucketStarts(range, stepMs).map((time) => {
    const at = positions.get(time.getTime())
    if (at === undefined) return { time, average: 0, peak: 0, samples: 0 }
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
    peak: buckets.peaks.reduce((most, peak) => Math.max(most, peak), 0),
    samples: sum(buckets.samples),
  }
}

import { valueOfBin } from '../../platform/sketch.ts'

/** What the points of a metric say of a time. Null where there is none, or none of a kind that says it. */
export type MetricValues = {
  /** Number of points. */
  readonly count: number
  readonly sum: number | null
  readonly avg: number | null
  readonly min: number | null
  readonly max: number | null
  /** Of the latest point; of several at that time the largest. */
  readonly last: number | null
  /** By how much counters rose. */
  readonly increase: number | null
  /** Increase of counters or number of observations of histograms, a second. */
  readonly rate: number | null
  /** Of gauges and histograms; no further from the exact ones than `PERCENTILE_ERROR` of them. */
  readonly p50: number | null
  readonly p90: number | null
  readonly p95: number | null
  readonly p99: number | null
}

export type MetricSums = {
  readonly points_count: number
  readonly counter_points: number
  readonly observations: number
  readonly total: number
  readonly least: number
  readonly most: number
  readonly newest: number
  readonly found_bins: readonly number[]
}

const nothing: MetricValues = {
  count: 0,
  sum: null,
  avg: null,
  min: null,
  max: null,
  last: null,
  increase: null,
  rate: null,
  p50: null,
  p90: null,
  p95: null,
  p99: null,
}

/** The length of the time, and the increase of its counters, if it is known. */
type Told = { readonly lengthMs: number; readonly increase: number | undefined }

const rateOf = ({ counter_points, observations }: MetricSums, { lengthMs, increase }: Told) => {
  if (counter_points > 0) return increase === undefined ? null : (increase * 1_000) / lengthMs
  return observations > 0 ? (observations * 1_000) / lengthMs : null
}

/** Sums become values here and nowhere else. `docs/metrics.md` has the formulas. */
export const valuesOf = (sums: MetricSums | undefined, told: Told): MetricValues => {
  if (!sums || sums.points_count === 0) return nothing
  const { points_count: count, total, least, most, newest, found_bins } = sums
  const [p50 = null, p90 = null, p95 = null, p99 = null] = found_bins.map((bin) =>
    valueOfBin(bin, least, most),
  )
  return {
    count,
    sum: total,
    avg: total / count,
    min: least,
    max: most,
    last: newest,
    increase: sums.counter_points > 0 ? (told.increase ?? null) : null,
    rate: rateOf(sums, told),
    p50,
    p90,
    p95,
    p99,
  }
}

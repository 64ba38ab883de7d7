/**
 * Percentiles by a histogram whose bins grow by 2^(1/32): the exponential histogram of OpenTelemetry at scale 5
 * (opentelemetry.io/docs/specs/otel/metrics/data-model/#exponentialhistogram), or a DDSketch
 * (vldb.org/pvldb/vol12/p2195-masson.pdf). The rollups of `0014_metric_points.sql` keep the same bins.
 */
const PER_OCTAVE = 32
const ZERO_AT = 40_000
const GROWTH = 2 ** (1 / PER_OCTAVE)

/**
 * How far a percentile may be from the exact one, as a part of it: (g - 1) / (g + 1) for bins that grow by g,
 * 1.083 %.
 */
export const PERCENTILE_ERROR = (GROWTH - 1) / (GROWTH + 1)

/** The middle of a bin, which is no further than `PERCENTILE_ERROR` from all of it; between min and max. */
export const valueOfBin = (bin: number, min: number, max: number): number => {
  const size = (2 * 2 ** ((Math.abs(bin) - ZERO_AT) / PER_OCTAVE)) / (GROWTH + 1)
  return Math.min(max, Math.max(min, bin === 0 ? 0 : Math.sign(bin) * size))
}

/**
 * A percentile (0 to 100) of counts by bin: the value of the smallest bin whose values and all smaller ones are that
 * part of all (nearest rank), as `percentileBins` finds it. Null without values.
 */
export const percentileOf = (
  bins: ReadonlyMap<number, number>,
  percent: number,
  { min, max }: { readonly min: number; readonly max: number },
): number | null => {
  const all = bins.values().reduce((sum, count) => sum + count, 0)
  const rank = Math.ceil((percent * all) / 100)
  let upTo = 0
  for (const [bin, count] of [...bins].toSorted(([a], [b]) => a - b)) {
    upTo += count
    if (upTo >= rank) return valueOfBin(bin, min, max)
  }
  return null
}

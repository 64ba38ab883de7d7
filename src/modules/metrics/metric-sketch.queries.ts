import { sql, type Sql } from '../../platform/clickhouse/sql.ts'

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

/** The bin of a value, as the views of the rollups have it. */
export const binsOfRows = sql`
  sumMap(if(kind = 'COUNTER', CAST(map(), 'Map(Int32, UInt64)'),
            map(if(value = 0, 0, toInt32(sign(value) * (ceil(log2(abs(value)) * 32) + 40000))), toUInt64(1))))`

/**
 * The bins that the percentiles lie in, p50, p90, p95 and p99, of the bins of an aliased map: the smallest whose
 * values and all smaller ones are that part of all (nearest rank). An empty list without values.
 */
export const percentileBins = (bins: Sql): Sql => sql`
  arrayMap(permille -> mapKeys(${bins})[
             arrayFirstIndex(upTo -> upTo >= intDiv(permille * arraySum(mapValues(${bins})) + 999, 1000),
                             arrayCumSum(mapValues(${bins})))],
           if(empty(mapKeys(${bins})), [], [500, 900, 950, 990]))`

/** The middle of a bin, which is no further than `PERCENTILE_ERROR` from all of it; between min and max. */
export const valueOfBin = (bin: number, min: number, max: number): number => {
  const size = (2 * 2 ** ((Math.abs(bin) - ZERO_AT) / PER_OCTAVE)) / (GROWTH + 1)
  return Math.min(max, Math.max(min, bin === 0 ? 0 : Math.sign(bin) * size))
}

import { sql, type Sql } from './sql.ts'

// The bins of `platform/sketch.ts` in SQL.

/** A map of the bin of a value to 1, as the views of the rollups have it. */
export const binOf = (value: Sql): Sql =>
  sql`map(if(${value} = 0, 0, toInt32(sign(${value}) * (ceil(log2(abs(${value})) * 32) + 40000))), toUInt64(1))`

/**
 * The bins that the percentiles lie in, p50, p90, p95 and p99, of the bins of an aliased map: the smallest whose
 * values and all smaller ones are that part of all (nearest rank). An empty list without values.
 */
export const percentileBins = (bins: Sql): Sql => sql`
  arrayMap(permille -> mapKeys(${bins})[
             arrayFirstIndex(upTo -> upTo >= intDiv(permille * arraySum(mapValues(${bins})) + 999, 1000),
                             arrayCumSum(mapValues(${bins})))],
           if(empty(mapKeys(${bins})), [], [500, 900, 950, 990]))`

import { percentileOf } from '../../platform/sketch.ts'
import { countsNothing, type AlertAggregate, type Measured } from './rule.ts'

/** What is asked of the rows of a window, each of one field: what values of all aggregates are made of. */
export type Sum = 'n' | 'sum' | 'min' | 'max' | 'at' | 'last' | 'bins' | 'rise' | 'counters' | 'observations'

const needed: Readonly<Record<AlertAggregate, readonly Sum[]>> = {
  COUNT: [],
  ABSENCE: [],
  RATIO: [],
  RATE: [],
  SUM: ['sum'],
  AVG: ['sum'],
  MIN: ['min'],
  MAX: ['max'],
  LAST: ['at', 'last'],
  P50: ['bins', 'min', 'max'],
  P90: ['bins', 'min', 'max'],
  P95: ['bins', 'min', 'max'],
  P99: ['bins', 'min', 'max'],
}

/** The sums of a rule: the number of its rows, or of those with its field, comes first. */
export const sumsOf = ({ aggregate, field }: Pick<Measured, 'aggregate' | 'field'>): readonly Sum[] =>
  aggregate === 'RATE' && field !== null
    ? ['n', 'rise', 'counters', 'observations']
    : ['n', ...needed[aggregate]]

/** The rows of a window of one series, as far as they were added up. Added in any order they are the same. */
export type Accumulator = {
  n: number
  /** Of RATIO: number of all rows of `outOf`. */
  whole: number
  sum: number
  min: number
  max: number
  at: number
  last: number
  rise: number
  counters: number
  observations: number
  bins: Map<number, number> | undefined
}

export const nothing = (): Accumulator => ({
  n: 0,
  whole: 0,
  sum: 0,
  min: Infinity,
  max: -Infinity,
  at: -Infinity,
  last: -Infinity,
  rise: 0,
  counters: 0,
  observations: 0,
  bins: undefined,
})

/** Empties it, to be filled anew. */
export const clear = (rows: Accumulator): void => {
  rows.n = rows.whole = rows.sum = rows.rise = rows.counters = rows.observations = 0
  rows.min = Infinity
  rows.max = rows.at = rows.last = -Infinity
  rows.bins = undefined
}

/** Bins and their counts, as ClickHouse answers them or as they were added up here. */
export const binsOf = (value: unknown): Iterable<readonly [number, number]> =>
  value instanceof Map
    ? (value as ReadonlyMap<number, number>)
    : Object.entries(value as Record<string, string>).map(([bin, count]) => [Number(bin), Number(count)])

const addBins = (to: Accumulator, bins: Iterable<readonly [number, number]>): void => {
  to.bins ??= new Map<number, number>()
  for (const [bin, count] of bins) to.bins.set(bin, (to.bins.get(bin) ?? 0) + count)
}

/** Adds one sum of some rows. */
export const add = (to: Accumulator, sum: Sum, value: unknown): void => {
  if (sum === 'bins') return addBins(to, binsOf(value))
  const number = value as number
  if (sum === 'min') to.min = Math.min(to.min, number)
  else if (sum === 'max') to.max = Math.max(to.max, number)
  // Of two rows at one time the larger is the later; `last` follows its `at`.
  else if (sum === 'at' || sum === 'last') throw new TypeError('the latest is added by addLast')
  else to[sum] += number
}

export const addLast = (to: Accumulator, at: number, last: number): void => {
  if (at < to.at || (at === to.at && last <= to.last)) return
  to.at = at
  to.last = last
}

/** Adds all of another one. */
export const merge = (to: Accumulator, from: Accumulator): void => {
  for (const sum of ['n', 'whole', 'sum', 'rise', 'counters', 'observations'] as const) to[sum] += from[sum]
  to.min = Math.min(to.min, from.min)
  to.max = Math.max(to.max, from.max)
  addLast(to, from.at, from.last)
  if (from.bins) addBins(to, from.bins)
}

const percents: Partial<Record<AlertAggregate, number>> = { P50: 50, P90: 90, P95: 95, P99: 99 }

/** Rows of a RATIO are those of all; of anything else those that count. */
export const samplesOf = ({ aggregate }: Pick<Measured, 'aggregate'>, { n, whole }: Accumulator): number =>
  aggregate === 'RATIO' ? whole : n

/**
 * What the rows of a window say. Null without a row (but for counts, which are 0 then), and for a rate of values that are
 * neither running totals nor observations. Rates are a second.
 */
export const valueOf = (
  rule: Pick<Measured, 'aggregate' | 'field' | 'windowMs'>,
  rows: Accumulator,
): number | null => {
  const { aggregate, windowMs } = rule
  const perSecond = (number: number): number => (number * 1_000) / windowMs
  if (countsNothing(rule, rule.field)) return aggregate === 'RATE' ? perSecond(rows.n) : rows.n
  if (samplesOf(rule, rows) === 0) return null
  const percent = percents[aggregate]
  if (percent !== undefined) return percentileOf(rows.bins ?? new Map(), percent, rows)
  if (aggregate === 'RATE')
    return rows.counters > 0
      ? perSecond(rows.rise)
      : rows.observations > 0
        ? perSecond(rows.observations)
        : null
  if (aggregate === 'RATIO') return rows.n / rows.whole
  if (aggregate === 'AVG') return rows.sum / rows.n
  if (aggregate === 'LAST') return rows.last
  return aggregate === 'SUM' ? rows.sum : aggregate === 'MIN' ? rows.min : rows.max
}

import type { TenantId } from '../../platform/ids.ts'
import type { Question } from './plan.ts'
import { MAX_STALE, MIN_STALE, placesFor, type Target } from './series-places.ts'
import { countsNothing, watchesSilence, type Rule } from './rule.ts'
import { fresh, isFiring, shownValue, step, worse, type Seen, type SeriesState } from './series-state.ts'
import { add, addLast, clear, nothing, samplesOf, valueOf, type Accumulator } from './sums.ts'
import type { Layout } from './windows.queries.ts'

/** A group of a rule's rows, as it is kept in memory. */
export type Series = {
  readonly rule: Rule
  /** Values of the labels of `groupBy`. */
  readonly values: readonly string[]
  state: SeriesState
  /** Of the latest tick. */
  seen: Seen
  /** When it had rows last. */
  seenMs: number
  /** The worst value since it fired. */
  peak: number | null
  /** Number of ticks in breach since its incident was told of them, and when that was. */
  breaches: number
  toldMs: number
  /** Its row, and the `seenMs` that stands there; undefined while there is none. */
  row: { readonly id: string; readonly seenMs: number } | undefined
  /** The rows of the tick under way: of the usual window, and of the one that ends now. Empty between ticks. */
  usual: Accumulator | undefined
  early: Accumulator | undefined
  /** Whether the tick under way has to look at it. */
  isTouched: boolean
}

/** What a tick did to a series. */
export type Step = { readonly series: Series; readonly before: SeriesState }

const key = (values: readonly string[]): string => JSON.stringify(values)
const noRows = nothing()

/**
 * Series of one rule that are not OK at once. Each has a row and, when it fires, an incident: nobody looks at more, and a
 * rule that is grouped by what is always another, as by `trace_id`, would make them without end.
 */
export const MAX_SERIES = 1_000
/**
 * Series of one rule whose silence would count, from their first row until they have been silent for a day and more. Each is
 * looked at by every tick, and has a row: of a rule as above there would be one for each row that ever came.
 */
export const MAX_KEPT = 10_000

/** Values of the question's columns, each for all keys. */
type Lane = readonly (readonly unknown[])[]

const seenOf = ({ rule, usual = noRows, early }: Series): Seen => {
  // A count of nothing is a value of as many samples as anybody asks for.
  const samples = countsNothing(rule, rule.field) ? Infinity : samplesOf(rule, usual)
  const seen = { value: valueOf(rule, usual), samples }
  return early && early.n > 0 ? { ...seen, early: valueOf(rule, early), earlySamples: early.n } : seen
}

/** All series of the rules that share a question. A tick at which nothing changes adds numbers up and compares them. */
export const watchSeries = (question: Question) => {
  const places = placesFor(question)
  let touched: Series[] = []
  // Those that a tick looks at though it has no rows of them, and that may have to be written.
  const active = new Set<Series>()
  // How many series of a rule are not OK, and the rules of which the last tick saw more, or more others, than they may have.
  const breached = new Map<Rule, number>()
  const crowded = new Set<Rule>()
  // Those of the tick under way that have as many series as they may, and rows of others.
  const full = new Set<Rule>()
  let latestMs = 0
  let seenCount = 0
  const layouts = new Map<TenantId, Layout>()
  const ungrouped = question.rules.filter(({ groupBy }) => groupBy.length === 0)
  const byRule = new Map(question.rules.map((rule) => [rule, new Map<string, Series>()]))

  /** Undefined where the rule has as many as it may. */
  const seriesOf = (rule: Rule, values: readonly string[], atMs: number): Series | undefined => {
    const own = byRule.get(rule)!
    let series = own.get(key(values))
    if (!series) {
      const kept = watchesSilence(rule)
      if (kept && own.size >= MAX_KEPT) {
        full.add(rule)
        return undefined
      }
      series = {
        rule,
        values,
        state: fresh(atMs),
        seen: { value: null, samples: 0 },
        seenMs: atMs,
        peak: null,
        breaches: 0,
        toldMs: atMs,
        row: undefined,
        usual: undefined,
        early: undefined,
        isTouched: false,
      }
      own.set(key(values), series)
      if (kept) active.add(series)
    }
    return series
  }

  const touch = (series: Series): void => {
    if (series.isTouched) return
    series.isTouched = true
    touched.push(series)
  }

  /** Adds a row to the window of its series. A combination without a row in that window makes no series. */
  const addTo = (lane: Lane, row: number, target: Target, delayMs: number, atMs: number): void => {
    const { member, columns, counts, group } = target
    const isUsual = member.delayMs === delayMs
    const isEarly = member.isEarly && delayMs === 0
    const n = lane[columns[0]!.index]![row] as number
    if (n === 0 || (!isUsual && !isEarly)) return
    const series = (target.series ??= seriesOf(member.rule, group, atMs))
    if (!series) return
    touch(series)
    const to = isUsual ? (series.usual ??= nothing()) : (series.early ??= nothing())
    if (member.rule.aggregate === 'RATIO') to.whole += n
    if (counts === 'whole') return
    to.n += n
    for (let index = 1; index < columns.length; index += 1) {
      const { sum, index: column } = columns[index]!
      const value = lane[column]![row]
      if (sum === 'at') addLast(to, value as number, lane[columns[index + 1]!.index]![row] as number)
      else if (sum !== 'last') add(to, sum, value)
    }
  }

  /** Adds rows of a tenant's window that ends so long before the tick, or of a part of it. */
  const take = (
    tenant: TenantId,
    keys: readonly string[],
    lane: Lane,
    delayMs: number,
    atMs: number,
  ): void => {
    const members = question.members.get(tenant)
    if (!members) return
    const targets = places.of(tenant, members, keys)
    for (let row = 0; row < targets.length; row += 1)
      for (const target of targets[row]!) addTo(lane, row, target, delayMs, atMs)
  }

  /** Moves a series on. Undefined when its state is as before. */
  const advance = (series: Series, atMs: number): Step | undefined => {
    const before = series.state
    if (series.usual?.n || series.usual?.whole || series.early?.n) series.seenMs = atMs
    series.seen = seenOf(series)
    const shown = shownValue(series.rule, series.seen)
    series.isTouched = false
    if (series.usual) clear(series.usual)
    if (series.early) clear(series.early)
    const state = step(series.rule, before, series.seen, atMs)
    const own = breached.get(series.rule) ?? 0
    if (before.state === 'OK' && state.state !== 'OK' && own >= MAX_SERIES) {
      crowded.add(series.rule)
      return undefined
    }
    breached.set(series.rule, own + Number(state.state !== 'OK') - Number(before.state !== 'OK'))
    series.state = state
    if (isFiring(series.state)) {
      series.peak = isFiring(before) ? worse(series.rule, series.peak, shown) : shown
      if (series.state.state !== 'RECOVERING') series.breaches += 1
    }
    return series.state === before ? undefined : { series, before }
  }

  return {
    question,
    /** The combinations of each tenant as of the tick before. */
    layouts,
    /** Those that may have to be written: not OK, moved by this tick, with a row, or such that their silence counts. */
    active: (): Iterable<Series> => active,
    series: () => byRule.values().flatMap((own) => own.values()),
    forget: ({ rule, values }: Series): void => {
      const own = byRule.get(rule)
      const series = own?.get(key(values))
      if (series) active.delete(series)
      own?.delete(key(values))
      places.forget(rule.tenant) // its combinations lead to it
    },
    /** The rules of which the last tick saw more series than one may have: the others are as if OK. */
    crowded: (): ReadonlySet<Rule> => crowded,
    /** After a tick was written: forgets groups that are OK and came no more, when there are many of them. */
    tidy: (): void => {
      const count = byRule.values().reduce((sum, own) => sum + own.size, 0)
      if (count <= MIN_STALE + MAX_STALE * seenCount) return
      for (const own of byRule.values())
        for (const [id, series] of own) if (!active.has(series) && series.seenMs < latestMs) own.delete(id)
      places.forget() // combinations lead to them
    },
    /** Puts a series into the memory that is known from before. */
    restore: (series: Series): void => {
      byRule.get(series.rule)?.set(key(series.values), series)
      active.add(series)
    },
    take,
    /** One tick: of all that was taken since the last. Answers the series whose state changed. */
    advance: (atMs: number): Step[] => {
      // A rule without groups has one series, whether or not it has rows.
      for (const rule of ungrouped) touch(seriesOf(rule, [], atMs)!)
      breached.clear()
      crowded.clear()
      for (const rule of full) crowded.add(rule)
      full.clear()
      for (const series of active) {
        if (series.state.state !== 'OK') breached.set(series.rule, (breached.get(series.rule) ?? 0) + 1)
        if (series.state.state !== 'OK' || watchesSilence(series.rule)) touch(series)
        else if (!series.row) active.delete(series)
      }
      const steps: Step[] = []
      for (const series of touched) {
        const moved = advance(series, atMs)
        if (!moved) continue
        steps.push(moved)
        active.add(series)
      }
      latestMs = atMs
      seenCount = touched.length
      touched = []
      return steps
    },
  }
}

export type WatchedSeries = ReturnType<typeof watchSeries>

import type { Measure } from '../../ingest/measure.ts'
import type { SeriesRow } from './evaluator.store.ts'
import { planOf } from './plan.ts'
import { FAULT } from './fault-series.ts'
import { fingerprintOf } from './rule-of.ts'
import type { Rule } from './rule.ts'
import { watchSeries, type Series, type WatchedSeries } from './watched-series.ts'

export type Memory = {
  readonly revision: string
  readonly questions: readonly WatchedSeries[]
  /** Rows whose rule is no more, is switched off, or measures something else by now: to be closed by the next tick. */
  orphans: readonly SeriesRow[]
  /** Rules that nothing can be asked for. */
  readonly unknown: readonly Rule[]
  series(): IteratorObject<Series>
}

/** The state of a series as its row tells it. What only memory knows is carried on from `before`. */
const seriesOf = (rule: Rule, row: SeriesRow, before: Series | undefined): Series => ({
  rule,
  values: rule.groupBy.map((name) => row.labels[name] ?? ''),
  state: {
    state: row.state,
    sinceMs: row.since.getTime(),
    level: row.level,
    value: row.value,
    firedAtMs: row.fired_at?.getTime() ?? null,
  },
  seen: { value: null, samples: 0 },
  seenMs: before?.seenMs ?? row.seen_at.getTime(),
  peak: before?.peak ?? row.peak,
  breaches: before?.breaches ?? 0,
  toldMs: before?.toldMs ?? row.since.getTime(),
  row: { id: row.id, seenMs: row.seen_at.getTime() },
  usual: undefined,
  early: undefined,
  isTouched: false,
})

/**
 * What a leader keeps in memory: the questions of all rules, and their series as the rows say they are. Made anew when a
 * rule changes.
 */
export const createMemory = (
  known: { readonly revision: string; readonly rules: readonly Rule[]; readonly rows: readonly SeriesRow[] },
  options: {
    readonly measures: ReadonlyMap<string, Measure>
    /** Which rules must not share a question; see `planOf`. */
    readonly part: (rule: Rule) => string
    readonly before: Memory | undefined
  },
): Memory => {
  const { revision, rules, rows } = known
  const { measures, part, before } = options
  const byId = new Map(rules.map((rule) => [rule.id, rule]))
  const earlier = new Map(
    before?.series().map((series) => [fingerprintOf(series.rule.id, series.values), series]),
  )
  const orphans: SeriesRow[] = []
  const stored = new Map<Rule, Series[]>()
  for (const row of rows) {
    const rule = byId.get(row.rule_id)
    if (row.scope === FAULT && rule) continue // `faults` ends it
    if (rule?.scope !== row.scope) {
      orphans.push(row)
      continue
    }
    const series = seriesOf(rule, row, earlier.get(row.fingerprint))
    const own = stored.get(rule)
    if (own) own.push(series)
    else stored.set(rule, [series])
  }
  const questions = planOf(rules, measures, part).map((question) => {
    const watched = watchSeries(question)
    for (const rule of question.rules) for (const series of stored.get(rule) ?? []) watched.restore(series)
    return watched
  })
  return {
    revision,
    questions,
    orphans,
    unknown: rules.filter(({ dataset }) => !measures.has(dataset)),
    series: () => questions.values().flatMap((watched) => watched.series()),
  }
}

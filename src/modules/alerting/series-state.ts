import { direction, holds, type AlertLevel, type AlertState, type Condition } from './rule.ts'

/** How a series is, and since when. `level` and `firedAtMs` are set from the breach on until it is over. */
export type SeriesState = {
  readonly state: AlertState
  readonly sinceMs: number
  readonly level: AlertLevel | null
  /** Of the latest tick at which the state was written. */
  readonly value: number | null
  readonly firedAtMs: number | null
}

/** What a tick saw of a series. `value` is null without data. */
export type Seen = {
  readonly value: number | null
  readonly samples: number
  /** Of a window that ends now, for rules whose breach more rows can't undo. */
  readonly early?: number | null
  readonly earlySamples?: number
}

export const fresh = (atMs: number): SeriesState => ({
  state: 'OK',
  sinceMs: atMs,
  level: null,
  value: null,
  firedAtMs: null,
})

/** Whether an incident is open for it. */
export const isFiring = ({ state }: Pick<SeriesState, 'state'>): boolean =>
  state === 'FIRING' || state === 'RECOVERING' || state === 'NO_DATA'

const levelOf = (rule: Condition, value: number | null | undefined): AlertLevel | null => {
  if (value == null) return null
  if (rule.criticalThreshold !== null && holds(rule.operator, value, rule.criticalThreshold))
    return 'CRITICAL'
  return holds(rule.operator, value, rule.threshold) ? 'WARNING' : null
}
const worseLevel = (one: AlertLevel | null, other: AlertLevel | null): AlertLevel | null =>
  one === 'CRITICAL' || other === null ? one : other

/** The worse of two values, as the operator has it. */
export const worse = (rule: Condition, one: number | null, other: number | null): number | null => {
  if (one === null || other === null) return one ?? other
  const way = direction(rule.operator)
  return way === 0 ? other : way > 0 ? Math.max(one, other) : Math.min(one, other)
}

/** The value that says most of what was seen. */
export const shownValue = (rule: Condition, { value, early = null }: Seen): number | null =>
  worse(rule, value, early)

const became = (
  before: SeriesState,
  state: AlertState,
  atMs: number,
  { level = before.level, value }: { level?: AlertLevel | null; value: number | null },
): SeriesState => ({ ...before, state, sinceMs: atMs, level, value })

const over = (atMs: number, value: number | null): SeriesState => ({ ...fresh(atMs), value })

/** A breach that has just begun, or was pending: fires, now or when it has held. */
const rises = (
  rule: Condition,
  before: SeriesState,
  atMs: number,
  to: 'FIRING' | 'NO_DATA',
  at: { level: AlertLevel; value: number | null },
): SeriesState => {
  const sinceMs = before.state === 'PENDING' ? before.sinceMs : atMs
  if (atMs - sinceMs >= rule.forMs) return { state: to, sinceMs: atMs, ...at, firedAtMs: atMs }
  return before.state === 'PENDING' ? before : { ...before, state: 'PENDING', sinceMs: atMs, ...at }
}

const withoutData = (rule: Condition, before: SeriesState, atMs: number): SeriesState => {
  if (rule.noData === 'KEEP') return before
  if (rule.noData === 'OK') return falls(rule, before, atMs, null)
  if (before.state === 'NO_DATA') return before
  if (isFiring(before)) return became(before, 'NO_DATA', atMs, { value: null })
  return rises(rule, before, atMs, 'NO_DATA', { level: 'WARNING', value: null })
}

/** Nothing is wrong any more: it is over when that has held. */
const falls = (rule: Condition, before: SeriesState, atMs: number, value: number | null): SeriesState => {
  if (before.state === 'OK') return before
  if (before.state === 'PENDING' || rule.keepFiringMs === 0) return over(atMs, value)
  if (before.state !== 'RECOVERING') return became(before, 'RECOVERING', atMs, { value })
  return atMs - before.sinceMs >= rule.keepFiringMs ? over(atMs, value) : before
}

/**
 * What a tick makes of a series; the same object where nothing changed. The states are those of Prometheus and Grafana:
 * OK, PENDING while a breach has not held for `for`, FIRING, RECOVERING while it is over and has not held for
 * `keepFiringFor`, and NO_DATA.
 *
 * A breach is of the threshold, its end is beyond the recovery threshold where there is one: between the two a firing
 * series goes on, as a warning. Fewer samples than the rule wants are no breach. It depends on nothing but its
 * arguments, so that a dry run is the same as what happens live.
 */
export const step = (rule: Condition, before: SeriesState, seen: Seen, atMs: number): SeriesState => {
  const enough = seen.samples >= rule.minSamples
  const level = worseLevel(enough ? levelOf(rule, seen.value) : null, levelOf(rule, seen.early))
  const value = shownValue(rule, seen)
  if (level !== null) {
    if (!isFiring(before)) return rises(rule, before, atMs, 'FIRING', { level, value })
    if (before.state !== 'FIRING') return became(before, 'FIRING', atMs, { level, value })
    return before.level === level ? before : { ...before, level, value }
  }
  if (seen.value === null) return withoutData(rule, before, atMs)
  const { recoveryThreshold } = rule
  const stillBad = recoveryThreshold !== null && enough && holds(rule.operator, seen.value, recoveryThreshold)
  if (!stillBad || !isFiring(before)) return falls(rule, before, atMs, seen.value)
  const lower = { level: 'WARNING', value } as const
  if (before.state !== 'FIRING') return became(before, 'FIRING', atMs, lower)
  return before.level === 'WARNING' ? before : { ...before, ...lower }
}

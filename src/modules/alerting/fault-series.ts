import type { Act } from './act.ts'
import { fingerprintOf } from './rule-of.ts'
import type { Rule } from './rule.ts'

/**
 * The scope of a series that is no group of rows: it fires while its rule can't be evaluated, so that whoever is told of
 * the rule's breaches is told of this.
 */
export const FAULT = 'fault'

/** The fault of a rule as its row; `acts` are what is to be done to its incident. */
export type FaultSeries = {
  readonly fingerprint: string
  readonly labels: Readonly<Record<string, string>>
  readonly acts: readonly Act[]
}

/** A rule that can't be evaluated, or (null) can again, from that tick on. */
export const faultSeriesOf = (rule: Rule, error: string | null, atMs: number): FaultSeries => {
  const at = new Date(atMs).toISOString()
  const labels = { ...rule.labels, rule: rule.name }
  const fire: Act = {
    kind: 'fire',
    at,
    title: `Alert rule can't be evaluated: ${rule.name}`.slice(0, 300).toWellFormed(),
    description: `${error ?? ''} Until that is mended nobody is told of what it does not see.`,
    severity: 'HIGH',
    labels,
    value: null,
    threshold: 0,
    note: error ?? '',
    reopenSince: new Date(atMs - rule.reopenMs).toISOString(),
  }
  const resolve: Act = { kind: 'resolve', at, value: null, note: 'it was evaluated again' }
  return {
    fingerprint: fingerprintOf(rule.id, [FAULT, FAULT]),
    labels,
    acts: [error === null ? resolve : fire],
  }
}

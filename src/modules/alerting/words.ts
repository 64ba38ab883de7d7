import { countsNothing, holds, type Rule } from './rule.ts'
import type { Series } from './watched-series.ts'

/** A number as people read it: at most 6 digits that count. */
export const shown = (value: number | null): string =>
  value === null ? 'no data' : String(Number(value.toPrecision(6)))

const signs = { GT: '>', GTE: '>=', LT: '<', LTE: '<=', EQ: '=', NEQ: '!=' } as const

/** Labels of a series as names and values. */
export const labelsOf = ({ rule, values }: Pick<Series, 'rule' | 'values'>): Record<string, string> =>
  Object.fromEntries(rule.groupBy.map((name, index) => [name, values[index]!]))

/** The threshold that was crossed. */
export const thresholdOf = (rule: Rule, level: 'WARNING' | 'CRITICAL' | null): number =>
  level === 'CRITICAL' && rule.criticalThreshold !== null ? rule.criticalThreshold : rule.threshold

/**
 * What is wrong, as a timeline tells it: `0.12 > 0.05 (60 samples)`, with the samples of the window that says so; where rows
 * are what is counted, that says it all. What is no breach any more is held against the recovery threshold.
 */
export const breachOf = (
  { rule, state, seen }: Pick<Series, 'rule' | 'state' | 'seen'>,
  value: number | null,
): string => {
  if (state.state === 'NO_DATA' || value === null) return 'no data'
  const isEarly = value === seen.early && value !== seen.value
  const count = isEarly ? seen.earlySamples! : seen.samples
  const samples = countsNothing(rule, rule.field) ? '' : ` (${count} samples)`
  const threshold = thresholdOf(rule, state.level)
  const limit = holds(rule.operator, value, threshold) ? threshold : (rule.recoveryThreshold ?? threshold)
  return `${shown(value)} ${signs[rule.operator]} ${shown(limit)}${samples}`
}

const placeholder = /\{\{\s*(value|threshold|rule|labels\.([^\s{}]+))\s*\}\}/g

/** What stands in a text as a placeholder and is none of a rule that is grouped by these labels. */
export const unknownPlaceholders = (text: string, groupBy: readonly string[]): string[] =>
  (text.match(/\{\{[^}]*\}\}/g) ?? []).filter(
    (part) =>
      part.replace(placeholder, (whole: string, _name: string, label: string | undefined) =>
        label === undefined || groupBy.includes(label) ? '' : whole,
      ) !== '',
  )

/** The placeholders of a rule that is grouped by these labels, as people read them. */
export const placeholdersOf = (groupBy: readonly string[]): string =>
  andOf(
    ['value', 'threshold', 'rule', ...groupBy.map((label) => `labels.${label}`)].map((name) => `{{${name}}}`),
  )

const andOf = (names: readonly string[]): string => `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`

/**
 * A text with its placeholders filled in: `{{value}}`, `{{threshold}}`, `{{rule}}`, `{{labels.host}}`. Those after so many
 * characters of what is filled in stay empty: whoever reads it cuts it there.
 */
export const filled = (
  text: string,
  series: Series,
  value: number | null,
  mostCharacters: number,
): string => {
  const labels = labelsOf(series)
  let characters = 0
  const valueOf = (name: string, label: string | undefined): string => {
    if (label !== undefined) return Object.hasOwn(labels, label) ? labels[label]! : ''
    if (name === 'rule') return series.rule.name
    return shown(name === 'value' ? value : thresholdOf(series.rule, series.state.level))
  }
  return text.replace(placeholder, (_whole, name: string, label: string | undefined) => {
    if (characters >= mostCharacters) return ''
    const own = valueOf(name, label)
    characters += own.length
    return own
  })
}

/** Title of the incident of a series, unless the rule has one. */
export const usualTitle = (series: Series): string => {
  const labels = Object.entries(labelsOf(series)).map(([name, value]) => `${name}=${value || '(none)'}`)
  return labels.length === 0 ? series.rule.name : `${series.rule.name}: ${labels.join(', ')}`
}

import type { Measure } from '../../ingest/measure.ts'
import { ValidationError, type FieldError } from '../../platform/problems.ts'
import { canonicalJson } from '../audit/audit.chain.ts'
import { checkedRule, type CheckedRule } from './alert-rule.checks.ts'
import type { RuleInput } from './alert-rule.rules.ts'
import type { AlertRuleRow } from './alert-rule.store.ts'
import { columnsOf, definitionOf } from './rule-definition.ts'

/** Errors beyond these are counted and not told: an answer has a length. */
const MAX_ERRORS = 100

/** Name of a rule that somebody wrote, if it has one. */
export const nameOf = (input: unknown): string | undefined => {
  const name = typeof input === 'object' && input !== null && 'name' in input ? input.name : undefined
  return typeof name === 'string' ? name.trim() : undefined
}

/** The error of a rule as one of the list that it is in: `rules.3.window: …`. */
const placed = (index: number, { path, message }: FieldError): FieldError => ({
  path: ['rules', String(index), ...path],
  message: `rules.${index}${path.length === 0 ? message.replace('The input', '') : `.${message}`}`,
})

/**
 * Rules that can be evaluated, of a list that somebody wrote. Throws ValidationError with all that is wrong with all
 * of them, each at its path (`rules`, `3`, `window`), among them names that are there twice.
 */
export const checkedRules = (
  inputs: readonly unknown[],
  measures: ReadonlyMap<string, Measure>,
): CheckedRule[] => {
  const errors: FieldError[] = []
  const rules: CheckedRule[] = []
  const firsts = new Map<string, number>()
  for (const [index, input] of inputs.entries()) {
    try {
      rules.push(checkedRule(input as RuleInput, measures))
    } catch (error) {
      if (!(error instanceof ValidationError)) throw error
      errors.push(...error.errors.map((each) => placed(index, each)))
    }
    const name = nameOf(input)
    if (name === undefined) continue
    const first = firsts.get(name)
    if (first === undefined) firsts.set(name, index)
    else {
      const message = `name: rules.${first} is called so already.`
      errors.push(placed(index, { path: ['name'], message }))
    }
  }
  if (errors.length === 0) return rules
  const told = errors.slice(0, MAX_ERRORS)
  const more = errors.length - told.length
  const words = [...told.map(({ message }) => message), ...(more > 0 ? [`And ${more} more.`] : [])].join(' ')
  throw new ValidationError(words, errors[0]!.path, told)
}

export type RuleDifference = { readonly field: string; readonly before: unknown; readonly after: unknown }

/** What has to be done to make the rules those of a list, a rule each. */
export type RuleEdit = {
  readonly name: string
  readonly differences: readonly RuleDifference[]
} & (
  | { readonly change: 'CREATED'; readonly rule: CheckedRule }
  | { readonly change: 'UPDATED'; readonly rule: CheckedRule; readonly row: AlertRuleRow }
  | { readonly change: 'DELETED' | 'UNCHANGED'; readonly row: AlertRuleRow }
)

const differencesOf = (row: AlertRuleRow, rule: CheckedRule): RuleDifference[] => {
  const before: Record<string, unknown> = definitionOf(row)
  const after: Record<string, unknown> = definitionOf(columnsOf(rule))
  return Object.keys(after)
    .filter((field) => canonicalJson(before[field]) !== canonicalJson(after[field]))
    .map((field) => ({ field, before: before[field], after: after[field] }))
}

/** By name: what is not there is created, what differs is updated, and with `prune` what is not in the list is deleted. */
export const editsOf = (
  rows: readonly AlertRuleRow[],
  rules: readonly CheckedRule[],
  prune: boolean,
): RuleEdit[] => {
  const left = new Map(rows.map((row) => [row.name, row]))
  const edits = rules.map((rule): RuleEdit => {
    const { name } = rule
    const row = left.get(name)
    left.delete(name)
    if (!row) return { name, change: 'CREATED', differences: [], rule }
    const differences = differencesOf(row, rule)
    return differences.length > 0
      ? { name, change: 'UPDATED', differences, rule, row }
      : { name, change: 'UNCHANGED', differences, row }
  })
  if (!prune) return edits
  const deleted = [...left.values()].map((row): RuleEdit => ({
    name: row.name,
    change: 'DELETED',
    differences: [],
    row,
  }))
  return [...edits, ...deleted]
}

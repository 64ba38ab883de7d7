import type { Measure } from '../../ingest/measure.ts'
import { formatDuration } from '../../platform/duration.ts'
import { ValidationError, type FieldError } from '../../platform/problems.ts'
import { validate } from '../../platform/validate.ts'
import { ruleDefinition, type RuleDefinition, type RuleInput } from './alert-rule.rules.ts'
import { labelsOf } from './dimensions.ts'
import { parseRuleFilter } from './rule-filter.ts'
import { direction, type AlertOperator } from './rule.ts'
import { placeholdersOf, unknownPlaceholders } from './words.ts'

/** A definition that can be evaluated. */
export type CheckedRule = Omit<RuleDefinition, 'operator' | 'threshold'> & {
  readonly operator: AlertOperator
  readonly threshold: number
}

const names = (known: Iterable<string>): string => [...known].join(', ')
const counting = new Set(['COUNT', 'RATIO', 'ABSENCE'])

type Say = (path: readonly string[], message: string) => void

/** The number that is measured: given, the only one that there is, or none where rows are counted. */
const fieldOf = (rule: RuleDefinition, measure: Measure, say: Say): string | null => {
  const { aggregate, field } = rule
  const { values, counters, dataset } = measure
  if (counting.has(aggregate) || (aggregate === 'RATE' && !counters)) {
    if (field !== null) say(['field'], `${aggregate} of ${dataset} counts rows and takes no field`)
    return null
  }
  if (values.size === 0)
    say(['aggregate'], `${dataset} has rows to count and no numbers: use COUNT, RATE, RATIO or ABSENCE`)
  else if (field === null && values.size > 1)
    say(['field'], `one of these is needed: ${names(values.keys())}`)
  else if (field !== null && !values.has(field))
    say(['field'], `${dataset} has no number "${field}", but: ${names(values.keys())}`)
  const [only] = values.keys()
  return field ?? only ?? null
}

const checkLabels = (
  rule: RuleDefinition,
  { labels, texts, attributes, dataset }: Measure,
  say: Say,
): void => {
  const own = `${names(labels.keys())}${attributes === undefined ? '' : ', or any of its attributes'}`
  for (const place of ['filter', 'outOf'] as const)
    for (const name of labelsOf(parseRuleFilter(rule[place])))
      if (!labels.has(name) && !texts.has(name) && attributes === undefined)
        say(
          [place],
          `${dataset} has no label "${name}", but: ${own}${texts.size > 0 ? `, ${names(texts.keys())}` : ''}`,
        )
  for (const [index, name] of rule.groupBy.entries()) {
    if (texts.has(name))
      say(['groupBy', String(index)], `"${name}" is a long text, by which rows are found and not grouped`)
    else if (!labels.has(name) && attributes === undefined)
      say(['groupBy', String(index)], `${dataset} has no label "${name}", but: ${own}`)
  }
}

const checkThresholds = (
  rule: RuleDefinition,
  operator: AlertOperator,
  threshold: number,
  say: Say,
): void => {
  const { criticalThreshold: critical, recoveryThreshold: recovery } = rule
  const way = direction(operator)
  if (way === 0) {
    if (critical !== null) say(['criticalThreshold'], `${operator} has one threshold`)
    if (recovery !== null) say(['recoveryThreshold'], `${operator} has one threshold`)
    return
  }
  if (critical !== null && (critical - threshold) * way <= 0)
    say(['criticalThreshold'], `it has to be ${way > 0 ? 'above' : 'below'} the threshold`)
  if (recovery !== null && (recovery - threshold) * way > 0)
    say(['recoveryThreshold'], `it can't be ${way > 0 ? 'above' : 'below'} the threshold`)
}

/**
 * A rule that can be evaluated, of one that somebody wrote. Throws ValidationError with all that is wrong, each at its
 * path.
 */
export const checkedRule = (input: RuleInput, measures: ReadonlyMap<string, Measure>): CheckedRule => {
  const rule = validate(ruleDefinition, input)
  const errors: FieldError[] = []
  const say: Say = (path, message) => void errors.push({ path, message: `${path.join('.')}: ${message}.` })
  const measure = measures.get(rule.dataset)
  if (!measure)
    say(['dataset'], `there is no dataset "${rule.dataset}" to measure, but: ${names(measures.keys())}`)
  const field = measure ? fieldOf(rule, measure, say) : null
  if (measure) {
    checkLabels(rule, measure, say)
    if (rule.window < measure.stepMs)
      say(
        ['window'],
        `rows of ${rule.dataset} come about every ${formatDuration(measure.stepMs)}: take that at least`,
      )
  }
  const absence = rule.aggregate === 'ABSENCE'
  if (absence && (rule.operator != null || rule.threshold != null))
    say(
      [rule.operator == null ? 'threshold' : 'operator'],
      'ABSENCE fires when there is no row, and compares nothing',
    )
  if (!absence && rule.operator == null) say(['operator'], 'is needed')
  if (!absence && rule.threshold == null) say(['threshold'], 'is needed')
  if (rule.aggregate !== 'RATIO' && Object.keys(rule.outOf).length > 0) say(['outOf'], 'only RATIO has it')
  const [operator, threshold] = absence ? (['LT', 1] as const) : [rule.operator ?? 'GT', rule.threshold ?? 0]
  checkThresholds(rule, operator, threshold, say)
  for (const [name, text] of Object.entries(rule.annotations))
    for (const part of unknownPlaceholders(text, rule.groupBy))
      say(
        ['annotations', name],
        `"${part}" is no placeholder, but ${placeholdersOf(rule.groupBy)}: labels are those of groupBy`,
      )
  if (errors.length > 0)
    throw new ValidationError(errors.map(({ message }) => message).join(' '), errors[0]!.path, errors)
  return { ...rule, field, operator, threshold }
}

import { isDeepStrictEqual } from 'node:util'
import { ruleDefinition } from '../../modules/alerting/alert-rule.rules.ts'
import { columnsOf, definitionOf } from '../../modules/alerting/rule-definition.ts'

/** What every rule has to say; all else has a default. */
const needed = {
  name: 'a',
  dataset: 'a',
  aggregate: 'COUNT',
  operator: 'GT',
  threshold: 0,
  window: 'PT1M',
} as const

const defaults = (): Readonly<Record<string, unknown>> => {
  const { operator, threshold } = needed
  return definitionOf(columnsOf({ ...ruleDefinition.parse(needed), operator, threshold }))
}

/** A rule without what it has by default: what people would write. */
export const terse = (definition: Readonly<Record<string, unknown>>): Record<string, unknown> => {
  const usual = defaults()
  return Object.fromEntries(
    Object.entries(definition).filter(
      ([name, value]) => value !== null && (name in needed || !isDeepStrictEqual(value, usual[name])),
    ),
  )
}

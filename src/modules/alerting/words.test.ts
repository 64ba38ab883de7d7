import { expect, test } from 'vitest'
import { trustTenantId } from '../../platform/ids.ts'
import { ValidationError } from '../../platform/problems.ts'
import { measures } from '../measures.ts'
import { checkedRule } from './alert-rule.checks.ts'
import type { RuleInput } from './alert-rule.rules.ts'
import { actsOf } from './acts.ts'
import { draftOf } from './dry-run.queries.ts'
import { planOf } from './plan.ts'
import { ruleOf } from './rule-of.ts'
import { watchSeries } from './watched-series.ts'

const tenant = trustTenantId('00000000-0000-4000-8000-000000000001')
const definition: RuleInput = {
  name: 'Lines',
  dataset: 'log_events',
  aggregate: 'COUNT',
  groupBy: ['host'],
  operator: 'GT',
  threshold: 0,
  window: 'PT5S',
  delay: 'PT0S',
}

/** The title of the incident of one row of a host, of a rule that was stored, whatever is checked by now. */
const titleOf = (title: string, host: string): string => {
  const rule = { ...ruleOf(tenant, draftOf(checkedRule(definition, measures))), annotations: { title } }
  const watched = watchSeries(planOf([rule], measures)[0]!)
  watched.take(tenant, [JSON.stringify([host])], [[1]], 0, 5_000)
  const [act] = actsOf(watched.advance(5_000)[0]!, 5_000)
  return act?.kind === 'fire' ? act.title : ''
}

test.each([
  ['{{labels.host}} has {{value}}', 'a', 'a has 1'],
  ['of {{ labels.host }}', '', 'of '],
  ['{{labels.host}}', '', 'Lines: host=(none)'],
  ['{{labels.service}}', 'a', 'Lines: host=a'],
  ['is{{labels.constructor}}', 'a', 'is'],
  ['is{{labels.__proto__}}', 'a', 'is'],
])('the title %s of host "%s" is "%s"', (title, host, shown) => {
  expect(titleOf(title, host)).toBe(shown)
})

/** What is wrong with a rule that has this title. */
const errorOf = (groupBy: string[], text: string) => {
  try {
    checkedRule({ ...definition, groupBy, annotations: { title: text } }, measures)
    return undefined
  } catch (error) {
    return error instanceof ValidationError ? error.errors : error
  }
}

test('a placeholder of a label that a rule is not grouped by is refused, with those that there are', () => {
  const path = ['annotations', 'title']
  expect(errorOf(['host'], '{{labels.host}} {{ value }}')).toBeUndefined()
  expect(errorOf(['host', 'service'], '{{labels.constructor}}')).toEqual([
    {
      path,
      message:
        'annotations.title: "{{labels.constructor}}" is no placeholder, but {{value}}, {{threshold}}, {{rule}}, {{labels.host}} and {{labels.service}}: labels are those of groupBy.',
    },
  ])
  expect(errorOf([], 'on {{labels.host}}')).toEqual([
    {
      path,
      message:
        'annotations.title: "{{labels.host}}" is no placeholder, but {{value}}, {{threshold}} and {{rule}}: labels are those of groupBy.',
    },
  ])
})

import { expect, test } from 'vitest'
import { trustTenantId } from '../../platform/ids.ts'
import { ValidationError } from '../../platform/problems.ts'
import { LONG_TEXT } from '../incidents/incident.rules.ts'
import { measures } from '../measures.ts'
import { checkedRule } from './alert-rule.checks.ts'
import type { RuleInput } from './alert-rule.rules.ts'
import { actsOf } from './acts.ts'
import { draftOf } from './dry-run.queries.ts'
import { planOf } from './plan.ts'
import { ruleOf } from './rule-of.ts'
import type { Seen } from './series-state.ts'
import { watchSeries } from './watched-series.ts'
import { breachOf } from './words.ts'

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

/** What is told of one row of a host by a rule that was stored, whatever is checked by now. */
const firedOf = (
  annotations: Readonly<Record<string, string>>,
  host: string,
  input: Partial<RuleInput> = {},
) => {
  const rule = { ...ruleOf(tenant, draftOf(checkedRule({ ...definition, ...input }, measures))), annotations }
  const watched = watchSeries(planOf([rule], measures)[0]!)
  watched.take(tenant, [JSON.stringify([host])], [[1]], 0, 5_000)
  const [act] = actsOf(watched.advance(5_000)[0]!, 5_000)
  if (act?.kind !== 'fire') throw new Error('it did not fire')
  return act
}

test.each([
  ['{{labels.host}} has {{value}}', 'a', 'a has 1'],
  ['of {{ labels.host }}', '', 'of '],
  ['{{labels.host}}', '', 'Lines: host=(none)'],
  ['{{labels.service}}', 'a', 'Lines: host=a'],
  ['is{{labels.constructor}}', 'a', 'is'],
  ['is{{labels.__proto__}}', 'a', 'is'],
])('the title %s of host "%s" is "%s"', (title, host, shown) => {
  expect(firedOf({ title }, host).title).toBe(shown)
})

test('a description is as long as people may write one, however often a long label stands in it', () => {
  const line = '{{labels.host}}'.repeat(66)
  const host = '\u{1F600}'.repeat(512)
  const annotations = Object.fromEntries(Array.from({ length: 31 }, (_, n) => [`line ${n}`, line]))
  const { description } = firedOf(annotations, host)
  expect(description).toHaveLength(LONG_TEXT)
  expect(description).toMatch(`line 0: ${host}`)
  expect(description.isWellFormed()).toBe(true)
  expect(firedOf({ description: 'on {{labels.host}}', runbook: 'b', empty: '' }, 'a').description).toBe(
    'on a\nrunbook: b\nempty: ',
  )
})

test('where rows are counted the number says it all, and nothing is told of samples', () => {
  expect(firedOf({}, 'a').note).toBe('1 > 0')
  expect(firedOf({}, 'a', { aggregate: 'RATE' }).note).toBe('0.2 > 0')
})

test('a breach is told with the samples of the window that says so, and against what it is beyond', () => {
  const threshold = { aggregate: 'MAX', field: 'viewer_count', threshold: 80, recoveryThreshold: 60 } as const
  const input = { ...definition, ...threshold, dataset: 'viewer_samples', groupBy: [], window: 'PT1M' }
  const rule = ruleOf(tenant, draftOf(checkedRule(input, measures)))
  const firing = { state: 'FIRING', sinceMs: 0, level: 'WARNING', value: null, firedAtMs: 0 } as const
  const told = (value: number, seen: Seen) => breachOf({ rule, state: firing, seen }, value)
  expect(told(90, { value: 90, samples: 7 })).toBe('90 > 80 (7 samples)')
  expect(told(90, { value: null, samples: 0, early: 90, earlySamples: 3 })).toBe('90 > 80 (3 samples)')
  expect(told(90, { value: 90, samples: 7, early: 85, earlySamples: 3 })).toBe('90 > 80 (7 samples)')
  expect(told(70, { value: 70, samples: 7 })).toBe('70 > 60 (7 samples)')
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

test.each([1e19, -1e19, 4e-8])('a threshold of %d is taken as it is', (threshold) => {
  expect(checkedRule({ ...definition, threshold }, measures).threshold).toBe(threshold)
})

test.each([2e19, -1.7e308, NaN])(
  'a threshold of %d, which the store would change, is refused',
  (threshold) => {
    expect(() => checkedRule({ ...definition, threshold }, measures)).toThrow('threshold')
  },
)

test('a rule is grouped by a label of any length that rows have, and its labels have such names too', () => {
  const long = 'x'.repeat(128)
  expect(checkedRule({ ...definition, groupBy: [long], labels: { [long]: 'a' } }, measures)).toMatchObject({
    groupBy: [long],
    labels: { [long]: 'a' },
  })
})

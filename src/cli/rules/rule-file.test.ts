import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { checkedRules } from '../../modules/alerting/alert-rule.apply.ts'
import { measures } from '../../modules/measures.ts'
import { ValidationError } from '../../platform/problems.ts'
import { parseRules, placedErrors, textOf, writtenRules } from './rule-file.ts'
import { terse } from './terse.ts'
import { definitionOf, columnsOf } from '../../modules/alerting/rule-definition.ts'

const examples = new URL('../../../examples/rules.yaml', import.meta.url)
const example = () => parseRules('rules.yaml', readFileSync(examples, 'utf8'))

const errorsOf = (text: string): string => {
  const file = parseRules('rules.yaml', text)
  try {
    checkedRules(file.rules, measures)
  } catch (error) {
    if (error instanceof ValidationError) return placedErrors(file, error.errors)
    throw error
  }
  throw new Error('nothing is wrong')
}

test('every rule of examples/rules.yaml can be evaluated, and its rules have the three of the first hub', () => {
  const rules = checkedRules(example().rules, measures)
  expect(rules).toHaveLength(11)
  const said = new Map(rules.map(({ name, operator, threshold }) => [name, `${operator} ${threshold}`]))
  expect(said.get('High Error Rate')).toBe('GT 0.05')
  expect(said.get('Low Event Activity')).toBe('LT 10')
  expect(said.get('High CPU Usage')).toBe('GT 0.8')
})

test('what is wrong is told by line, rule and field, and a missing field by the line of its rule', () => {
  const text = `# two rules
rules:
  - name: Errors
    dataset: log_events
    aggregate: COUNT
    operator: GT
    threshold: 5
    windw: PT1M
  - name: Load
    dataset: node_samples
    aggregate: AVG
    field: cpu_percent
    groupBy:
      - node_id
      - service
    filter: { label: { name: node_id, eq: 7 } }
    operator: ">"
    threshold: 60
    window: PT1M
`
  expect(errorsOf(text)).toBe(
    [
      'rules.yaml:3: "Errors": window: expected a value of the type string.',
      'rules.yaml:8: "Errors": windw: there is no field of this name.',
      'rules.yaml:16: "Load": filter.label.eq: expected a value of the type string.',
      'rules.yaml:17: "Load": operator: Invalid option: expected one of "GT"|"GTE"|"LT"|"LTE"|"EQ"|"NEQ".',
    ].join('\n'),
  )
  expect(errorsOf('rules:\n  - {}\n  - 7\n')).toContain('rules.yaml:3: expected a value of the type object.')
})

test('a label that the dataset has not is told at its own line', () => {
  const text = `{ "rules": [ {
    "name": "Load", "dataset": "node_samples", "aggregate": "AVG", "field": "cpu_percent",
    "groupBy": [
      "node_id",
      "service"
    ], "operator": "GT", "threshold": 60, "window": "PT1M" } ] }`
  expect(errorsOf(text)).toMatch(/^rules\.yaml:5: "Load": groupBy\.1: node_samples has no label "service"/)
  expect(errorsOf(text.replaceAll('    ', '\t'))).toMatch(/^rules\.yaml:5: /)
})

test.each([
  ['', 'rules.yaml:1: "rules:" with a list of rules is expected'],
  ['rules: 7', 'rules.yaml:1: "rules:" with a list of rules is expected'],
  ['\nrules: []\nrulez: []', 'rules.yaml:3: there is "rules" in such a file, and no "rulez"'],
  ['rules:\n  - name: a\n    name: b', 'rules.yaml:3: Map keys must be unique'],
  ['rules:\n  - name: *nobody', /^rules\.yaml:2: .*nobody/],
  ['rules:\n  - name: "a', /^rules\.yaml:2: /],
  ['rules: []\n---\nrules: []', /^rules\.yaml:2: /],
])('a file that is none is told by its line: %j', (text, message) => {
  expect(() => parseRules('rules.yaml', text)).toThrow(message)
})

test('a file that multiplies itself is refused', () => {
  const lines = Array.from({ length: 9 }, (_, n) => `a${n + 1}: &a${n + 1} [${`*a${n}, `.repeat(9)}]`)
  expect(() => parseRules('rules.yaml', ['a0: &a0 [x]', ...lines, 'rules: *a9'].join('\n'))).toThrow(/alias/i)
})

test.each(['yaml', 'json'] as const)(
  'rules that are written as %s are read as they were, without what is usual',
  (format) => {
    const definitions = checkedRules(example().rules, measures).map((rule) => definitionOf(columnsOf(rule)))
    const text = writtenRules(definitions.map(terse), format)
    const again = checkedRules(parseRules('again', text).rules, measures)
    expect(again.map((rule) => definitionOf(columnsOf(rule)))).toEqual(definitions)
    expect(text).not.toMatch(/reopenWithin|channels|null/)
  },
)

test('a file that is not UTF-8 is refused with the line and the byte', () => {
  const text = 'rules:\n  - name: Größe\n'
  expect(textOf('rules.yaml', Buffer.from(text))).toBe(text)
  expect(() => textOf('rules.yaml', Buffer.from(text, 'latin1'))).toThrow(
    'rules.yaml:2: byte 13 (0xF6) is not UTF-8 in that line. Save the file as UTF-8.',
  )
  expect(() => textOf('standard input', Buffer.from([0xff]))).toThrow('standard input:1: byte 1 (0xFF)')
})

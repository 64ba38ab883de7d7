import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse as parseGraphql, validate } from 'graphql'
import { expect, test } from 'vitest'
import { parseRules } from '../../src/cli/rules/rule-file.ts'
import { terse } from '../../src/cli/rules/terse.ts'
import { schema } from '../../src/graphql/schema.ts'
import { checkedRules } from '../../src/modules/alerting/alert-rule.apply.ts'
import { ruleDefinition } from '../../src/modules/alerting/alert-rule.rules.ts'
import { columnsOf, definitionOf } from '../../src/modules/alerting/rule-definition.ts'
import { measures } from '../../src/modules/measures.ts'

const page = readFileSync(join(import.meta.dirname, '../../docs/alerting.md'), 'utf8')
const blocks = (language: string): string[] =>
  [...page.matchAll(new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 'gs'))].map(([, text = '']) => text)

/** Of the table whose head begins so: the first two cells of each row, without marks. */
const rowsOf = (head: string): string[][] =>
  page
    .slice(page.indexOf(head))
    .split('\n\n')[0]!
    .split('\n')
    .slice(2)
    .map((line) =>
      line
        .replaceAll('`', '')
        .split('|')
        .slice(1, 3)
        .map((cell) => cell.trim()),
    )

test('every file of rules in docs/alerting.md holds rules that can be evaluated', () => {
  const files = blocks('yaml')
  expect(files.length).toBeGreaterThanOrEqual(2)
  for (const text of files) expect(checkedRules(parseRules('docs', text).rules, measures)).not.toEqual([])
})

test('every operation in docs/alerting.md fits the schema', () => {
  const operations = blocks('graphql')
  expect(operations.length).toBeGreaterThanOrEqual(4)
  for (const text of operations) expect([text, validate(schema, parseGraphql(text))]).toEqual([text, []])
})

test('docs/alerting.md tells each field of a rule, in its order, with its default', () => {
  const told = rowsOf('| field | default |')
  expect(told.map(([name]) => name)).toEqual(Object.keys(ruleDefinition.shape))
  const needed = { name: 'a', dataset: 'log_events', aggregate: 'COUNT', window: 'PT1M' }
  const rule = { ...ruleDefinition.parse(needed), operator: 'GT', threshold: 0 } as const
  const usual: Record<string, unknown> = definitionOf(columnsOf(rule))
  const words = new Map(Object.entries({ enabled: 'true', minSamples: '1', reopenWithin: 'PT10M' }))
  for (const [name = '', value] of told) {
    const own = usual[name]
    if (name in terse(usual)) expect([name, value]).toEqual([name, 'required'])
    else if (['PT0S', 'OK', 'MEDIUM', 'CRITICAL'].includes(String(own)) || words.has(name))
      expect([name, value]).toEqual([name, words.get(name) ?? own])
    else
      expect([name, own ?? '', value]).toEqual([
        name,
        expect.toSatisfy(isNothing),
        expect.stringMatching(/\w/),
      ])
  }
})

const isNothing = (value: unknown): boolean =>
  value === '' || (typeof value === 'object' && value !== null && Object.keys(value).length === 0)

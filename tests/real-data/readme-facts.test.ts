import { expect, test } from 'vitest'
import { parseReadme } from './readme-facts.ts'

const readme = [
  '# Data',
  '- elastic: an earlier line of the same start',
  '- `a/b.csv` (10 bytes, sha256 0); whole file. Facts: 12 rows; levels: INFO 9, WARN 3; sum 45 (x).',
  '- `a/c.csv` (10 bytes): no facts.',
  '',
  '## Totals over folders',
  '- elastic: 2 files, sum 99.',
].join('\n')

test('facts are read from the line of the file, and totals from the last section', () => {
  const facts = parseReadme(readme)
  const file = facts.of('a/b.csv')
  expect(file.number('# rows')).toBe(12)
  expect(file.number('sum # (x)')).toBe(45)
  expect(file.match(/; (levels)/)).toBe('levels')
  expect(file.counts('levels:')).toEqual({ INFO: 9, WARN: 3 })
  expect(facts.totals('elastic').number('sum #')).toBe(99)
})

test('a fact that the README does not give is an error, never a silent pass', () => {
  const facts = parseReadme(readme)
  expect(() => facts.of('a/b.csv').number('max #')).toThrow('does not say')
  expect(() => facts.of('a/c.csv')).toThrow('no facts of a/c.csv')
  expect(() => facts.of('a/d.csv')).toThrow('no line that starts')
})

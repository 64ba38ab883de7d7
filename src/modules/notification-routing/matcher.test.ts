import { expect, test } from 'vitest'
import { faultsOf, matchers } from './matcher.checks.ts'
import { holds, type Matcher } from './matcher.ts'

const facts = { team: 'Video', severity: 'HIGH' }
test.each<[string, Matcher[], boolean]>([
  ['nothing asked', [], true],
  ['equal', [{ name: 'team', eq: 'Video' }], true],
  ['equal but for its case', [{ name: 'team', eq: 'video' }], false],
  ['contains, in any case', [{ name: 'team', contains: 'IDE' }], true],
  ['starts with, in any case', [{ name: 'team', startsWith: 'vid' }], true],
  ['one of', [{ name: 'team', in: ['Audio', 'Video'] }], true],
  ['all operators at once', [{ name: 'team', startsWith: 'v', contains: 'x' }], false],
  ['not', [{ name: 'team', eq: 'Audio', not: true }], true],
  ['not all operators at once', [{ name: 'team', startsWith: 'v', contains: 'x', not: true }], true],
  [
    'two of which one does not hold',
    [
      { name: 'team', eq: 'Video' },
      { name: 'severity', eq: 'LOW' },
    ],
    false,
  ],
  ['a missing label is empty', [{ name: 'none', eq: '' }], true],
  ['what a missing label is not', [{ name: 'none', eq: 'x', not: true }], true],
  ['a name of every object', [{ name: 'constructor', eq: '' }], true],
])('%s', (_what, given, expected) => {
  expect(holds(given, facts)).toBe(expected)
})

test.each<[string, Matcher[], string]>([
  [
    'two values of one label',
    [
      { name: 'a', eq: 'x' },
      { name: 'a', eq: 'y' },
    ],
    '1',
  ],
  [
    'a value out of a list of others',
    [
      { name: 'a', in: ['x', 'z'] },
      { name: 'b', eq: '' },
      { name: 'a', eq: 'y' },
    ],
    '2',
  ],
  [
    'two lists that have nothing in common',
    [
      { name: 'a', in: ['x'] },
      { name: 'a', in: ['y'] },
    ],
    '1',
  ],
  [
    'a value and its opposite',
    [
      { name: 'a', eq: 'x' },
      { name: 'a', eq: 'x', not: true },
    ],
    '1',
  ],
  ['a value that does not start like that', [{ name: 'a', eq: 'x', startsWith: 'y' }], '0'],
  ['an empty list', [{ name: 'a', in: [] }], '0.in'],
  ['an empty list that leaves out nothing', [{ name: 'a', in: [], not: true }], '0.in'],
  ['no condition', [{ name: 'a' }], '0'],
  ['a severity that there is none of', [{ name: 'severity', eq: 'Critical' }], '0'],
  ['one of a list of severities', [{ name: 'severity', in: ['HIGH', 'SEV1'] }], '0'],
  ['no severity at all', [{ name: 'severity', in: ['LOW', 'MEDIUM', 'HIGH', 'CRITICAL'], not: true }], '0'],
  ['a part of no severity', [{ name: 'severity', contains: 'sev' }], '0'],
  ['a status that there is none of', [{ name: 'status', eq: 'open' }], '0'],
  ['a name with spaces around it', [{ name: ' a', eq: 'x' }], '0.name'],
  ['the name that is the prototype', [{ name: '__proto__', eq: 'x' }], '0.name'],
])('refused, since it can never hold: %s', (_what, given, path) => {
  expect(faultsOf(given).map((fault) => fault.path.join('.'))).toEqual([path])
  expect(matchers(0).safeParse(given).success).toBe(false)
})

test.each<[string, Matcher[]]>([
  [
    'a value out of a list',
    [
      { name: 'a', in: ['x', 'y'] },
      { name: 'a', eq: 'y' },
    ],
  ],
  [
    'two parts',
    [
      { name: 'a', contains: 'x' },
      { name: 'a', contains: 'y' },
    ],
  ],
  ['a part of a severity', [{ name: 'severity', contains: 'crit' }]],
  ['a name that every object has', [{ name: 'constructor', eq: 'x' }]],
  [
    'a part of one, and what it is not',
    [
      { name: 'toString', contains: 'x' },
      { name: 'valueOf', eq: '', not: true },
    ],
  ],
  [
    'two values of what every object has',
    [
      { name: 'hasOwnProperty', in: ['x', 'y'] },
      { name: 'hasOwnProperty', startsWith: 'y' },
    ],
  ],
  ['a name of as many characters as that of a row', [{ name: 'x'.repeat(128), eq: 'y' }]],
  ['all but one severity', [{ name: 'severity', eq: 'LOW', not: true }]],
  [
    'opposites of different labels',
    [
      { name: 'a', eq: 'x' },
      { name: 'b', eq: 'x', not: true },
    ],
  ],
])('taken: %s', (_what, given) => {
  expect(faultsOf(given)).toEqual([])
  expect(matchers(0).parse(given)).toEqual(given)
})

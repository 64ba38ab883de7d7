import { expect, test } from 'vitest'
import { columnsOf, matches, partAbout, type Filter } from './filter-tree.ts'

const term = (column: string, value: unknown): Filter => ({ column, operator: 'eq', value })
const [a, b] = [term('a', 1), term('b', 2)]

test('the columns of a filter are those of all its terms', () => {
  expect([...columnsOf({ all: [a, { not: { any: [b, term('c', 3)] } }] })]).toEqual(['a', 'b', 'c'])
  expect([...columnsOf({ all: [] })]).toEqual([])
})

test.each<[string, Filter, Filter]>([
  ['a term', a, a],
  ['a term about another column', b, { all: [] }],
  ['all of several', { all: [a, b, { not: a }] }, { all: [a, { all: [] }, { not: a }] }],
  ['any of the column', { any: [a, { not: a }] }, { any: [a, { not: a }] }],
  ['any with another column: it may hold whatever the first is', { any: [a, b] }, { all: [] }],
  ['not both', { not: { all: [a, b] } }, { all: [] }],
])('what a filter says of a column alone: %s', (_what, filter, part) => {
  expect(partAbout(filter, 'a')).toEqual(part)
  // Whatever fits the filter fits the part.
  for (const row of [1, 2].flatMap((one) => [1, 2].map((two) => ({ a: one, b: two }))))
    if (matches(filter, row)) expect(matches(partAbout(filter, 'a'), row)).toBe(true)
})

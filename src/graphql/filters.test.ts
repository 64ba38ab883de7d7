import { expect, test } from 'vitest'
import { condition, matches, parseFilter, toWhere } from './filter-terms.ts'

const nothing = { id: { in: [] } }
const conditions = Object.fromEntries(
  ['title', 'endedAt', 'views', 'isPublic', 'createdAt'].map((name) => [name, condition(undefined, name)]),
)
const nullable = (column: string) => column === 'endedAt'
const where = (filter: object | null | undefined) => toWhere(parseFilter(conditions, filter), nullable)

test('no filter, an empty one and an empty condition hold for everything, wherever they stand', () => {
  for (const filter of [
    undefined,
    null,
    {},
    { title: null, and: null },
    { title: {} },
    { and: [] },
    { and: [{ title: {} }] },
  ])
    expect(where(filter), JSON.stringify(filter)).toEqual({})
  expect(where({ or: [{ title: {} }, { title: { eq: 'x' } }] })).toEqual({})
  expect(where({ not: { not: { title: {} } } })).toEqual({})
})

test('an empty "or" and the "not" of everything hold for no row', () => {
  for (const filter of [
    { or: [] },
    { not: {} },
    { not: { title: {} } },
    { and: [{ or: [] }, { title: { eq: 'x' } }] },
  ])
    expect(where(filter), JSON.stringify(filter)).toEqual(nothing)
})

test('wildcards of LIKE are letters, and each operator means the same beside others', () => {
  expect(where({ title: { contains: '50%_\\', eq: '%' } })).toEqual({
    AND: [{ titleFolded: { contains: '50\\%\\_\\\\' } }, { title: { equals: '%' } }],
  })
})

test('a search is for at most 256 characters, and looks without their case into texts without theirs', () => {
  expect(where({ title: { contains: 'x'.repeat(256) } })).not.toEqual({})
  for (const operator of ['contains', 'startsWith'])
    expect(() => where({ title: { [operator]: 'x'.repeat(257) } })).toThrow('at most 256 characters')
  expect(where({ title: { startsWith: 'ΟΔΌΣ%ß' } })).toEqual({
    AND: [{ titleFolded: { startsWith: 'οδόσ\\%ss' } }],
  })
})

test('"not" is the complement, also for rows without a value', () => {
  const at = new Date(0)
  expect(where({ not: { endedAt: { gt: at } } })).toEqual({
    AND: [{ OR: [{ OR: [{ NOT: { endedAt: { gt: at } } }, { endedAt: { equals: null } }] }] }],
  })
})

const filters = [
  { title: { contains: 'A' } },
  { not: { title: { startsWith: 'b' } } },
  { endedAt: { gt: new Date(5) } },
  { or: [{ views: { gte: 2, lt: 9 } }, { isPublic: { eq: true } }] },
  { title: { in: ['alpha', 'x'] }, not: { views: { eq: 1 } } },
]
const rows = [
  { title: 'alpha', endedAt: null, views: 1, isPublic: true },
  { title: 'Beta', endedAt: new Date(6), views: 2, isPublic: false },
  { title: 'gamma', endedAt: new Date(5), views: 9, isPublic: false },
]
test('a filter and its negation split the rows in two', () => {
  for (const filter of filters) {
    const [yes, no] = [parseFilter(conditions, filter), parseFilter(conditions, { not: filter })]
    for (const row of rows) expect(matches(yes, row), JSON.stringify([filter, row])).toBe(!matches(no, row))
  }
})

test('a value in memory fits a filter as a row of Postgres would', () => {
  const fitting = filters.map((filter) =>
    rows.filter((row) => matches(parseFilter(conditions, filter), row)).map(({ title }) => title),
  )
  expect(fitting).toEqual([['alpha', 'Beta', 'gamma'], ['alpha', 'gamma'], ['Beta'], ['alpha', 'Beta'], []])
})

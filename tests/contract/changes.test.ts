import { expect, test } from 'vitest'
import { breakingChanges, compare, files, listedIn } from './breaking.ts'

test('every breaking change of the graph since the last release is listed in docs/changes.md, and nothing else is', async () => {
  const { released, current, page } = files()
  const { unlisted, stale } = compare(await breakingChanges(released, current), listedIn(page))
  const advice = unlisted.map(({ path, message }) => `| \`${path}\` | ${message} |`).join('\n')
  expect(unlisted, `keep the old form, deprecated, or list in docs/changes.md:\n${advice}`).toEqual([])
  expect(stale, 'docs/changes.md lists what does not break').toEqual([])
})

test('a field that goes, one that may be null and an argument that is wanted are each found; a new field is none', async () => {
  const before = 'type Query { a: Int! b(x: Int): Int c: Int }'
  const after = 'type Query { a: Int b(x: Int, y: Int!): Int d: Int }'
  const breaking = await breakingChanges(before, after)
  expect(breaking.map(({ path }) => path).toSorted()).toEqual(['Query.a', 'Query.b.y', 'Query.c'])
  const { unlisted, stale } = compare(breaking, ['Query.a', 'Query.d'])
  expect([unlisted.map(({ path }) => path).toSorted(), stale]).toEqual([
    ['Query.b.y', 'Query.c'],
    ['Query.d'],
  ])
  expect(compare(breaking, ['Query']).unlisted).toEqual([])
})

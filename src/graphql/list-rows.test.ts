import { expect, test } from 'vitest'
import { placeOf } from './list-rows.ts'

type Path = Parameters<typeof placeOf>[0]['path']
const pathOf = (...parts: readonly [typename: string | undefined, key: string | number][]): Path =>
  parts.reduce<Path | undefined>((prev, [typename, key]) => ({ prev, typename, key }), undefined)!
const below = (typename: string, index: number): string =>
  placeOf({ path: pathOf(['Query', 'nodes'], [undefined, index], [typename, 'all']) })

test('a place is the same for all items of a list, and another below another type', () => {
  expect(below('Tenant', 0)).toBe(below('Tenant', 7))
  // `nodes(ids: …) { ... on Tenant { all: projects … } ... on Project { all: environments … } }`
  expect(below('Tenant', 0)).not.toBe(below('Project', 0))
})

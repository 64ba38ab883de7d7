import { expect, test } from 'vitest'
import { toWhere } from './filters.ts'

const nothing = { id: { in: [] } }

test('no filter and an empty one hold for everything', () => {
  expect(toWhere(undefined)).toEqual({})
  expect(toWhere(null)).toEqual({})
  expect(toWhere({})).toEqual({ AND: [] })
  expect(toWhere({ title: null, and: null })).toEqual({ AND: [] })
})

test('an empty "or" and the "not" of nothing hold for no row, an "or" with an empty part for every row', () => {
  expect(toWhere({ or: [] })).toEqual({ AND: [nothing] })
  expect(toWhere({ not: {} })).toEqual({ AND: [nothing] })
  expect(toWhere({ or: [{}, { title: { eq: 'x' } }] })).toEqual({ AND: [{}] })
})

test('wildcards of LIKE are letters', () => {
  expect(toWhere({ title: { contains: '50%_\\' } })).toEqual({
    AND: [{ title: { contains: '50\\%\\_\\\\', mode: 'insensitive' } }],
  })
})

test('an instant and a plain value pass as they are', () => {
  const at = new Date(0)
  expect(toWhere({ createdAt: { gte: at }, isPublic: true })).toEqual({
    AND: [{ createdAt: { gte: at } }, { isPublic: true }],
  })
})
